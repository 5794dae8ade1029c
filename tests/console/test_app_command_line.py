"""The `:` line and the palette say the command line's verbs."""

from __future__ import annotations

import pytest

from engine.core.states import RunState
from tests.console.living import GATED, QUICK, Living, Sight, console_on
from tests.console.test_screen_runs import answered
from tui.command_line import completed
from tui.command_text import complete
from tui.commands import COMMANDS
from tui.screens.review import ReviewScreen
from tui.screens.run import RunScreen


async def entered(sight: Sight, line: str) -> None:
    await sight.type(f":{line}\r")


async def test_an_unknown_verb_gets_the_nearest_one(home: Living) -> None:
    async with console_on(home.client.home) as sight:
        await entered(sight, "cansel r1")
        await sight.shows("There is no command 'cansel': did you mean 'cancel'?")


@pytest.mark.parametrize("verb", ["show", "logs", "state", "events", "artifacts"])
async def test_a_run_is_opened_by_the_beginning_of_its_id(home: Living, verb: str) -> None:
    run = await home.ended(QUICK)
    async with console_on(home.client.home) as sight:
        await entered(sight, f"{verb} {run[:-1]}")
        await sight.until(lambda: isinstance(sight.app.screen, RunScreen))
        assert sight.front.run_id == run


async def test_what_there_is_none_of_is_told_in_one_sentence(home: Living) -> None:
    async with console_on(home.client.home) as sight:
        await entered(sight, "show nobody")
        await sight.shows("There is no run nobody.")
        await entered(sight, "gate nothing")
        await sight.shows("There is no gate nothing.")
        await entered(sight, "show a b c")
        await sight.shows("That is too much")
        await entered(sight, "gates now")
        await sight.shows("gates takes nothing behind it.")
        await entered(sight, "show 'a")
        await sight.shows("open quote")


@pytest.mark.parametrize("verb", ["gate", "approve", "reject"])
async def test_a_decision_opens_the_review_and_decides_nothing(home: Living, verb: str) -> None:
    gate = await home.gate_of(await home.gated())
    async with console_on(home.client.home) as sight:
        await entered(sight, f"{verb} {gate}")
        await sight.until(lambda: isinstance(sight.app.screen, ReviewScreen))
        assert sight.front.gate_id == gate
        assert (await sight.views.gate(gate)).decisions == ()


async def test_cancel_takes_ids_and_asks(home: Living) -> None:
    run = await home.gated()
    async with console_on(home.client.home) as sight:
        await entered(sight, f"cancel {run}")
        await sight.shows(f"Cancel run {run}?")
        await answered(sight, "y")
        await sight.shows("Cancelling")
        assert (await sight.views.run(run)).state in (RunState.CANCELLED, RunState.CANCELLING)


async def test_a_new_run_asks_for_its_inputs_and_starts(home: Living) -> None:
    await home.ended(QUICK)
    async with console_on(home.client.home) as sight:
        await entered(sight, "run quick code=7")
        await sight.shows("Start quick?", "code = 7")
        await answered(sight, "y")
        await sight.shows("Submitted r")
        runs = (await sight.views.runs()).runs
        assert len(runs) == 2
        assert (await sight.views.inputs(runs[0].id))["code"] == 7


async def test_n_asks_for_the_workflow_first(home: Living) -> None:
    await home.ended(QUICK)
    async with console_on(home.client.home) as sight:
        await sight.press("2", "n")
        await sight.shows("New run: which workflow?", "Known here: quick")
        await answered(sight, "escape")
        assert len((await sight.views.runs()).runs) == 1


async def test_a_workflow_that_is_not_there_is_told(home: Living) -> None:
    async with console_on(home.client.home) as sight:
        await entered(sight, "run ./nowhere.yaml")
        await sight.shows("There is no file nowhere.yaml")


async def test_tab_completes_and_up_recalls(home: Living) -> None:
    async with console_on(home.client.home) as sight:
        await sight.press("colon", *"hist", "tab")
        await sight.shows(":history")
        await sight.press("enter")
        await sight.until(lambda: sight.app.view == "history")
        await sight.press("colon", "up")
        await sight.shows(":history")
        await sight.press("down")
        await sight.hides(":history")
        await sight.press("escape")


async def test_the_palette_searches_the_table(home: Living) -> None:
    await home.submit(GATED)
    async with console_on(home.client.home) as sight:
        await sight.press("ctrl+p")
        await sight.until(lambda: len(sight.app.screen_stack) == 3)
        await sight.press(*"queues")
        await sight.shows("Queues  5")
        await sight.press("enter")
        await sight.until(lambda: sight.app.view == "queues")


def test_verbs_are_completed_as_far_as_is_certain() -> None:
    assert completed("hist") == "history "
    assert completed("a") == "a"
    assert completed("show r0") == "show r0"
    assert completed("zzz") == "zzz"


def test_every_verb_of_the_table_is_understood_by_the_line() -> None:
    words = [word for command in COMMANDS for word in command.words]
    assert sorted(words) == complete("")
