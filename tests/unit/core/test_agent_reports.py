"""What agents report: in order, once, never taken for a fact of the engine, never a cause of failure."""

from __future__ import annotations

from typing import Any

import pytest

from engine.core import commands as c
from engine.core import facts as f
from engine.core.decide import decide
from engine.core.states import Effects

from .build import Play, step, workflow


def _running() -> Play:
    play = Play(workflow(step("a", effects=Effects.NONE)))
    play.start()
    return play


def _report(play: Play, first: int, *events: dict[str, Any], attempt: int = 1) -> list[str]:
    before = len(play.log)
    play.do(c.RecordAgent("a", attempt, first, events))
    reports = [fact for fact in play.log[before:] if isinstance(fact, f.AgentReported)]
    return [f"{fact.position} {fact.kind}" for fact in reports]


def test_events_are_recorded_in_order_with_their_positions() -> None:
    play = _running()
    assert _report(play, 0, {"type": "agent.message", "text": "hi"}, {"type": "tool.started"}) == [
        "0 agent.message",
        "1 tool.started",
    ]
    reported = play.log[-2]
    assert isinstance(reported, f.AgentReported)
    assert reported.data == {"text": "hi"}


def test_events_that_are_known_are_passed_over() -> None:
    play = _running()
    events = tuple({"type": f"agent.{name}"} for name in "abcd")
    _report(play, 0, *events[:2])
    assert _report(play, 0, *events) == ["2 agent.c", "3 agent.d"]
    assert _report(play, 1, *events[1:]) == []


def test_a_new_attempt_counts_from_zero_and_ignores_the_old_one() -> None:
    play = _running()
    _report(play, 0, {"type": "agent.message"})
    play.lose()
    play.start()
    assert _report(play, 1, {"type": "agent.message"}, attempt=1) == []
    assert _report(play, 0, {"type": "agent.message"}, attempt=2) == ["0 agent.message"]


@pytest.mark.parametrize("kind", ["run.ended", "step.ended", "gate.decided", "engine.stopped", "", 7, None])
def test_an_agent_cannot_forge_a_fact_of_the_engine(kind: object) -> None:
    play = _running()
    forged = {"type": kind, "step": "a", "state": "succeeded"}
    assert _report(play, 0, forged) == ["0 agent.raw"]
    reported = play.log[-1]
    assert isinstance(reported, f.AgentReported)
    assert reported.data == forged
    assert f.decode(f.event_type(reported), f.encode(reported)) == reported


def test_usage_adds_up_over_attempts() -> None:
    play = _running()
    _report(play, 0, {"type": "usage", "input_tokens": 10, "output_tokens": 5, "cost_usd": 0.25})
    play.lose()
    play.start()
    _report(play, 0, {"type": "usage", "input_tokens": 1, "output_tokens": 1, "cost_usd": 0.5}, attempt=2)
    assert (play.run.tokens, play.run.cost_usd) == (17, 0.75)


def test_an_unknown_price_is_not_a_price_of_zero() -> None:
    play = _running()
    _report(play, 0, {"type": "usage", "input_tokens": 10, "output_tokens": 5, "cost_usd": None})
    assert (play.run.tokens, play.run.cost_usd) == (15, None)


@pytest.mark.parametrize("figure", ["many", -5, float("nan"), float("inf"), 10**30, [1], {}, None])
def test_a_figure_that_cannot_be_true_counts_as_nothing(figure: object) -> None:
    play = _running()
    _report(play, 0, {"type": "usage", "input_tokens": figure, "output_tokens": 3, "cost_usd": figure})
    assert play.run.tokens == 3
    assert play.run.cost_usd in (None, 0)


def test_reports_leave_the_state_of_the_run_alone() -> None:
    play = _running()
    before = play.run
    after = decide(before, c.RecordAgent("a", 1, 0, ({"type": "agent.plan"},)), 1.0).run
    assert (after.state, after.count) == (before.state, before.count)
