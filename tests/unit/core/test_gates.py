"""Gates: who may decide, on what, how often, and what a decision leads to."""

from __future__ import annotations

from typing import Any

import pytest

from engine.core import commands as c
from engine.core.errors import (
    Conflict,
    InvalidInput,
    NotAllowed,
    NotFound,
    OpsgateError,
    Refused,
    StaleDigest,
)
from engine.core.facts import Actor
from engine.core.fields import Field
from engine.core.states import GateState, RunState, StepState, Verdict

from .build import ALICE, BOB, CAROL, Play, gate, step, workflow

APPROVE, REJECT = Verdict.APPROVE, Verdict.REJECT


def _play(**asked: Any) -> Play:
    return Play(workflow(gate("g", **asked), step("z", "g")))


def _refusal(play: Play, kind: type[OpsgateError], *args: Any, **named: Any) -> str:
    """The message with which an answer is refused, having changed nothing."""
    before = play.run.copy()
    with pytest.raises(OpsgateError) as caught:
        play.answer(*args, **named)
    assert type(caught.value) is kind
    assert play.run == before
    return caught.value.message


def test_an_approval_lets_the_run_go_on() -> None:
    play = _play()
    assert play.run.state is RunState.WAITING
    assert play.run.why == "waits for gate g1.1: Go on?"
    followed = play.answer(APPROVE)
    assert followed == [
        "gate.decided g",
        "gate.closed g approved",
        "step.ended g succeeded",
        "step.queued z",
        "run.continued",
    ]
    assert play.step("g").output == {"decided_by": ["bob"]}


def test_a_rejection_ends_the_run_as_rejected_with_its_reason() -> None:
    play = _play()
    play.answer(REJECT, BOB, "wrong version")
    assert play.gate().state is GateState.REJECTED
    assert (play.step("g").state, play.step("z").state) == (StepState.REJECTED, StepState.CANCELLED)
    assert (play.run.state, play.run.why) == (
        RunState.REJECTED,
        "step g: rejected by bob: wrong version",
    )


@pytest.mark.parametrize("reason", [None, "", "  \n"])
def test_a_rejection_needs_a_reason(reason: str | None) -> None:
    assert "--reason" in _refusal(_play(), InvalidInput, REJECT, BOB, reason)


def test_a_decision_is_kept_with_who_when_and_why() -> None:
    play = _play(form={"note": Field("string")})
    play.at += 5.0
    play.answer(APPROVE, BOB, "looks fine", note="ship it")
    decision = play.gate().decisions[0]
    assert (decision.actor, decision.identity, decision.at) == ("bob", "kernel", 1005.0)
    assert (decision.reason, decision.form) == ("looks fine", {"note": "ship it"})
    assert (play.gate().closed_at, play.gate().closed_by) == (1005.0, "bob")


def test_an_unknown_gate_is_not_found() -> None:
    with pytest.raises(NotFound, match="opsgate gates"):
        _play().do(c.DecideGate("g9.9", APPROVE, "0" * 64), BOB)


def test_a_decision_on_other_content_is_stale() -> None:
    message = _refusal(_play(), StaleDigest, APPROVE, digest="0" * 64)
    assert "opsgate gate g1.1" in message


def test_the_same_content_has_the_same_digest_and_other_content_another() -> None:
    asked = workflow(gate("g", show=("inputs.n",)))
    one, same, other = (Play(asked, inputs={"n": number}).gate().digest for number in (1, 1, 2))
    assert one == same != other


def test_a_verdict_that_the_gate_does_not_allow_is_refused() -> None:
    message = _refusal(_play(allowed=(APPROVE,)), Refused, REJECT)
    assert message == "Gate g1.1 does not allow reject. Allowed: approve."


@pytest.mark.parametrize(
    ("asked", "actor", "allowed"),
    [
        ({}, Actor("anyone"), True),
        ({"users": ("bob",)}, BOB, True),
        ({"users": ("bob",)}, ALICE, False),
        ({"roles": ("release",)}, BOB, True),
        ({"roles": ("release",)}, ALICE, False),
        ({"users": ("alice",), "roles": ("release",)}, ALICE, True),
        ({"users": ("alice",), "roles": ("release",)}, CAROL, True),
        ({"users": ("alice",), "roles": ("release",)}, Actor("release"), False),
        ({"four_eyes": True}, ALICE, False),
        ({"four_eyes": True}, BOB, True),
        ({"four_eyes": True, "users": ("alice",)}, ALICE, False),
        ({"four_eyes": True, "users": ("alice",)}, BOB, False),
    ],
)
def test_only_candidates_decide(asked: dict[str, Any], actor: Actor, allowed: bool) -> None:
    play = _play(**asked)
    if allowed:
        play.answer(APPROVE, actor)
        assert play.gate().state is GateState.APPROVED
    else:
        assert actor.name in _refusal(play, NotAllowed, APPROVE, actor)


