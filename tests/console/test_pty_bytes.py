"""What the whole console sends over a slow link: nothing while nothing happens, little for a key."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.client import Client
from engine.home import Home
from tests.console.terminals import Terminal
from tests.support import Operator, workflow

QUICK = """
workflow: quick
defaults: {on_failure: halt, timeout: 1m}
steps:
  - id: only
    run: ["true"]
    effects: none
"""
RUNS = 12


async def ended_runs(client: Client, file: Path) -> list[str]:
    """The ids of some runs that have ended."""
    await client.ensure_engine()
    bundle = await client.bundle(str(file))
    runs = [str((await client.submit(bundle))["run"]) for _ in range(RUNS)]
    await asyncio.gather(*map(client.wait, runs))
    await client.close()
    return runs


@pytest.fixture
def terminal(operator: Operator, tmp_path: Path) -> Iterator[Terminal]:
    """The history of a home in which nothing happens any more."""
    runs = asyncio.run(ended_runs(Client(Home(operator.home)), workflow(tmp_path, QUICK)))
    opened = Terminal(operator.home)
    opened.wait_for("No run is active")
    opened.settle()
    opened.type("4")
    opened.wait_for(*runs)
    opened.settle()
    yield opened
    opened.close()


def test_an_idle_console_sends_nothing(terminal: Terminal) -> None:
    assert terminal.quiet(4.0) == b""


def test_moving_the_cursor_costs_little(terminal: Terminal) -> None:
    for key in "jjjk":
        terminal.type(key)
        sent = terminal.quiet(1.0)
        assert 0 < len(sent) <= 700, sent


def test_a_notice_comes_and_goes_for_little(terminal: Terminal) -> None:
    terminal.type("!")
    assert b"no gate is open" in terminal.quiet(1.0)
    terminal.type("\x1b")
    terminal.settle()
