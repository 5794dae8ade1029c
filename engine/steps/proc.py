"""What the kernel says about processes. Standard library only: the supervisor imports it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class Process:
    """A line of the process table. `start` is in clock ticks since boot."""

    def __init__(self, pid: int, stat: bytes) -> None:
        fields = stat[stat.rindex(b")") + 2 :].split()
        self.pid = pid
        self.zombie = fields[0] in (b"Z", b"X")
        self.parent = int(fields[1])
        self.group = int(fields[2])
        self.session = int(fields[3])
        self.start = int(fields[19])


def inspect(pid: int) -> Process | None:
    """What the kernel says about a process, or None when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return Process(pid, file.read())
    except (FileNotFoundError, ProcessLookupError):
        return None


def process_table() -> dict[int, Process]:
    """Every process that can be seen now."""
    found = (inspect(int(name)) for name in os.listdir("/proc") if name.isdigit())
    return {process.pid: process for process in found if process}


def by_parent(table: dict[int, Process]) -> dict[int, list[Process]]:
    """The table, ordered by parent."""
    below: dict[int, list[Process]] = {}
    for process in table.values():
        below.setdefault(process.parent, []).append(process)
    return below


def environment(pid: int) -> frozenset[bytes]:
    """The `NAME=value` entries a process was started with; empty when they cannot be read."""
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return frozenset(file.read().split(b"\0"))
    except OSError:
        return frozenset()


def boot_id() -> str:
    """The kernel's name for this boot: pids and start times mean nothing across two of them."""
    with open("/proc/sys/kernel/random/boot_id") as file:
        return file.read().strip()


def timed_start(spawn: Callable[[], int]) -> tuple[int, int]:
    """Call `spawn` and return the pid it gives, with that process's start time.

    A start within one clock tick needs no look at /proc, which would wait for the program to be loaded.
    """
    before = _ticks()
    pid = spawn()
    if before == _ticks():
        return pid, before
    process = inspect(pid)
    assert process  # our child, and not reaped: the kernel knows it
    return pid, process.start


def _ticks() -> int:
    return int(time.clock_gettime_ns(time.CLOCK_BOOTTIME) * TICKS_PER_SECOND // 1_000_000_000)


class Children:
    """Our own children. All that survives of a step is one of them, or descends from one.

    Only we reap them, and only in one place of our single thread, so the list cannot shrink while it is read.
    """

    def __init__(self) -> None:
        self._file = os.open(f"/proc/self/task/{os.getpid()}/children", os.O_RDONLY)

    def pids(self) -> list[int]:
        found, offset = b"", 0
        while chunk := os.pread(self._file, 1 << 16, offset):
            found += chunk
            offset += len(chunk)
        return [int(pid) for pid in found.split()]
