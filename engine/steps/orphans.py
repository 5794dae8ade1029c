"""End what a supervisor that was killed left running: processes that are nobody's children any more.

A process counts as an attempt's when it is the recorded one (same boot, same pid, same start time), is in
the session that this one leads, carries the attempt's marks in its environment, or descends from such a one.
"""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engine.steps import proc
from engine.steps.supervisor import MARKS

GRACE = 2.0  # seconds between SIGTERM and SIGKILL
ROUNDS = 20  # a tree that forks faster than it is killed is given up after this many


@dataclass(frozen=True, slots=True)
class Missing:
    """A start with no recorded end. `boot` is the kernel's boot id, `marks` are `NAME=value` entries."""

    id: str
    pid: int
    start: int
    boot: str
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Orphan:
    """How many processes of an attempt were found alive, and ended."""

    id: str
    processes: int


def end(missing: Sequence[Missing], ids: Iterable[str]) -> tuple[Orphan, ...]:
    """End every process of these starts, and of attempts `ids` by their marks alone; may block."""
    boot = proc.boot_id()
    starts = [start for start in missing if start.boot == boot]
    starts += [Missing(job_id, 0, 0, boot, _marks(job_id)) for job_id in ids]
    found = {start.id: set[int]() for start in starts}
    deadline = time.monotonic() + GRACE
    for _ in range(ROUNDS):
        table = proc.process_table()
        members = {start.id: _members(start, table) for start in starts}
        for job_id, processes in members.items():
            found[job_id] |= {process.pid for process in processes}
        alive = {process for processes in members.values() for process in processes}
        if not alive:
            break
        _end_round(alive, deadline)
    return tuple(Orphan(job_id, len(pids)) for job_id, pids in found.items() if pids)


def _marks(job_id: str) -> tuple[str, ...]:
    run, _, rest = job_id.partition("/")
    step, _, attempt = rest.rpartition("/")
    return tuple(map("=".join, zip(MARKS, (run, step, attempt), strict=True)))


def _members(start: Missing, table: dict[int, proc.Process]) -> list[proc.Process]:
    leader = table.get(start.pid)
    # A foreign leader means that the number was given out again, which needs the old session to be empty.
    # Pid 0 stands for a supervisor killed in the middle of the spawn: the marks alone have to do.
    ours = start.pid != 0 and (leader is None or leader.start == start.start)
    session = start.pid if ours else -1
    wanted = frozenset(os.fsencode(mark) for mark in start.marks)
    roots = {
        process.pid
        for process in table.values()
        if process.session == session or (wanted and wanted <= proc.environment(process.pid))
    }
    below = proc.by_parent(table)
    family, todo = dict[int, proc.Process](), [table[pid] for pid in roots]
    while todo:
        process = todo.pop()
        if process.pid not in family:
            family[process.pid] = process
            todo += below.get(process.pid, ())
    return [process for process in family.values() if not process.zombie]


def _end_round(processes: Iterable[proc.Process], deadline: float) -> None:
    """Signal these processes through pidfds and wait until they are gone or the deadline has passed."""
    forced = time.monotonic() >= deadline
    watch = select.poll()
    pidfds = [fd for process in processes if (fd := _open(process)) is not None]
    try:
        for fd in pidfds:
            watch.register(fd, select.POLLIN)
            _signal(fd, forced)
        waiting = set(pidfds)
        until = time.monotonic() + GRACE if forced else deadline
        while waiting and (left := until - time.monotonic()) > 0:
            for fd, _ in watch.poll(left * 1000):
                watch.unregister(fd)
                waiting.discard(fd)
    finally:
        for fd in pidfds:
            os.close(fd)


def _open(process: proc.Process) -> int | None:
    """A pidfd of exactly this process, or None when it is gone."""
    try:
        fd = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return None
    now = proc.inspect(process.pid)
    if now is None or now.start != process.start:
        os.close(fd)
        return None
    return fd


def _signal(fd: int, forced: bool) -> None:
    try:
        signal.pidfd_send_signal(fd, signal.SIGKILL if forced else signal.SIGTERM)
        signal.pidfd_send_signal(fd, signal.SIGCONT)
    except (ProcessLookupError, PermissionError):
        return  # gone already, or beyond our reach: it stays counted among what was found
