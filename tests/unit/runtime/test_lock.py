"""One owner of a home at a time: named, freed by its death, not disturbed by those who look."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.core.errors import EngineRunning, StorageTrouble
from engine.runtime.lock import EngineLock, owner_of
from tests.support import wait_for_exit

HOLD = """
import sys
from pathlib import Path
from engine.runtime.lock import EngineLock
lock = EngineLock(Path(sys.argv[1]))
lock.take(1.5)
print("held", flush=True)
sys.stdin.read()
"""


def test_an_owner_is_named_and_a_second_one_refused(tmp_path: Path) -> None:
    path = tmp_path / "engine.lock"
    assert owner_of(path) is None
    lock = EngineLock(path)
    lock.take(12.5)
    owner = owner_of(path)
    assert owner is not None
    assert (owner.pid, owner.host, owner.started_at) == (os.getpid(), os.uname().nodename, 12.5)
    other = EngineLock(path)
    with pytest.raises(EngineRunning, match=f"process {os.getpid()} on"):
        other.take(13.0)
    other.release()
    assert owner_of(path) is not None, "who was refused frees nothing"
    lock.release()
    lock.release()
    assert owner_of(path) is None
    assert path.stat().st_mode & 0o777 == 0o600


def test_death_frees_it_and_leaves_no_false_owner(tmp_path: Path) -> None:
    path = tmp_path / "engine.lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    owner = owner_of(path)
    assert owner is not None
    assert owner.pid == holder.pid
    holder.kill()
    wait_for_exit(holder.pid)
    holder.communicate()
    assert owner_of(path) is None
    lock = EngineLock(path)
    lock.take(2.0)
    owner = owner_of(path)
    assert owner is not None
    assert owner.pid == os.getpid()
    lock.release()


def test_who_only_looks_keeps_nobody_from_owning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking holds the lock shared for some microseconds; here it ends once a start has met it."""
    path = tmp_path / "engine.lock"
    path.touch()
    looker = os.open(path, os.O_RDONLY)
    fcntl.flock(looker, fcntl.LOCK_SH)
    really = fcntl.flock

    def flock(fd: int, kind: int) -> None:
        try:
            really(fd, kind)
        except BlockingIOError:
            really(looker, fcntl.LOCK_UN)
            raise

    monkeypatch.setattr("engine.runtime.lock.fcntl.flock", flock)
    lock = EngineLock(path)
    lock.take(1.0)
    monkeypatch.undo()
    assert owner_of(path) is not None
    lock.release()
    os.close(looker)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}', '{"pid": "x", "host": 1, "started_at": 2}'])
def test_an_owner_that_cannot_be_read_is_still_an_owner(tmp_path: Path, content: str) -> None:
    path = tmp_path / "engine.lock"
    lock = EngineLock(path)
    lock.take(1.0)
    path.write_text(content)
    assert owner_of(path) is None
    with pytest.raises(EngineRunning, match="another process"):
        EngineLock(path).take(2.0)
    lock.release()


def test_a_lock_that_cannot_be_opened_is_storage_trouble(tmp_path: Path) -> None:
    with pytest.raises(StorageTrouble, match="cannot be written"):
        EngineLock(tmp_path).take(1.0)
    with pytest.raises(StorageTrouble):
        EngineLock(tmp_path / "none" / "engine.lock").take(1.0)
