"""Cancel and kill: what ends at once, what is asked to end, and what the run says afterwards."""

from __future__ import annotations

import pytest

from engine.core import commands as c
from engine.core.errors import Refused
from engine.core.states import GateState, RunState, StepState
from engine.core.workflow import Retry

from .build import Play, gate, step, workflow


def test_all_that_is_not_in_flight_ends_in_the_same_command() -> None:
    play = Play(
        workflow(
            step("flying"),
            step("queued"),
            step("retrying", retry=Retry(attempts=2)),
            step("unknown"),
            gate("asked"),
            step("pending", "flying"),
        )
    )
    play.start("flying")
    play.execute("retrying", exit_code=1)
    play.start("unknown")
    play.lose("unknown")
    play.cancel(reason="wrong input")
    said = {step.id: (step.state.value, step.error) for step in play.run.steps.values()}
    assert said == {
        "flying": ("running", None),
        "queued": ("cancelled", "never started: the run was ending"),
        "retrying": ("cancelled", "not tried again: the run was ending"),
        "unknown": ("cancelled", "outcome unknown: it vanished"),
        "asked": ("cancelled", "not decided: the run was ending"),
        "pending": ("cancelled", "never started: the run was ending"),
    }
    assert play.gate("asked").state is GateState.CANCELLED
    assert play.run.state is RunState.CANCELLING


def test_the_run_is_cancelled_when_its_last_attempt_is_gone() -> None:
    play = Play(workflow(step("a"), step("b")))
    play.start("a")
    play.start("b")
    play.cancel(reason="wrong input")
    play.finish("a", exit_code=143)
    assert play.run.state is RunState.CANCELLING
    play.finish("b", exit_code=143)
    assert (play.run.state, play.run.why) == (RunState.CANCELLED, "wrong input")


def test_a_queued_run_is_cancelled_without_ever_having_started() -> None:
    play = Play(workflow(step("a")))
    play.cancel()
    assert (play.run.state, play.run.started_at) == (RunState.CANCELLED, None)


def test_an_attempt_that_made_it_to_success_keeps_its_result() -> None:
    play = Play(workflow(step("a"), step("z", "a")))
    play.start("a")
    play.cancel()
    play.finish("a", result={"output": {"n": 1}})
    assert (play.step("a").state, play.step("a").output) == (StepState.SUCCEEDED, {"n": 1})
    assert play.step("z").state is StepState.CANCELLED
    assert play.run.state is RunState.CANCELLED


def test_a_second_cancel_changes_nothing() -> None:
    play = Play(workflow(step("a")))
    play.start()
    play.cancel()
    assert play.cancel() == []


def test_kill_follows_cancel_once_and_keeps_the_first_reason() -> None:
    play = Play(workflow(step("a")))
    play.start()
    play.cancel(reason="wrong input")
    assert play.cancel(force=True) == ["run.cancelling"]
    assert play.run.force
    assert play.cancel(force=True) == []
    assert play.cancel() == []
    play.finish(exit_code=137)
    assert play.run.why == "wrong input"


def test_the_reason_for_waiting_is_not_taken_for_the_reason_to_cancel() -> None:
    play = Play(workflow(gate("g")))
    play.cancel()
    assert play.run.why == ""


def test_a_run_that_has_ended_cannot_be_cancelled() -> None:
    play = Play(workflow(step("a")))
    play.execute()
    with pytest.raises(Refused, match="already ended as succeeded"):
        play.cancel()


def test_nothing_starts_in_a_run_that_is_being_cancelled() -> None:
    play = Play(workflow(step("a"), step("b")))
    play.start("a")
    play.cancel()
    for name in ("a", "b"):
        with pytest.raises(Refused):
            play.start(name)


def test_no_retry_follows_in_a_run_that_is_being_cancelled() -> None:
    play = Play(workflow(step("a", retry=Retry(attempts=5))))
    play.start()
    play.cancel()
    assert play.finish(exit_code=1) == [
        "attempt.ended a cancelled",
        "step.ended a cancelled",
        "run.ended cancelled",
    ]


def test_a_timer_that_rings_after_the_cancel_finds_nothing_to_do() -> None:
    play = Play(workflow(step("a", retry=Retry(attempts=2, backoff=1.0)), step("b")))
    play.start("b")
    play.execute("a", exit_code=1)
    play.cancel()
    play.at += 10.0
    assert play.do(c.WakeStep("a")) == []
