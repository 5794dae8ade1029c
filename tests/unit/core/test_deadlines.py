"""A gate's deadline: what happens when nobody decides in time."""

from __future__ import annotations

from typing import Any

import pytest

from engine.core import commands as c
from engine.core.errors import Conflict
from engine.core.fields import Field
from engine.core.states import GateState, OnFailure, RunState, StepState, Verdict

from .build import BOB, Play, gate, step, workflow


def _play(on_deadline: str = "hold", **asked: Any) -> Play:
    asked = {"deadline": 60.0, "on_deadline": on_deadline, **asked}
    return Play(workflow(gate("g", on_step={"on_failure": OnFailure.PROCEED}, **asked), step("z", "g")))


def _expire(play: Play) -> list[str]:
    play.at += 60.0
    return play.do(c.ExpireGate("g1.1"))


def test_the_deadline_counts_from_the_opening() -> None:
    play = _play()
    assert play.gate().deadline == play.gate().opened_at + 60.0


@pytest.mark.parametrize(
    ("policy", "gate_state", "step_state", "run_state"),
    [
        ("hold", GateState.OPEN, StepState.WAITING, RunState.WAITING),
        ("reject", GateState.EXPIRED, StepState.REJECTED, RunState.REJECTED),
        ("fail", GateState.EXPIRED, StepState.FAILED, RunState.FAILED),
        ("approve_default", GateState.APPROVED, StepState.SUCCEEDED, RunState.RUNNING),
    ],
)
def test_each_policy_leads_to_its_states(
    policy: str, gate_state: GateState, step_state: StepState, run_state: RunState
) -> None:
    play = _play(policy)
    _expire(play)
    assert (play.gate().state, play.step("g").state, play.run.state) == (gate_state, step_state, run_state)


def test_a_gate_that_holds_can_still_be_decided() -> None:
    play = _play("hold")
    assert _expire(play) == []
    play.answer(Verdict.APPROVE)
    assert play.gate().state is GateState.APPROVED


def test_failing_by_deadline_never_passes_the_gate() -> None:
    play = _play("fail")
    _expire(play)
    assert play.step("z").state is StepState.CANCELLED


def test_approval_by_default_takes_the_defaults_of_the_form_and_names_nobody() -> None:
    play = _play("approve_default", form={"count": Field("integer", default=3), "note": Field()})
    _expire(play)
    assert play.step("g").output == {"count": 3, "decided_by": []}
    assert play.gate().closed_by == "engine"


def test_a_deadline_does_not_strike_early() -> None:
    play = _play("reject")
    play.at += 59.9
    assert play.do(c.ExpireGate("g1.1")) == []
    assert play.gate().state is GateState.OPEN


def test_a_gate_without_deadline_does_not_expire() -> None:
    play = _play("reject", deadline=None)
    assert _expire(play) == []


@pytest.mark.parametrize("policy", ["reject", "fail", "approve_default"])
def test_of_a_decision_and_a_deadline_the_first_one_counts(policy: str) -> None:
    decided = _play(policy)
    decided.answer(Verdict.APPROVE)
    assert _expire(decided) == []
    assert decided.gate().state is GateState.APPROVED

    expired = _play(policy)
    _expire(expired)
    with pytest.raises(Conflict, match="by engine"):
        expired.answer(Verdict.APPROVE, BOB)
