"""A step whose outcome is unknown says what to do, and is resolved with a reason, by key and by `:` line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.console.fingers import Clock, press
from tests.console.living import Living, Sight, console_on

LOST = """
workflow: lost
inputs: {gate: {type: string}}
defaults: {on_failure: halt, timeout: 5m}
steps:
  - id: send
    script: |
      echo "sending"
      read -r line < "$FIFO"
    env: {FIFO: "${inputs.gate}"}
    effects: at_most_once
  - id: after
    needs: [send]
    run: ["true"]
    effects: none
"""


@pytest.fixture
async def lost(home: Living, tmp_path: Path) -> str:
    """A run whose first step was ended together with its engine."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    run = await home.submit(LOST, gate=str(fifo))
    views = await home.client.views()
    log = home.client.attempt_log(run, "send", 1)
    while not log.exists():
        await views.changed_or(0.05)
    await home.client.stop("kill")
    await home.client.gone()
    await home.client.ensure_engine()
    return run


async def open_question(sight: Sight, run: str) -> None:
    await sight.app.open_run(run)
    await sight.shows("? indeterminate", "1 UNKNOWN", "Find out whether its effect took place")
    await sight.press("r")
    await sight.shows(f"What became of step send of run {run}?", "at_most_once")


async def test_it_happened(home: Living, lost: str, clock: Clock) -> None:
    async with console_on(home.client.home) as sight:
        await open_question(sight, lost)
        await press(sight, clock, "h")
        await sight.shows("A reason is needed")
        await press(sight, clock, "tab", "tab", "s", "e", "e", "n", "escape", "h")
        await sight.shows("Step send is succeeded now.", "✓ succeeded")
    assert await home.client.wait(lost) == "succeeded"
    events = await (await home.client.views()).events(lost)
    assert [event.reason for event in events if event.type == "step.resolved"] == ["seen"]


async def test_run_it_again(home: Living, lost: str, clock: Clock, tmp_path: Path) -> None:
    async with console_on(home.client.home) as sight:
        await open_question(sight, lost)
        await press(sight, clock, "tab", "tab", "n", "o", "escape", "r")
        await sight.shows("▸ running", "Log send attempt 2")
        (tmp_path / "fifo").write_text("go\n")
        await sight.shows("✓ succeeded")


async def test_the_command_line_asks_the_same(home: Living, lost: str, clock: Clock) -> None:
    async with console_on(home.client.home) as sight:
        await sight.press("colon")
        await sight.type(f"resolve {lost} send")
        await sight.press("enter")
        await sight.shows(f"What became of step send of run {lost}?")
        await press(sight, clock, "tab", "tab", "n", "o", "escape", "f")
        await sight.shows("Step send is failed now.")


async def test_a_step_that_is_known_is_not_resolved(home: Living) -> None:
    run = await home.gated()
    async with console_on(home.client.home) as sight:
        await sight.app.open_run(run, step="prepare")
        await sight.shows("prepare, script step")
        await sight.press("r")
        await sight.shows("Resolve step: the step is succeeded")
