"""Attempts that vanish: run again, or ask a person, as the step's effects allow."""

from __future__ import annotations

from typing import Any

import pytest

from engine.core.errors import InvalidInput
from engine.core.fields import Field
from engine.core.policy import MAX_LOST
from engine.core.states import Effects, OnFailure, Resolution, RunState, StepState
from engine.core.workflow import Retry

from .build import Play, step, workflow

REPEATABLE = (Effects.NONE, Effects.IDEMPOTENT)
DELICATE = (Effects.AT_MOST_ONCE, Effects.IRREVERSIBLE)


def _play(**declared: Any) -> Play:
    return Play(workflow(step("a", **declared), step("z", "a")))


@pytest.mark.parametrize("effects", REPEATABLE)
def test_a_lost_attempt_that_may_repeat_is_queued_again(effects: Effects) -> None:
    play = _play(effects=effects)
    play.start()
    assert play.lose() == ["attempt.ended a lost", "step.queued a"]
    play.start()
    assert play.step().attempt == 2


@pytest.mark.parametrize("effects", DELICATE)
def test_a_lost_attempt_that_may_have_acted_waits_for_a_person(effects: Effects) -> None:
    play = _play(effects=effects)
    play.start()
    assert play.lose() == ["attempt.ended a lost", "step.indeterminate a", "run.waiting"]
    assert play.run.why == "the outcome of step a is unknown: resolve it"


@pytest.mark.parametrize("effects", DELICATE)
def test_an_attempt_that_certainly_never_started_runs_again_whatever_its_effects(effects: Effects) -> None:
    play = _play(effects=effects)
    play.start()
    assert play.lose(started=False) == ["attempt.ended a lost", "step.queued a"]


@pytest.mark.parametrize(("effects", "started"), [(Effects.NONE, True), (Effects.AT_MOST_ONCE, False)])
def test_after_too_many_losses_a_person_is_asked(effects: Effects, started: bool) -> None:
    play = _play(effects=effects)
    for _ in range(MAX_LOST):
        play.start()
        play.lose(started=started)
        assert play.step().state is StepState.QUEUED
    play.start()
    play.lose(started=started)
    assert play.step().state is StepState.INDETERMINATE


def test_a_lost_attempt_does_not_use_up_a_retry() -> None:
    play = _play(effects=Effects.NONE, retry=Retry(attempts=2, backoff=4.0, jitter=0.0))
    play.start()
    play.lose()
    play.execute(exit_code=1)
    assert play.step().state is StepState.RETRY_WAIT
    assert play.step().due == play.at + 4.0


def test_a_lost_attempt_of_a_stopping_run_that_may_repeat_just_ends() -> None:
    play = Play(workflow(step("a", effects=Effects.NONE), step("b")))
    play.start("a")
    play.execute("b", exit_code=1)
    assert play.lose() == ["attempt.ended a lost", "step.ended a cancelled", "run.ended failed"]


def test_an_unknown_outcome_keeps_a_halted_run_open() -> None:
    play = Play(workflow(step("a"), step("b"), step("z", "a")))
    play.start("a")
    play.execute("b", exit_code=1)
    play.lose()
    assert play.run.state is RunState.WAITING
    assert play.resolve(Resolution.HAPPENED)[-1] == "run.ended failed"
    assert play.step("z").state is StepState.CANCELLED


def test_a_cancelled_run_says_of_a_lost_attempt_what_is_known() -> None:
    for started, expected in (
        (True, "outcome unknown: it vanished"),
        (False, "never started: it vanished"),
    ):
        play = _play()
        play.start()
        play.cancel()
        play.lose(started=started)
        assert play.step().error == expected
        assert play.run.state is RunState.CANCELLED


def test_happened_counts_as_success_with_the_output_that_was_given() -> None:
    play = _play()
    play.start()
    play.lose()
    followed = play.resolve(Resolution.HAPPENED, rows=3)
    assert followed == ["step.resolved a", "step.ended a succeeded", "step.queued z", "run.continued"]
    assert play.step().output == {"rows": 3}
    assert play.step().error is None


def test_happened_needs_the_output_that_the_step_declares() -> None:
    play = _play(output={"rows": Field("integer", required=True)})
    play.start()
    play.lose()
    with pytest.raises(InvalidInput, match=r"rows.*Give its output"):
        play.resolve(Resolution.HAPPENED)
    assert play.step().state is StepState.INDETERMINATE
    play.resolve(Resolution.HAPPENED, rows=3)
    assert play.step().state is StepState.SUCCEEDED


def test_rerun_starts_the_next_attempt() -> None:
    play = _play()
    play.start()
    play.lose()
    assert play.resolve(Resolution.RERUN) == ["step.resolved a", "step.queued a", "run.continued"]
    play.execute()
    assert (play.step().attempt, play.step().state) == (2, StepState.SUCCEEDED)


def test_rerun_in_a_stopping_run_starts_nothing() -> None:
    play = Play(workflow(step("a", on_failure=OnFailure.PROCEED), step("b")))
    play.start("a")
    play.execute("b", exit_code=1)
    play.lose()
    assert play.resolve(Resolution.RERUN) == ["step.resolved a", "step.ended a cancelled", "run.ended failed"]
    assert play.run.why == "step b: exit code 1"


@pytest.mark.parametrize(
    ("policy", "state", "run_state"),
    [
        (OnFailure.HALT, StepState.FAILED, RunState.FAILED),
        (OnFailure.PROCEED, StepState.FLAGGED, RunState.RUNNING),
    ],
)
def test_failed_follows_the_failure_policy(policy: OnFailure, state: StepState, run_state: RunState) -> None:
    play = _play(on_failure=policy)
    play.start()
    play.lose()
    play.resolve(Resolution.FAILED)
    assert (play.step().state, play.run.state) == (state, run_state)
    assert play.step().error == "bob found that it did not happen"


def test_the_output_of_a_lost_attempt_cannot_leak_into_the_run() -> None:
    play = Play(workflow(step("a", writes=("k",)), state={"k": Field("string")}))
    play.start()
    play.lose()
    play.finish(result={"state": {"k": "late"}, "output": {"n": 1}})
    assert play.run.shared == {}
    assert play.step().output == {}
