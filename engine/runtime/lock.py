"""One engine per home: a lock file of its own, held for the engine's life, that names its owner."""

from __future__ import annotations

import fcntl
import json
import os
from dataclasses import dataclass
from pathlib import Path

from engine.core.errors import EngineRunning, StorageTrouble


@dataclass(frozen=True, slots=True)
class Owner:
    """Who holds a home."""

    pid: int
    host: str
    started_at: float


class EngineLock:
    """An flock: the kernel frees it when its holder dies, however it dies."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd = -1

    def take(self, started_at: float) -> None:
        """Hold the lock. Raises EngineRunning, naming the owner, when another engine holds it."""
        try:
            self._fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            if not _lock_alone(self._fd):
                self.release()
                raise EngineRunning(_taken_sentence(self._path))
            owner = {"pid": os.getpid(), "host": os.uname().nodename, "started_at": started_at}
            os.ftruncate(self._fd, 0)
            os.pwrite(self._fd, json.dumps(owner).encode(), 0)
        except OSError as error:
            self.release()
            raise StorageTrouble(
                f"The lock {self._path} cannot be written: {error.strerror}. Check its rights and space."
            ) from error

    def release(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def owner_of(path: Path) -> Owner | None:
    """The owner named in a lock file that is held; None when nobody holds it."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return None if _lock(fd, fcntl.LOCK_SH) else _read_owner(fd)
    finally:
        os.close(fd)


def _lock_alone(fd: int) -> bool:
    """Whether nobody else is the owner. Who only looks holds the lock shared, for some microseconds."""
    while not _lock(fd, fcntl.LOCK_EX):
        if not _lock(fd, fcntl.LOCK_SH):
            return False
    return True


def _lock(fd: int, kind: int) -> bool:
    try:
        fcntl.flock(fd, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read_owner(fd: int) -> Owner | None:
    try:
        named = json.loads(os.pread(fd, 4096, 0))
        return Owner(int(named["pid"]), str(named["host"]), float(named["started_at"]))
    except (ValueError, KeyError, TypeError):
        return None


def _taken_sentence(path: Path) -> str:
    owner = owner_of(path)
    name = f"process {owner.pid} on {owner.host}" if owner else "another process"
    return (
        f"The home {path.parent} already has an engine: {name}. Use it, or end it with `opsgate engine stop`."
    )
