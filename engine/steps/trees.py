"""Which process belongs to which attempt, and the ending of whole trees. Standard library only.

A process of a step may lose its parent or leave its session; as we are sub-reaper it then becomes a child
of ours. Whose it is tells, in this order: descent, session, the marks in its environment. One that hides
all three may belong to any attempt alive when it was first seen, and is ended with the last of these.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable
from typing import Any

from engine.steps import proc

LEFTOVER_GRACE = 2.0  # seconds between SIGTERM and SIGKILL for what outlives its step


class Attempt:
    """A step's process tree, from its start until the last of its processes is gone."""

    def __init__(self, job_id: str, marks: frozenset[bytes], pid: int, start: int) -> None:
        self.id = job_id
        self.marks = marks
        self.pid = pid
        self.start = start
        self.status: int | None = None  # of the main process, once it is reaped
        self.ended_at = 0.0  # when it was, in seconds since the epoch
        self.kill_at: float | None = None  # on the monotonic clock, once the tree is asked to end
        self.killed = False
        self.leftovers: set[int] = set()
        self._warned: set[int] = set()

    def as_live(self) -> dict[str, Any]:
        return {"id": self.id, "pid": self.pid, "start": self.start}

    def as_ended(self) -> dict[str, Any]:
        assert self.status is not None
        code = os.waitstatus_to_exitcode(self.status)
        return {
            "id": self.id,
            "code": code if code >= 0 else None,
            "signal": -code if code < 0 else None,
            "ended_at": self.ended_at,
            "leftovers": len(self.leftovers),
        }

    def end_within(self, grace: float) -> None:
        """Set when SIGKILL is due; an earlier time that was set before stands."""
        kill_at = time.monotonic() + grace
        self.kill_at = kill_at if self.kill_at is None else min(self.kill_at, kill_at)

    def press(self, processes: list[proc.Process]) -> None:
        """SIGTERM once to each of these, or SIGKILL to all when the time set is over."""
        assert self.kill_at is not None
        self.killed = time.monotonic() >= self.kill_at
        if self.killed:
            # Whole groups at once: a tree that forks faster than we read could outrun single kills.
            for group in {process.group for process in processes}:
                _deliver(os.killpg, group, signal.SIGKILL)
            return
        for process in processes:
            if process.pid not in self._warned:
                self._warned.add(process.pid)
                _deliver(os.kill, process.pid, signal.SIGTERM)
                _deliver(os.kill, process.pid, signal.SIGCONT)


class Forest:
    """All attempts that are not over, and the processes of each."""

    def __init__(self) -> None:
        self.attempts: dict[str, Attempt] = {}
        self._children = proc.Children()
        self._mains: dict[int, Attempt] = {}  # by pid; those not reaped yet
        self._owned: dict[int, tuple[int, frozenset[str]]] = {}  # pid: (start, ids it may belong to)

    def plant(self, attempt: Attempt) -> None:
        self.attempts[attempt.id] = self._mains[attempt.pid] = attempt

    def reap(self) -> None:
        """Collect every child that has ended."""
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG)) != (0, 0):
                pid, status = ended
                self._owned.pop(pid, None)
                if attempt := self._mains.pop(pid, None):
                    attempt.status = status
                    attempt.ended_at = time.time()

    def clear(self) -> list[Attempt]:
        """Take out the attempts whose tree is gone, and end what others have left behind."""
        exited = [attempt for attempt in self.attempts.values() if attempt.status is not None]
        # All that survives of a step is a child of ours, or below one.
        if exited and any(pid not in self._mains for pid in self._children.pids()):
            table = self._census()
            exited = [attempt for attempt in exited if not self._end_leftovers(attempt, table)]
        for attempt in exited:
            del self.attempts[attempt.id]
        return exited

    def press(self, attempt: Attempt) -> None:
        """Go on with the ending of a tree, as its `kill_at` says."""
        attempt.press(self._tree(attempt, self._census()))

    def _end_leftovers(self, attempt: Attempt, table: dict[int, proc.Process]) -> bool:
        processes = self._tree(attempt, table)
        attempt.leftovers |= {process.pid for process in processes if not process.zombie}
        if processes:
            if attempt.kill_at is None:
                attempt.end_within(LEFTOVER_GRACE)
            attempt.press(processes)
        return bool(processes)

    def _tree(self, attempt: Attempt, table: dict[int, proc.Process]) -> list[proc.Process]:
        """The processes of this attempt, without those that may still belong to a running one."""
        running = {other.id for other in self._mains.values()} - {attempt.id}
        return [
            table[pid]
            for pid, (_, owners) in self._owned.items()
            if attempt.id in owners and not owners & running
        ]

    def _census(self) -> dict[int, proc.Process]:
        """Read the process table and say anew which of our descendants belongs to whom."""
        table = proc.process_table()
        below = proc.by_parent(table)
        owned: dict[int, tuple[int, frozenset[str]]] = {}
        todo = [(child, self._owners(child)) for child in below.get(os.getpid(), ())]
        while todo:
            process, owners = todo.pop()
            owned[process.pid] = (process.start, owners)
            todo += [(child, owners) for child in below.get(process.pid, ())]
        self._owned = owned
        return table

    def _owners(self, child: proc.Process) -> frozenset[str]:
        """Whose a child of ours is: a step's main process, or something of a step that lost its parent."""
        if main := self._mains.get(child.pid):
            return frozenset({main.id})
        known = self._owned.get(child.pid)
        if known and known[0] == child.start:
            return known[1]
        carried = proc.environment(child.pid)
        for attempt in self.attempts.values():
            if child.session == attempt.pid or attempt.marks <= carried:
                return frozenset({attempt.id})
        return frozenset(self.attempts)


def _deliver(send: Callable[[int, int], None], target: int, number: int) -> None:
    """Send a signal. What has gone, or is beyond our rights, cannot be helped."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        send(target, number)
