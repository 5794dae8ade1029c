"""What the console does to the operator's terminal: title, bell, colours, mouse, a repaint on demand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.console.terminals import Terminal
from tests.support import Operator, workflow

ASK = """
workflow: ask
defaults: {on_failure: halt, timeout: 1m}
steps:
  - id: ask
    gate: {title: "Go on?", consequence: high}
"""
RGB = re.compile(rb"[34]8;2;")
MOUSE = b"\x1b[?1003h"


@pytest.fixture
def gated(operator: Operator, tmp_path: Path) -> Path:
    file = workflow(tmp_path, ASK)
    operator.submit(file)
    operator.gate()
    return file


@contextmanager
def opened(operator: Operator, **environment: str) -> Iterator[Terminal]:
    terminal = Terminal(operator.home, 80, 24, **environment)
    try:
        terminal.wait_for("Go on?")
        yield terminal
    finally:
        terminal.close()


def test_the_title_counts_the_gates_and_a_new_grave_one_rings_once(operator: Operator, gated: Path) -> None:
    with opened(operator) as terminal:
        terminal.wait_for(b"\x1b]0;(1!) opsgate\x07")
        assert b"\x07" not in _without_titles(terminal.seen)
        operator.submit(gated)
        terminal.wait_for(b"\x1b]0;(2!) opsgate\x07")
        terminal.quiet(1.0)
        assert _without_titles(terminal.seen).count(b"\x07") == 1


def test_the_title_is_kept_and_given_back(operator: Operator, gated: Path) -> None:
    with opened(operator) as terminal:
        terminal.type("q")
        assert terminal.exit_code() == 0
        assert terminal.seen.index(b"\x1b[22;0t") < terminal.seen.index(b"\x1b[23;0t")


def test_colours_are_left_out_when_that_is_wanted(operator: Operator, gated: Path) -> None:
    with opened(operator) as terminal:
        assert RGB.search(terminal.seen)
    with opened(operator, NO_COLOR="1") as terminal:
        terminal.quiet(1.0)
        assert not RGB.search(terminal.seen)
        assert not re.search(rb"\x1b\[[0-9;]*(?:3[0-7]|9[0-7])m", terminal.seen)


def test_the_mouse_is_left_to_the_terminal_over_ssh(operator: Operator, gated: Path) -> None:
    with opened(operator, SSH_CONNECTION="10.0.0.1 1 10.0.0.2 22") as terminal:
        assert MOUSE not in terminal.seen


def test_a_repaint_sends_the_whole_screen(operator: Operator, gated: Path) -> None:
    with opened(operator) as terminal:
        terminal.quiet(1.0)
        terminal.type("\x0c")
        assert b"Queues" in terminal.quiet(1.0)


def _without_titles(seen: bytes) -> bytes:
    return re.sub(rb"\x1b\][^\x07]*\x07", b"", seen)
