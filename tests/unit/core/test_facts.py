"""Facts on their way through JSON: what was stored is what comes back, for every type there is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core import facts as f
from engine.core.states import (
    AttemptState,
    Consequence,
    GateKind,
    GateState,
    Resolution,
    RunState,
    StepState,
    Verdict,
)

VALUES = {"text": "é \u202e \ud7ff", "number": 1.5, "list": [1, None, True], "nested": {"a": {}}}
DIGEST = "a" * 64

FACTS: tuple[f.Fact, ...] = (
    f.RunCreated("w", DIGEST, "/flows", VALUES, "default", "/runs/r1", -3, "key", {"team": "blue"}),
    f.RunCreated("w", DIGEST, "/flows", {}, "default", "/runs/r1"),
    f.RunStarted(),
    f.RunWaiting("waits for gate g1.1: Go on?"),
    f.RunContinued(),
    f.RunCancelling(True),
    f.RunEnded(RunState.SUCCEEDED_WITH_FLAGS, "1 caveat nobody acknowledged"),
    f.StepQueued("a"),
    f.StepSkipped("a", "upstream"),
    f.StepRetrying("a", 1000.25),
    f.StepIndeterminate("a", "it vanished"),
    f.StepResolved("a", Resolution.RERUN),
    f.StepEnded("a", StepState.FLAGGED, "exit code 1", VALUES),
    f.AttemptStarted("a", 2),
    f.AttemptAdopted("a", 2),
    f.AttemptTimedOut("a", 2),
    f.AttemptEnded("a", 2, AttemptState.LOST, error="it vanished"),
    f.AttemptEnded(
        "a",
        2,
        AttemptState.SUCCEEDED,
        exit_code=0,
        writes=VALUES,
        caveats=("odd", "row"),
        decisions=("took 1.2",),
        artifacts=(f.Artifact("diff.patch", 12, DIGEST), f.Artifact("log", 0, DIGEST)),
    ),
    f.AttemptEnded("a", 2, AttemptState.FAILED, signal=9),
    f.AgentReported("a", 1, 7, "tool.started", {"call": "c1", "arguments": VALUES}),
    f.AgentReported("a", 1, 7, "agent.reported", {}),
    f.GateOpened("g", "g1.1", "Go?", Consequence.HIGH, VALUES, DIGEST, 1, GateKind.HELD, 9.5),
    f.GateOpened("g", "g1.1", "Go?", Consequence.LOW, {}, DIGEST),
    f.GateDecided("g", "g1.1", Verdict.REJECT, DIGEST, VALUES),
    f.GateClosed("g", "g1.1", GateState.EXPIRED),
    f.EngineStarted(3, 4711, "0.1.0"),
    f.EngineStopped("in order"),
    f.EngineTrouble("writer", "disk full"),
)


def _through_json(fact: f.Fact) -> f.Fact:
    return f.decode(f.event_type(fact), json.loads(json.dumps(f.encode(fact))))


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: f.event_type(fact))
def test_a_fact_survives_its_way_through_json(fact: f.Fact) -> None:
    back = _through_json(fact)
    assert back == fact
    for name in f.encode(fact):
        assert type(getattr(back, name)) is type(getattr(fact, name)), name


def test_every_type_of_fact_is_tried() -> None:
    assert {fact.type for fact in FACTS} == set(f.EVENT_TYPES)


def test_every_type_of_fact_says_what_it_means() -> None:
    assert all(sentence.strip() for sentence in f.EVENT_TYPES.values())


@given(st.sampled_from(FACTS), st.text(min_size=1))
def test_an_agents_report_is_never_read_as_another_fact(fact: f.Fact, kind: str) -> None:
    assert f.is_report(kind) or kind in f.EVENT_TYPES
    assert not f.is_report(fact.type) or fact.type == f.AgentReported.type
    if f.is_report(kind):
        report = f.AgentReported("a", 1, 0, kind, {"type": fact.type})
        assert _through_json(report) == report


def test_states_are_stored_as_their_words() -> None:
    stored = json.dumps(f.encode(f.StepEnded("a", StepState.FLAGGED)))
    assert '"state": "flagged"' in stored


def test_a_word_that_is_no_state_is_not_read() -> None:
    with pytest.raises(ValueError, match="finished"):
        f.decode("run.ended", {"state": "finished"})
