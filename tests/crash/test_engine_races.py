"""Many at once, and steps that would decide for themselves: one engine, one verdict, and no step's."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support import OPSGATE, PATIENCE, Operator, release, until, wait_for_exit, wait_for_file, workflow

ASK = "workflow: ask\nsteps:\n  - {id: ask, gate: {title: Go on?}}\n"


def at_once(operator: Operator, *commands: tuple[str, ...]) -> list[tuple[int, str, str]]:
    """Run all these command lines at the same time; exit code, output and errors of each."""
    processes = [
        subprocess.Popen(
            [*OPSGATE, "--home", str(operator.home), *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for words in commands
    ]
    return [(process.wait(PATIENCE), *process.communicate()) for process in processes]


def test_five_first_runs_at_once_start_one_engine(operator: Operator, tmp_path: Path) -> None:
    file = str(workflow(tmp_path, ASK))
    found = at_once(operator, *[("run", file)] * 5)
    assert [code for code, _, _ in found] == [0] * 5, found
    assert len({out for _, out, _ in found}) == 5
    assert len(operator.list("runs")) == 5
    kinds = [event["type"] for event in operator.list("events")]
    assert kinds.count("engine.started") == 1
    assert operator.ask("engine", "status")["epoch"] == 1


def test_five_submissions_with_one_key_at_once_are_one_run(operator: Operator, tmp_path: Path) -> None:
    file = str(workflow(tmp_path, ASK))
    operator("engine", "start")
    found = at_once(operator, *[("--json", "run", file, "--key", "nightly")] * 5)
    answers = [json.loads(out) for _, out, _ in found]
    assert len({answer["id"] for answer in answers}) == 1
    assert sorted(answer["created"] for answer in answers) == [False] * 4 + [True]
    assert len(operator.list("runs")) == 1


def test_of_twenty_decisions_at_once_one_counts(operator: Operator, tmp_path: Path) -> None:
    operator.submit(workflow(tmp_path, ASK))
    gate = operator.gate()
    bound = (gate["id"], "--digest", gate["digest"], "--reason", "mine")
    verbs = ["approve", "reject"] * 10
    found = at_once(
        operator, *[("--as", f"person-{number}", verb, *bound) for number, verb in enumerate(verbs)]
    )
    codes = [code for code, _, _ in found]
    assert sorted(codes) == [0] + [3] * 19, found
    winner = codes.index(0)
    decisions = operator.ask("gate", gate["id"])["decisions"]
    assert [(item["actor"], item["verdict"]) for item in decisions] == [(f"person-{winner}", verbs[winner])]
    for code, _, err in found:
        assert code == 0 or f"by person-{winner}" in err
    kinds = [event["type"] for event in operator.list("events")]
    assert (kinds.count("gate.decided"), kinds.count("gate.closed")) == (1, 1)


SNEAK = '''
"""A step that tries to approve its own run's gate; how, says its first argument."""

import json
import os
import socket
import sys

how, home, answer = sys.argv[1:]
run = os.environ["OPSGATE_RUN"]
gate = f"g{run[1:]}.1"
work = os.path.dirname(answer)


def wait(name):
    with open(f"{work}/{name}") as pipe:
        pipe.read()


if how != "direct":
    if os.fork():
        os._exit(0) if how == "orphan" else wait("end")
        os._exit(0)
    os.setsid()
    if os.fork():
        os._exit(0)
    for name in [name for name in os.environ if name.startswith("OPSGATE")]:
        del os.environ[name]
digest = open(f"{work}/digest").read()
args = {"gate": gate, "verdict": "approve", "digest": digest}
request = {"id": "a" * 32, "verb": "decide", "args": args, "as": "a-person"}
if how == "gone":
    open(f"{work}/ready", "w").close()
    wait("go")
connection = socket.socket(socket.AF_UNIX)
os.chdir(home)
connection.connect("engine.sock")
connection.sendall(json.dumps(request).encode() + b"\\n")
if how == "gone":
    open(answer, "w").write(str(os.getpid()))
    os._exit(0)
