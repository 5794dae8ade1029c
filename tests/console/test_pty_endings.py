"""A console may be told to end, lose its terminal or stall: it leaves, and no run notices."""

from __future__ import annotations

import signal
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.console.terminals import LEAVES_FULL_SCREEN, SHOWS_CURSOR, Terminal
from tests.support import Operator, until, workflow

LONG = """
workflow: watched
defaults: {on_failure: halt, timeout: 5m}
steps:
  - id: talk
    script: |
      while [ ! -e "$STOP" ]; do i=$((i + 1)); echo "line $i of a step that talks"; sleep 0.01; done
    env: {STOP: "${inputs.stop}"}
    effects: none
inputs:
  stop: {type: string}
"""


@pytest.fixture
def run(operator: Operator, tmp_path: Path) -> str:
    """A run that talks until the file `stop` is there."""
    return operator.submit(workflow(tmp_path, LONG), "-i", f"stop={tmp_path / 'stop'}")


@pytest.fixture
def terminal(operator: Operator, run: str) -> Iterator[Terminal]:
    opened = Terminal(operator.home)
    opened.wait_for(run, "talk", "line ")
    yield opened
    opened.close()


def finish(operator: Operator, tmp_path: Path, run: str) -> None:
    """The engine and the run are unharmed: the run ends well once it may."""
    assert operator.run_state(run) == "running"
    (tmp_path / "stop").touch()
    assert operator.end_of(run) == "succeeded"


def test_hanging_up_ends_the_console_and_nothing_else(
    operator: Operator, terminal: Terminal, run: str, tmp_path: Path
) -> None:
    engine = operator.engine_pid()
    begun = time.monotonic()
    terminal.hang_up()
    assert terminal.exit_code() in (128 + signal.SIGHUP, -signal.SIGHUP)
    assert time.monotonic() - begun < 10
    assert operator.engine_pid() == engine
    finish(operator, tmp_path, run)


def test_an_end_of_file_ends_a_console_that_gets_no_signal(
    operator: Operator, run: str, tmp_path: Path
) -> None:
    """As under `nohup`: the terminal goes, and no SIGHUP comes."""
    previous = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        terminal = Terminal(operator.home)
    finally:
        signal.signal(signal.SIGHUP, previous)
    terminal.wait_for(run, "talk", "line ")
    terminal.hang_up()
    assert terminal.exit_code() == 128 + signal.SIGHUP
    terminal.close()
    finish(operator, tmp_path, run)


def test_being_told_to_end_restores_the_terminal(
    operator: Operator, terminal: Terminal, run: str, tmp_path: Path
) -> None:
    raw = termios.tcgetattr(terminal.fd)
    assert not raw[3] & termios.ECHO
    terminal.signal(signal.SIGTERM)
    assert terminal.exit_code() == 128 + signal.SIGTERM
    assert LEAVES_FULL_SCREEN in terminal.seen
    assert SHOWS_CURSOR in terminal.seen[terminal.seen.rindex(LEAVES_FULL_SCREEN) :]
    assert termios.tcgetattr(terminal.fd)[3] & termios.ECHO
    assert b"Traceback" not in terminal.seen
    finish(operator, tmp_path, run)


def test_leaving_with_q_restores_the_terminal(terminal: Terminal) -> None:
    terminal.type("q")
    assert terminal.exit_code() == 0
    assert terminal.seen.rstrip().endswith(SHOWS_CURSOR) or SHOWS_CURSOR in terminal.seen[-200:]
    assert termios.tcgetattr(terminal.fd)[3] & termios.ECHO


def test_a_terminal_that_nobody_reads_holds_up_no_run(
    operator: Operator, terminal: Terminal, run: str, tmp_path: Path
) -> None:
    """The console fills the terminal's buffer and waits; the step goes on, and the console can be ended."""
    log = next((operator.home / "runs").glob("*/.steps/talk/1/log"))
    terminal.type("\x0c" * 40)  # as many repaints: far more than the terminal holds unread
    before = log.stat().st_size
    until(lambda: log.stat().st_size > before + 2_000)
    finish(operator, tmp_path, run)
    terminal.signal(signal.SIGTERM)
    terminal.hang_up()
    assert terminal.exit_code() in (128 + signal.SIGTERM, 128 + signal.SIGHUP)