def test_a_refused_person_learns_who_may() -> None:
    message = _refusal(_play(users=("bob",), roles=("ops",)), NotAllowed, APPROVE, ALICE)
    assert "is for bob, role ops" in message


def test_a_quorum_needs_so_many_different_people() -> None:
    play = _play(quorum=2)
    assert play.answer(APPROVE, ALICE) == ["gate.decided g"]
    assert play.answer(APPROVE, ALICE) == []
    assert play.gate().state is GateState.OPEN
    play.answer(APPROVE, BOB)
    assert play.gate().state is GateState.APPROVED
    assert play.step("g").output["decided_by"] == ["alice", "bob"]


def test_one_rejection_outweighs_a_quorum() -> None:
    play = _play(quorum=3)
    play.answer(APPROVE, ALICE)
    play.answer(REJECT, BOB)
    assert play.run.state is RunState.REJECTED


def test_the_same_decision_again_succeeds_without_effect() -> None:
    play = _play(form={"count": Field("integer")})
    play.answer(APPROVE, BOB, count="3")
    assert play.answer(APPROVE, BOB, count="3") == []
    rejected = _play()
    rejected.answer(REJECT, BOB)
    assert rejected.answer(REJECT, BOB) == []


@pytest.mark.parametrize("verdict", [APPROVE, REJECT])
def test_the_second_of_two_people_learns_who_was_first(verdict: Verdict) -> None:
    play = _play()
    play.answer(APPROVE, BOB)
    message = _refusal(play, Conflict, verdict, CAROL)
    assert message.startswith("Gate g1.1 is already approved, by bob;")


def test_nobody_decides_twice() -> None:
    play = _play(quorum=2)
    play.answer(APPROVE, BOB)
    assert "bob has already decided" in _refusal(play, Conflict, REJECT, BOB)


def test_the_same_verdict_with_another_form_is_another_decision() -> None:
    play = _play(form={"count": Field("integer")})
    play.answer(APPROVE, BOB, count="3")
    _refusal(play, Conflict, APPROVE, BOB, count="4")


def test_the_form_is_read_by_its_types_and_handed_on() -> None:
    form = {
        "count": Field("integer", required=True),
        "dry": Field("boolean", default=True),
        "note": Field(),
    }
    play = _play(form=form)
    play.answer(APPROVE, count="3")
    assert play.step("g").output == {"count": 3, "dry": True, "decided_by": ["bob"]}


@pytest.mark.parametrize("form", [{}, {"count": "three"}, {"count": "3", "other": "x"}])
def test_a_form_that_does_not_fit_is_refused(form: dict[str, str]) -> None:
    _refusal(_play(form={"count": Field("integer", required=True)}), InvalidInput, APPROVE, **form)


def test_a_rejection_needs_no_form() -> None:
    play = _play(form={"count": Field("integer", required=True)})
    play.answer(REJECT)
    assert play.run.state is RunState.REJECTED


def test_parallel_gates_are_decided_one_by_one_and_the_run_says_which_one_is_left() -> None:
    play = Play(workflow(gate("g"), gate("h", title="And this?"), step("z", "g", "h")))
    assert play.run.why == "waits for gate g1.1: Go on?"
    assert play.answer(APPROVE, name="g")[-1] == "run.waiting"
    assert play.run.why == "waits for gate g1.2: And this?"
    play.answer(APPROVE, name="h")
    assert play.step("z").state is StepState.QUEUED


def test_a_rejection_closes_the_other_gates() -> None:
    play = Play(workflow(gate("g"), gate("h")))
    play.answer(REJECT, name="g")
    assert play.gate("h").state is GateState.CANCELLED
    assert play.step("h").error == "not decided: the run was ending"
    message = _refusal(play, Conflict, APPROVE, name="h")
    assert "is already cancelled, by bob" in message


def test_a_gate_that_the_engine_closed_names_no_person() -> None:
    play = Play(workflow(gate("g", quorum=2), step("a")))
    play.answer(APPROVE, BOB)
    play.execute("a", exit_code=1)
    message = _refusal(play, Conflict, APPROVE, CAROL)
    assert "is already cancelled, by engine" in message
