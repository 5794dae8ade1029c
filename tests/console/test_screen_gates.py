"""The inbox: gravest first, previewed, and what others decided stays in view for a while."""

from __future__ import annotations

import pytest

from tests.console.living import GATED, SIZES, Living, console_on
from tui.screens.gates import RESOLVED_SECONDS
from tui.screens.review import ReviewScreen

LOW = GATED.replace("consequence: high", "consequence: low").replace("workflow: gated", "workflow: light")


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_the_gravest_stands_first_and_is_previewed(home: Living, size: tuple[int, int]) -> None:
    light = await home.submit(LOW, who="light")
    await home.gate_of(light)
    grave = await home.gated(who="grave")
    async with console_on(home.client.home, size) as sight:
        await sight.press("3")
        await sight.shows("Pay grave?", "Pay light?", "2 open", "To be judged:", "any approver")
        rows = [line for line in sight.lines if "Pay" in line and "/1" in line]
        assert "! HIGH" in rows[0]
        assert grave in rows[0]
        assert "low" in rows[1]


async def test_what_somebody_else_decided_stays_and_says_who(home: Living) -> None:
    run = await home.gated()
    gate = await home.gate_of(run)
    async with console_on(home.client.home) as sight:
        await sight.press("3")
        await sight.shows("Pay ACME?", "1 open")
        await home.approve(gate)
        await sight.shows("approved by", "Pay ACME?")
        assert sight.front.gate_id == gate
        assert sight.front.is_live


async def test_what_was_decided_leaves_after_a_minute(home: Living, monkeypatch: pytest.MonkeyPatch) -> None:
    gate = await home.gate_of(await home.gated())
    async with console_on(home.client.home) as sight:
        await sight.press("3")
        await home.approve(gate)
        await sight.shows("approved by")
        later = sight.app.now + RESOLVED_SECONDS + 5
        monkeypatch.setattr(type(sight.app), "now", later)
        await sight.shows("Nothing waits for a person.")


async def test_a_gate_that_opens_above_leaves_the_cursor_on_its_gate(home: Living) -> None:
    light = await home.submit(LOW, who="light")
    gate = await home.gate_of(light)
    async with console_on(home.client.home) as sight:
        await sight.press("3")
        await sight.shows("Pay light?")
        await home.gated(who="grave")
        await sight.shows("Pay grave?")
        assert sight.front.gate_id == gate


async def test_enter_and_a_open_the_review_and_nothing_is_decided_by_a_key(home: Living) -> None:
    gate = await home.gate_of(await home.gated())
    for key in ("enter", "a", "exclamation_mark"):
        async with console_on(home.client.home) as sight:
            await sight.press("3")
            await sight.shows("Pay ACME?")
            await sight.press(key)
            await sight.until(lambda: isinstance(sight.app.screen, ReviewScreen))
            await sight.press("y", "enter", "space")
            assert (await sight.views.gate(gate)).decisions == ()