reply = connection.makefile().readline()
open(answer + "~", "w").write(reply)
os.rename(answer + "~", answer)
'''
SNEAKY = """
workflow: sneaky
inputs: {how: {type: string}, folder: {type: path}, home: {type: path}, python: {type: path}}
defaults: {on_failure: proceed}
steps:
  - {id: ask, gate: {title: Go on?}}
  - id: prepare
    script: until [ -s "$FOLDER/digest" ]; do :; done
    env: {FOLDER: "${inputs.folder}"}
  - id: sneak
    needs: [prepare]
    run: ["${inputs.python}", "${inputs.folder}/sneak.py", "${inputs.how}", "${inputs.home}",
          "${inputs.folder}/answer"]
"""


def sneaking(operator: Operator, folder: Path, how: str) -> dict[str, Any]:
    """The open gate of a run that has a step which tries to approve it."""
    (folder / "sneak.py").write_text(SNEAK)
    for name in ("go", "end"):
        os.mkfifo(folder / name)
    inputs = {"how": how, "folder": folder, "home": operator.home, "python": sys.executable}
    words = [word for name, value in inputs.items() for word in ("-i", f"{name}={value}")]
    operator.submit(workflow(folder, SNEAKY), *words)
    gate = operator.gate()
    (folder / "digest~").write_text(gate["digest"])
    (folder / "digest~").rename(folder / "digest")
    return gate


@pytest.mark.parametrize("how", ["direct", "detached"])
def test_a_step_cannot_decide_not_even_detached(operator: Operator, tmp_path: Path, how: str) -> None:
    gate = sneaking(operator, tmp_path, how)
    wait_for_file(tmp_path / "answer")
    answer = json.loads((tmp_path / "answer").read_text())
    assert answer["error"]["code"] == "not_allowed"
    assert "steps cannot command the engine" in answer["error"]["message"]
    if how != "direct":
        release(tmp_path / "end")
    after = operator.ask("gate", gate["id"])
    assert (after["state"], after["decisions"]) == ("open", [])
    operator("approve", gate["id"], "--digest", gate["digest"])
    until(lambda: operator.run_state(gate["run"]) == "succeeded")


def test_a_step_cannot_hide_by_being_gone_when_its_command_is_read(
    operator: Operator, tmp_path: Path
) -> None:
    """The engine stands still while the process connects, asks, and ends; then its parents are unknown."""
    gate = sneaking(operator, tmp_path, "gone")
    wait_for_file(tmp_path / "ready")
    engine = operator.engine_pid()
    os.kill(engine, signal.SIGSTOP)
    try:
        release(tmp_path / "go")
        wait_for_file(tmp_path / "answer")
        until(lambda: (tmp_path / "answer").read_text() != "")
        sneak = int((tmp_path / "answer").read_text())
        wait_for_exit(sneak)
        until(lambda: not Path(f"/proc/{sneak}").exists())
    finally:
        os.kill(engine, signal.SIGCONT)
    assert operator.ask("gate", gate["id"])["decisions"] == []
    operator("approve", gate["id"], "--digest", gate["digest"])
    release(tmp_path / "end")
    until(lambda: operator.run_state(gate["run"]) == "succeeded")
    actors = [item["actor"] for item in operator.ask("gate", gate["id"])["decisions"]]
    assert "a-person" not in actors


def test_the_command_line_within_a_step_is_refused(operator: Operator, tmp_path: Path) -> None:
    words = [*OPSGATE, "--home", str(operator.home), "cancel"]
    script = "\n".join(
        [
            "workflow: inside",
            "steps:",
            "  - id: one",
            f"    run: {json.dumps([*words, '${run.id}'])}",
            "    on_failure: proceed",
        ]
    )
    said = operator("run", workflow(tmp_path, script), "--wait")
    run = said.out.split()[0]
    assert operator.step(run, "one")["exit_code"] == 3
    assert "steps cannot command the engine" in operator("logs", run).out


def test_an_engine_that_is_being_replaced_is_waited_for(operator: Operator, tmp_path: Path) -> None:
    """Stopping and starting at the same time, again and again: whoever asks for an engine gets one."""
    file = str(workflow(tmp_path, ASK))
    for _ in range(3):
        operator("engine", "start")
        found = at_once(operator, ("engine", "stop"), ("engine", "start"), ("run", file))
        assert found[0][0] == 0, found
        assert found[1][0] == 0, found
        assert found[2][0] in (0, 5), found
        operator("engine", "start")
    assert operator("doctor").code == 0
