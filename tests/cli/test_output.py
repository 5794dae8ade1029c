"""Text for people: fits the terminal, acts on nothing, and ends quietly when nobody reads on."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.core.display import BAD
from engine.output import say_line, table
from tests.cli.shell import Shell
from tests.support import OPSGATE, PATIENCE, Operator, until, wait_for_exit, workflow

pytestmark = pytest.mark.xdist_group("cli-output")

HOSTILE = (
    "\x1b]52;c;b3duZWQ=\x07\x1b[31m\u202egnp.exe\u2066 [/] [@click=app.quit] \x9b2J\n\rRUN  STATE 漢字" * 3
)
LONG = "a" * 64
FLOW = f"""
workflow: {LONG}
inputs: {{text: {{type: string}}}}
defaults: {{on_failure: proceed}}
steps:
  - {{id: {LONG[:60]}-1, script: exit 1}}
  - id: write
    script: |
      printf '%s' "$TEXT"
      python3 -c 'import json, os; print(json.dumps({{"caveats": [os.environ["TEXT"]]}}))' > $OPSGATE_RESULT
      echo x > '{"f" * 100}'
    env: {{TEXT: "${{inputs.text}}"}}
    artifacts: ['{"f" * 100}']
  - id: fails
    script: exit 1
    needs: [write]
    workdir: "/${{inputs.text}}"
  - {{id: ask, needs: [fails], gate: {{title: "Really ${{inputs.text}}?"}}}}
"""


@pytest.fixture(scope="module")
def run(shell: Shell, tmp_path_factory: pytest.TempPathFactory) -> str:
    file = workflow(tmp_path_factory.mktemp("flow"), FLOW)
    run = shell.submit(file, "-i", f"text={HOSTILE}", "--label", f"x={HOSTILE}", "--key", HOSTILE[:150])
    until(lambda: shell.run_state(run) == "waiting")
    return run


def columns(line: str) -> int:
    return sum(2 if "\u2e80" <= character <= "\ufaff" else 1 for character in line)


@pytest.mark.parametrize(
    "words", ["runs", "gates", "gates --all", "queues", "events", "events RUN", "artifacts RUN"]
)
def test_a_list_fits_80_columns_when_piped(shell: Shell, run: str, words: str) -> None:
    lines = shell(*words.replace("RUN", run).split()).out.splitlines()
    assert lines
    assert [line for line in lines if columns(line) > 80] == []
    assert not any(BAD.search(line) for line in lines)


@pytest.mark.parametrize("words", ["show RUN", "gate GATE", "logs RUN", "doctor", "engine status"])
def test_nothing_that_is_shown_acts_on_the_terminal(shell: Shell, run: str, words: str) -> None:
    gate = shell.list("gates")[0]["id"]
    out = shell(*words.replace("RUN", run).replace("GATE", gate).split()).out
    assert out
    assert not any(BAD.search(line) for line in out.split("\n"))
    assert not any(line.startswith("RUN  STATE") for line in out.split("\n") if words != "logs RUN")


def test_errors_are_as_safe(shell: Shell) -> None:
    for words in (
        ("show", HOSTILE),
        ("run", HOSTILE[:50]),
        ("gate", HOSTILE),
        ("cancel", HOSTILE),
        (HOSTILE,),
        ("runs", "--since", HOSTILE),
        ("runs", "--state", HOSTILE),
        ("validate", HOSTILE[:50]),
    ):
        said = shell(*words, code=None)
        assert said.code in (2, 4)
        assert not any(BAD.search(line) for line in (said.out + said.err).split("\n"))


def test_json_says_everything(shell: Shell, run: str) -> None:
    shown = shell.ask("show", run)
    assert shown["inputs"]["text"] == HOSTILE
    assert shown["labels"]["x"] == HOSTILE
    assert any(HOSTILE in gate["title"] for gate in shown["gates"])
    created = shell.list("events", run)[0]
    assert created["data"]["inputs"]["text"] == HOSTILE


class Terminal:
    """A pseudo-terminal of a certain width, as standard output."""

    def __init__(self, width: int) -> None:
        self.ours, self.theirs = pty.openpty()
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("4H", 24, width, 0, 0))


@pytest.fixture
def narrow() -> Iterator[Terminal]:
    terminal = Terminal(50)
    yield terminal
    os.close(terminal.ours)
    os.close(terminal.theirs)


def test_on_a_terminal_lines_are_cut_to_its_width(
    narrow: Terminal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    with open(narrow.theirs, "w", closefd=False) as out:
        monkeypatch.setattr(sys, "__stdout__", out)
        monkeypatch.setattr(sys, "stdout", out)
        say_line("é" * 200)
        table(("A", "B"), [("漢" * 30, "x" * 90)])
    shown = b""
    while shown.count(b"\n") < 3:
        shown += os.read(narrow.ours, 4096)
    lines = shown.decode().split("\r\n")
    assert [columns(line) for line in lines] == [50, 50, 49, 0], "a wide character is not cut in half"
    assert [line[-1:] for line in lines] == ["…", "…", "…", ""]


def opsgate(operator: Operator, *words: str) -> list[str]:
    return [*OPSGATE, "--home", str(operator.home), *words]


def test_a_reader_that_goes_away_is_no_error(shell: Shell, run: str) -> None:
    for words in (("events",), ("events", "--json"), ("logs", run), ("--help",)):
        read, write = os.pipe()
        os.close(read)
        done = subprocess.run(opsgate(shell, *words), stdout=write, stderr=subprocess.PIPE, check=False)
        os.close(write)
        assert done.stderr == b""
        assert done.returncode == 141


def test_a_full_output_is_told(shell: Shell, run: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            opsgate(shell, "events", run), stdout=full, stderr=subprocess.PIPE, check=False, text=True
        )
    assert done.returncode == 6
    assert len(done.stderr.splitlines()) == 1
    assert "No space left" in done.stderr


@pytest.mark.parametrize("words", ["events --follow", "run FILE --wait", "engine stop --drain"])
def test_an_interrupt_ends_a_verb_at_once_and_quietly(tmp_path: Path, operator: Operator, words: str) -> None:
    """Ctrl-C ends the command line, never what the engine does."""
    os.mkfifo(tmp_path / "pipe")
    file = workflow(
        tmp_path,
        f"workflow: read\nsteps: [{{id: one, run: [cat, {tmp_path / 'pipe'}], on_failure: halt}}]\n",
    )
    run = operator.submit(file)
    until(lambda: operator.run_state(run) == "running")
    process = subprocess.Popen(
        opsgate(operator, *words.replace("FILE", str(file)).split()),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        if words.startswith("engine"):
            until(lambda: _draining(operator, file))
        else:
            assert process.stdout is not None
            assert process.stdout.readline()
        process.send_signal(signal.SIGINT)
        wait_for_exit(process.pid)
        _, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 130
        assert "Traceback" not in err
        assert operator.run_state(run) == "running"
    finally:
        process.kill()
        process.wait()


def _draining(operator: Operator, file: Path) -> bool:
    """Whether the engine starts nothing more: another run stays in line though there are free slots."""
    other = operator.submit(file)
    return operator.run_state(other) == "queued"
