"""The engine is killed with -9 at bad moments: nothing acknowledged is missing, nothing happens twice."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from tests.support import Operator, release, until, wait_for_exit, wait_for_file, workflow

WITNESSED = """
workflow: witnessed
inputs: {folder: {type: path, required: true}}
defaults: {on_failure: halt}
steps:
  - id: first
    script: |
      echo "first $OPSGATE_ATTEMPT" >> "$FOLDER/witness"
      touch "$FOLDER/begun"
      read -r line < "$FOLDER/pipe"
      echo "first goes on: $line"
      printf '{"output": {"line": "%s"}}' "$line" > "$OPSGATE_RESULT"
    env: {FOLDER: "${inputs.folder}"}
  - id: second
    needs: [first]
    script: echo "second $LINE" >> "$FOLDER/witness"
    env: {FOLDER: "${inputs.folder}", LINE: "${steps.first.output.line}"}
"""


def _kill_engine(operator: Operator) -> None:
    pid = operator.engine_pid()
    os.kill(pid, signal.SIGKILL)
    wait_for_exit(pid)


def _begun(operator: Operator, folder: Path) -> str:
    """A run whose first step is in the middle of its work."""
    os.mkfifo(folder / "pipe")
    run = operator.submit(workflow(folder, WITNESSED), "-i", f"folder={folder}")
    wait_for_file(folder / "begun")
    return run


def test_a_step_that_lives_is_adopted(operator: Operator, tmp_path: Path) -> None:
    run = _begun(operator, tmp_path)
    _kill_engine(operator)
    operator("engine", "start")
    release(tmp_path / "pipe")
    assert operator.end_of(run) == "succeeded"
    assert (tmp_path / "witness").read_text() == "first 1\nsecond go\n"
    types = [event["type"] for event in operator.list("events", run)]
    assert types.count("attempt.adopted") == 1
    assert types.count("attempt.started") == 2


def test_a_step_that_ended_meanwhile_keeps_its_result(operator: Operator, tmp_path: Path) -> None:
    run = _begun(operator, tmp_path)
    step = operator.step(run, "first")
    assert step["state"] == "running"
    _kill_engine(operator)
    release(tmp_path / "pipe")
    log = operator.home / "runs" / run / ".steps" / "first" / "1" / "log"
    until(lambda: log.exists() and b"goes on" in log.read_bytes())
    operator("engine", "start")
    assert operator.end_of(run) == "succeeded"
    assert (tmp_path / "witness").read_text() == "first 1\nsecond go\n"


def test_a_gate_survives_and_its_digest_with_it(operator: Operator, tmp_path: Path) -> None:
    file = workflow(
        tmp_path,
        "workflow: ask\nsteps:\n  - id: ask\n    gate: {title: Go on?, consequence: high}\n",
    )
    run = operator.submit(file)
    before = operator.gate()
    _kill_engine(operator)
    operator("engine", "start")
    after = operator.gate()
    assert after["digest"] == before["digest"]
    operator("approve", after["id"], "--digest", before["digest"])
    assert operator.end_of(run) == "succeeded"


def test_every_acknowledged_run_survives_ten_kills(operator: Operator, tmp_path: Path) -> None:
    """Submit, kill, start again: what the command line was told exists, exists, and runs exactly once."""
    witness = tmp_path / "witness"
    file = workflow(
        tmp_path,
        "workflow: once\n"
        "inputs: {witness: {type: path, required: true}}\n"
        "steps:\n"
        "  - id: write\n"
        '    script: echo "$OPSGATE_RUN" >> "$WITNESS"\n'
        '    env: {WITNESS: "${inputs.witness}"}\n'
        "    on_failure: halt\n",
    )
    acknowledged = []
    for _ in range(10):
        acknowledged.append(operator.submit(file, "-i", f"witness={witness}"))
        _kill_engine(operator)
        operator("engine", "start")
    for run in acknowledged:
        state = _settled(operator, run)
        assert state in ("succeeded", "waiting"), "an unknown outcome asks, it is never guessed"
    written = witness.read_text().split()
    assert len(written) == len(set(written)), "no step ran twice in silence"
    assert set(written) <= set(acknowledged)
    assert operator("doctor").code == 0


def _settled(operator: Operator, run: str) -> str:
    until(lambda: operator.run_state(run) not in ("queued", "running"))
    return operator.run_state(run)


def test_a_request_sent_again_with_its_key_is_one_run(operator: Operator, tmp_path: Path) -> None:
    file = workflow(tmp_path, "workflow: ask\nsteps:\n  - id: ask\n    gate: {title: Go on?}\n")
    first = operator.ask("run", file, "--key", "nightly-1")
    _kill_engine(operator)
    second = operator.ask("run", file, "--key", "nightly-1")
    assert (first["created"], second["created"]) == (True, False)
    assert first["id"] == second["id"]
    assert len(operator.list("runs")) == 1


def test_a_killed_supervisor_makes_an_outcome_unknown(operator: Operator, tmp_path: Path) -> None:
    """The step's process is ended, it is no success, and the operator's word moves the run."""
    run = _begun(operator, tmp_path)
    os.kill(_supervisor(operator), signal.SIGKILL)
    until(lambda: operator.step(run, "first")["state"] == "indeterminate")
    assert operator.run_state(run) == "waiting"
    (tmp_path / "begun").unlink()
    operator("resolve", run, "first", "rerun", "--reason", "the witness says it only began")
    wait_for_file(tmp_path / "begun")
    release(tmp_path / "pipe")
    assert operator.end_of(run) == "succeeded"
    assert (tmp_path / "witness").read_text() == "first 1\nfirst 2\nsecond go\n"


def _supervisor(operator: Operator) -> int:
    """The process id of the home's supervisor, from the command lines of all processes."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            program = b"supervisor.py" in b" ".join(words[:8])
            if program and str(operator.home).encode() in words:
                return int(entry.name)
    raise AssertionError("no supervisor is running")


def test_a_second_engine_is_refused_and_told_who_owns_the_home(operator: Operator) -> None:
    operator("engine", "start")
    refused = operator("engine", "run", code=3)
    assert f"process {operator.engine_pid()}" in refused.err
