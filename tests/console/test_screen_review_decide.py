"""A decision is made on purpose, by keys alone, about exactly what was shown, and at most once."""

from __future__ import annotations

import sqlite3

import pytest
from textual import events
from textual.widgets import Input

from engine.core.states import Verdict
from tests.console.cases import judged, record, review
from tests.console.fingers import Clock, press
from tests.console.living import SIZES, Living, Sight
from tui.screens.dialogs import Dialog


def asks(sight: Sight) -> bool:
    return isinstance(sight.app.screen, Dialog)


async def state_of(home: Living, gate: str) -> str:
    return str((await record(home, gate)).state)


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_approve_by_keys_with_values_and_a_reason(
    home: Living, clock: Clock, size: tuple[int, int]
) -> None:
    gate = await judged(home)
    async with review(home, gate.id, size) as sight:
        await sight.press("a")
        await sight.shows(
            f"Approve gate {gate.id}?",
            "Step pay starts at once.",
            f"digest {gate.digest[:12]}",
            "> esc  Back",
        )
        await sight.shows("limit", "number; default 10", "one of calm, loud")
        sight.app.screen.query(Input).first().focus()
        await press(sight, clock, "5", "enter", *"loud", "enter", *"fine", "escape", "y")
        await sight.shows(f"Gate {gate.id} is approved.", "✓ approved")
    decided = await record(home, gate.id)
    decision = decided.decisions[0]
    assert (decision.reason, decision.form) == ("fine", {"limit": 5, "tone": "loud"})
    assert decision.digest == gate.digest
    assert await home.client.wait(gate.run) == "succeeded_with_flags"


async def test_reject_by_keys_needs_a_reason(home: Living, clock: Clock) -> None:
    gate = await judged(home)
    async with review(home, gate.id) as sight:
        await sight.press("x")
        await sight.shows(f"Reject gate {gate.id}?", "The run ends as rejected")
        await press(sight, clock, "y")
        await sight.shows("A reason is needed")
        sight.app.screen.query_one(Input).focus()
        await press(sight, clock, *"no", "escape", "y")
        await sight.shows(f"Gate {gate.id} is rejected.", "✗ rejected")
    assert await home.client.wait(gate.run) == "rejected"


async def test_a_grave_gate_wants_everything_read_and_its_id_typed(home: Living, clock: Clock) -> None:
    gate = await judged(home, consequence="high")
    async with review(home, gate.id) as sight:
        await sight.press("a")
        await sight.shows("The summary has not been read", "make/change.patch has not been read")
        await press(sight, clock, "y", "enter")
        await sight.until(lambda: not asks(sight))
        assert await state_of(home, gate.id) == "open"
        await sight.press("G", "2", "G", "3", "G", "a")
        short = gate.id[-5:]
        await sight.shows(f"Type {short}")
        await press(sight, clock, "y")
        sight.app.screen.query(Input).last().focus()
        await press(sight, clock, *short[:-1], "escape", "y")
        assert asks(sight)
        sight.app.screen.query(Input).last().focus()
        await press(sight, clock, short[-1], "escape", "tab", "tab", "tab", "tab")
        await sight.until(lambda: sight.app.focused is not None)
        sight.app.screen.query_one("#approve").focus()
        await press(sight, clock, "enter")
        await sight.shows(f"Gate {gate.id} is approved.")


async def test_keys_typed_ahead_decide_nothing(home: Living, clock: Clock) -> None:
    gate = await judged(home)
    async with review(home, gate.id) as sight:
        await sight.type("ayy")
        await sight.until(lambda: asks(sight))
        await sight.press("y", "enter", "tab", "enter", "space")
        assert asks(sight)
    assert await state_of(home, gate.id) == "open"


async def test_a_paste_never_approves(home: Living, clock: Clock) -> None:
    gate = await judged(home)
    async with review(home, gate.id) as sight:
        for words in ("a", "y", "a\ny\n"):
            sight.app.post_message(events.Paste(words))
            clock.pass_by()
            await sight.until(lambda: True)
        assert not asks(sight)
        await sight.press("a")
        clock.pass_by()
        sight.app.post_message(events.Paste("y\n"))
        await sight.until(lambda: asks(sight))
    assert await state_of(home, gate.id) == "open"


async def test_a_gate_decided_elsewhere_says_so_and_takes_no_keys(home: Living) -> None:
    gate = await judged(home)
    async with review(home, gate.id) as sight:
        await home.client.decide(gate.id, Verdict.REJECT, gate.digest, reason="not today")
        await sight.shows("This gate is rejected by", "not today")
        await sight.press("a")
        await sight.shows("Approve: the gate is rejected.")
        await sight.press("x")
        await sight.shows("Reject: the gate is rejected.")
        assert not asks(sight)


async def test_a_gate_decided_while_the_dialog_is_open_is_refused_with_its_sentence(
    home: Living, clock: Clock
) -> None:
    gate = await judged(home)
    async with review(home, gate.id) as sight:
        await sight.press("a")
        await sight.until(lambda: asks(sight))
        await home.client.decide(gate.id, Verdict.REJECT, gate.digest, reason="not today")
        await press(sight, clock, "y")
        await sight.shows("is already rejected", "This gate is rejected by")


async def test_a_gate_that_changed_is_not_decided_by_what_was_shown(home: Living, clock: Clock) -> None:
    gate = await judged(home)
    async with review(home, gate.id) as sight:
        await sight.press("a")
        await sight.until(lambda: asks(sight))
        with sqlite3.connect(home.client.home.database) as database:
            database.execute("UPDATE gate SET digest = ?", ("f" * 64,))
        database.close()
        await press(sight, clock, "escape")
        await sight.shows("It changed since it was shown", "Press ctrl+r")
        await sight.press("a")
        await sight.shows("Approve: it is not what was shown any more")
        await sight.press("ctrl+r")
        await sight.shows("does not have the digest")
    assert await state_of(home, gate.id) == "open"


async def test_the_digest_sent_is_the_one_that_was_shown(home: Living, clock: Clock) -> None:
    gate = await judged(home)
    sent: list[str] = []
    async with review(home, gate.id) as sight:
        client = sight.app.client
        decide = client.decide

        async def listening(gate: str, verdict: Verdict, digest: str, **rest: object) -> dict[str, object]:
            sent.append(digest)
            return await decide(gate, verdict, "0" * 64, **rest)  # type: ignore[arg-type] # as it came

        client.decide = listening  # type: ignore[method-assign] # to hear what is sent
        await sight.press("a")
        await sight.until(lambda: asks(sight))
        await press(sight, clock, "y")
        await sight.shows("shows other content than the digest")
    assert sent == [gate.digest]
    assert await state_of(home, gate.id) == "open"
