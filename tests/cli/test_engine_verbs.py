"""`opsgate engine` and `doctor`: who owns a home, the ways to stop, and what is found to be wrong."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from pathlib import Path

import pytest

from tests.cli import processes
from tests.cli.shell import Shell
from tests.support import OPSGATE, PATIENCE, Operator, release, until, wait_for_exit, wait_for_file, workflow

READ = """
workflow: read
inputs: {folder: {type: path, required: true}}
steps:
  - id: one
    effects: EFFECTS
    on_failure: halt
    env: {FOLDER: "${inputs.folder}"}
    script: |
      echo "$OPSGATE_ATTEMPT" >> "$FOLDER/witness"
      read -r line < "$FOLDER/pipe"
"""


@pytest.fixture
def own(tmp_path: Path) -> Shell:
    return Shell(tmp_path / "home")


@pytest.fixture(autouse=True)
def ended(own: Shell) -> object:
    yield
    own.close()


def begun(shell: Operator, folder: Path, effects: str = "at_most_once") -> str:
    """A run in the middle of its step."""
    if not (folder / "pipe").exists():
        os.mkfifo(folder / "pipe")
    witness = folder / "witness"
    before = len(witness.read_text().splitlines()) if witness.exists() else 0
    file = workflow(folder, READ.replace("EFFECTS", effects))
    run = shell.submit(file, "-i", f"folder={folder}")
    until(lambda: witness.exists() and len(witness.read_text().splitlines()) > before)
    return run


def test_starting_twice_is_fine_and_stopping_lets_the_steps_go_on(own: Shell, tmp_path: Path) -> None:
    run = begun(own, tmp_path)
    first = own.ask("engine", "status")
    assert own.ask("engine", "start") == own.ask("engine", "status")
    assert (first["active"], first["epoch"]) == (1, 1)
    said = own("engine", "stop")
    assert said.out == f"engine {first['pid']} stopped (detach)\n"
    wait_for_exit(first["pid"])
    own("engine", "status", code=5)
    assert processes.of_run(run), "the step goes on without an engine"
    second = own.ask("engine", "start")
    assert (second["active"], second["epoch"]) == (1, 2)
    release(tmp_path / "pipe")
    assert own.end_of(run) == "succeeded"
    assert (tmp_path / "witness").read_text() == "1\n"


def test_draining_waits_and_starts_nothing_more(own: Shell, operator: Operator, tmp_path: Path) -> None:
    run = begun(own, tmp_path)
    stop = subprocess.Popen(
        [*OPSGATE, "--home", str(own.home), "engine", "stop", "--drain"], stdout=subprocess.PIPE, text=True
    )
    file = workflow(tmp_path, "workflow: brief\nsteps: [{id: one, run: ['true'], on_failure: halt}]\n")
    until(lambda: own.run_state(own.submit(file)) == "queued")
    late = own.list("runs")[0]["id"]
    assert stop.poll() is None
    release(tmp_path / "pipe")
    assert stop.communicate(timeout=PATIENCE)[0].endswith("stopped (drain)\n")
    assert own.run_state(run) == "succeeded"
    assert own.run_state(late) == "queued"
    assert own.end_of(late) == "succeeded"


def test_draining_gives_way_to_a_quicker_end(own: Shell, tmp_path: Path) -> None:
    run = begun(own, tmp_path)
    stop = subprocess.Popen([*OPSGATE, "--home", str(own.home), "engine", "stop", "--drain"])
    file = workflow(tmp_path, "workflow: brief\nsteps: [{id: one, run: ['true'], on_failure: halt}]\n")
    until(lambda: own.run_state(own.submit(file)) == "queued")
    own("engine", "stop", "--kill")
    assert stop.wait(PATIENCE) == 0
    assert processes.of_run(run) == []
    assert own.run_state(run) == "waiting"


def test_killing_leaves_nothing_and_effects_decide_what_follows(own: Shell, tmp_path: Path) -> None:
    unknown, again = begun(own, tmp_path), begun(own, tmp_path, "idempotent")
    said = own("engine", "stop", "--kill")
    assert said.out.endswith("stopped (kill)\n")
    assert processes.of_run(unknown) == processes.of_run(again) == []
    assert own.step(unknown, "one")["state"] == "indeterminate"
    assert own.run_state(unknown) == "waiting"
    assert own.step(again, "one")["state"] == "queued"
    own("engine", "start")
    until(lambda: (tmp_path / "witness").read_text() == "1\n1\n2\n")
    release(tmp_path / "pipe")
    assert own.end_of(again) == "succeeded"
    own("resolve", unknown, "one", "happened", "--reason", "the witness says so")
    assert own.end_of(unknown) == "succeeded"


def test_stopping_in_all_ways_with_nothing_to_do(own: Shell) -> None:
    for words in ((), ("--drain",), ("--kill",)):
        pid = int(own.ask("engine", "start")["pid"])
        assert own.ask("engine", "stop", *words)["stopped"] is True
        wait_for_exit(pid)
        assert not (own.home / "engine.sock").exists()
    kinds = [event["type"] for event in own.list("events")]
    assert kinds == ["engine.started", "engine.stopped"] * 3


def test_an_engine_in_the_foreground_serves_and_names_who_owns_the_home(own: Shell) -> None:
    engine = subprocess.Popen(
        [*OPSGATE, "--home", str(own.home), "engine", "run", "--slots", "3"],
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for_file(own.home / "engine.sock")
    until(lambda: own("engine", "status", code=None).code == 0)
    assert own.engine_pid() == engine.pid
    assert own.list("queues")[0]["slots"] == 3
    assert f"process {engine.pid}" in own("engine", "run", code=3).err
    own("engine", "stop")
    assert engine.communicate(timeout=PATIENCE)[1] == ""
    assert engine.returncode == 0


def test_doctor_finds_nothing_wrong_with_a_fresh_home_and_a_used_one(own: Shell, tmp_path: Path) -> None:
    assert "will be made at first use" in own("doctor").out
    file = workflow(tmp_path, "workflow: brief\nsteps: [{id: one, run: ['true'], on_failure: halt}]\n")
    own("run", file, "--wait")
    assert "hash chain unbroken" in own("doctor").out
    own.home.chmod(0o755)
    assert f"chmod 700 {own.home}" in own("doctor", code=1).out


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE event SET data = replace(data, 'brief', 'grief') WHERE seq = 2",
        "UPDATE event SET actor = 'somebody' WHERE seq = 2",
        "UPDATE event SET hash = zeroblob(32) WHERE seq = 2",
        "DELETE FROM event WHERE seq = 2",
    ],
)
def test_doctor_names_the_event_that_was_tampered_with(own: Shell, tmp_path: Path, damage: str) -> None:
    file = workflow(tmp_path, "workflow: brief\nsteps: [{id: one, run: ['true'], on_failure: halt}]\n")
    own("run", file, "--wait")
    own("engine", "stop")
    with sqlite3.connect(own.home / "opsgate.db") as connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(damage)
    connection.close()
    said = own("doctor", code=1)
    assert "event 2 does not fit the hash chain" in said.out
    record = next(item for item in own("--json", "doctor", code=1).lines if item["check"] == "record")
    assert record["ok"] is False
    assert "restore a backup" in record["advice"]
