"""Signals to the engine let go of its steps; and a detached engine holds on to nothing of who started it."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.support import OPSGATE, Operator, release, until, wait_for_exit, wait_for_file, workflow

READ = """
workflow: read
inputs: {folder: {type: path, required: true}}
steps:
  - id: one
    on_failure: halt
    env: {FOLDER: "${inputs.folder}"}
    script: |
      echo "$OPSGATE_ATTEMPT" >> "$FOLDER/witness"
      read -r line < "$FOLDER/pipe"
"""


def begun(operator: Operator, folder: Path) -> str:
    os.mkfifo(folder / "pipe")
    run = operator.submit(workflow(folder, READ), "-i", f"folder={folder}")
    wait_for_file(folder / "witness")
    return run


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_a_signal_detaches_and_the_next_engine_adopts(operator: Operator, tmp_path: Path, name: str) -> None:
    run = begun(operator, tmp_path)
    pid = operator.engine_pid()
    os.kill(pid, getattr(signal, name))
    wait_for_exit(pid)
    assert not (operator.home / "engine.sock").exists()
    assert operator.list("events")[-1]["type"] == "engine.stopped"
    assert operator.run_state(run) == "running"
    operator("engine", "start")
    release(tmp_path / "pipe")
    assert operator.end_of(run) == "succeeded"
    assert (tmp_path / "witness").read_text() == "1\n"
    kinds = [event["type"] for event in operator.list("events", run)]
    assert kinds.count("attempt.adopted") == 1
    assert "Traceback" not in (operator.home / "engine.log").read_text()


def test_a_signal_ends_a_drain(operator: Operator, tmp_path: Path) -> None:
    run = begun(operator, tmp_path)
    pid = operator.engine_pid()
    drain = subprocess.Popen([*OPSGATE, "--home", str(operator.home), "engine", "stop", "--drain"])
    until(lambda: operator.run_state(operator.submit(workflow(tmp_path, BRIEF, "b.yaml"))) == "queued")
    os.kill(pid, signal.SIGTERM)
    wait_for_exit(pid)
    assert drain.wait(30) == 0
    release(tmp_path / "pipe")
    assert operator.end_of(run) == "succeeded"


BRIEF = "workflow: brief\nsteps: [{id: one, run: ['true'], on_failure: halt}]\n"


def test_an_engine_in_the_foreground_ends_quietly_on_an_interrupt(operator: Operator) -> None:
    engine = subprocess.Popen(
        [*OPSGATE, "--home", str(operator.home), "engine", "run"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for_file(operator.home / "engine.sock")
    engine.send_signal(signal.SIGINT)
    assert engine.communicate(timeout=30) == ("", "")
    assert engine.returncode == 0


def test_a_detached_engine_holds_nothing_of_who_started_it(operator: Operator, tmp_path: Path) -> None:
    """No lock that a script holds open, no folder that somebody wants to unmount, no terminal."""
    lock = tmp_path / "lock"
    place = tmp_path / "place"
    place.mkdir()
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    subprocess.run(
        [*OPSGATE, "--home", str(operator.home), "engine", "start"],
        pass_fds=[descriptor],
        cwd=place,
        check=True,
        capture_output=True,
    )
    os.close(descriptor)
    engine = Path("/proc") / str(operator.engine_pid())
    open_files = {str(entry.readlink()) for entry in (engine / "fd").iterdir()}
    assert str(lock) not in open_files
    assert str((engine / "cwd").readlink()) == "/"
    with lock.open() as again:
        fcntl.flock(again, fcntl.LOCK_EX | fcntl.LOCK_NB)
    session, terminal = (engine / "stat").read_text().rpartition(")")[2].split()[3:5]
    assert (session, terminal) == (engine.name, "0")


def test_an_engine_whose_starter_did_not_wait_serves_all_the_same(operator: Operator) -> None:
    """The starter is killed in the middle: its engine comes up and nobody needs to have been told."""
    starter = subprocess.Popen([*OPSGATE, "--home", str(operator.home), "engine", "start"])
    wait_for_file(operator.home / "engine.lock")
    starter.kill()
    starter.wait()
    until(lambda: operator("engine", "status", code=None).code == 0)
    assert "Traceback" not in (operator.home / "engine.log").read_text()
