"""What the kernel says about processes. Standard library only: the supervisor imports it."""

from __future__ import annotations

import os


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


def children() -> list[int]:
    """Our own children. All that survives of a step is one of them, or descends from one.

    Only we reap them and only in one place, so the list cannot shrink while it is read.
    """
    found: list[int] = []
    for task in os.listdir("/proc/self/task"):
        with open(f"/proc/self/task/{task}/children", "rb") as file:
            found += map(int, file.read().split())
    return found
