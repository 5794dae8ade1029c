"""Failed attempts: whether and when another follows, and what a step's failure means for its run."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core import commands as c
from engine.core.policy import wait_before_retry
from engine.core.states import OnFailure, RunState, StepState, Verdict
from engine.core.workflow import Retry

from .build import BOB, Play, gate, step, workflow


def _play(**declared: Any) -> Play:
    return Play(workflow(step("a", **declared)))


def test_each_wait_is_longer_than_the_one_before_up_to_the_cap() -> None:
    retry = Retry(backoff=2.0, factor=3.0, cap=30.0, jitter=0.0)
    assert [wait_before_retry(retry, attempt, 0.5) for attempt in (1, 2, 3, 4)] == [2.0, 6.0, 18.0, 30.0]


def test_the_wait_stays_at_the_cap_however_many_attempts_there_were() -> None:
    assert wait_before_retry(Retry(factor=10.0, jitter=0.0), 100_000, 0.5) == 300.0


@given(
    st.floats(0, 3600),
    st.floats(1, 10),
    st.floats(0, 3600),
    st.floats(0, 1),
    st.integers(1, 1000),
    st.floats(0, 1),
)
def test_jitter_spreads_a_wait_by_at_most_its_share(
    backoff: float, factor: float, cap: float, jitter: float, attempt: int, chance: float
) -> None:
    even = wait_before_retry(Retry(9, backoff, factor, cap, 0.0), attempt, chance)
    spread = wait_before_retry(Retry(9, backoff, factor, cap, jitter), attempt, chance)
    assert 0 <= even <= cap
    assert even * (1 - jitter) - 1e-6 <= spread <= even * (1 + jitter) + 1e-6


def test_chance_decides_where_in_the_spread_the_wait_falls() -> None:
    retry = Retry(backoff=10.0, jitter=0.2)
    assert [wait_before_retry(retry, 1, chance) for chance in (0.0, 0.5, 1.0)] == [8.0, 10.0, 12.0]


def test_attempts_count_the_first_one() -> None:
    play = _play(retry=Retry(attempts=3, backoff=1.0, jitter=0.0))
    waits = []
    for _ in range(2):
        play.execute(exit_code=1)
        due = play.step().due
        assert due is not None
        waits.append(due - play.at)
        play.at = due
        assert play.do(c.WakeStep("a")) == ["step.queued a", "run.continued"]
    assert waits == [1.0, 2.0]
    assert play.execute(exit_code=1)[-1] == "run.ended failed"
    assert play.step().attempt == 3


def test_a_step_is_not_woken_before_it_is_due() -> None:
    play = _play(retry=Retry(attempts=2, backoff=10.0, jitter=0.0))
    play.execute(exit_code=1)
    play.at += 9.999
    assert play.do(c.WakeStep("a")) == []
    play.at += 0.001
    assert play.do(c.WakeStep("a")) == ["step.queued a", "run.continued"]
    assert play.do(c.WakeStep("a")) == []


def test_an_exit_code_declared_hopeless_is_not_retried() -> None:
    play = _play(retry=Retry(attempts=3, non_retryable_exit_codes=frozenset({2})))
    play.execute(exit_code=1)
    assert play.step().state is StepState.RETRY_WAIT
    play.at += 10.0
    play.do(c.WakeStep("a"))
    play.execute(exit_code=2)
    assert play.step().state is StepState.FAILED


def test_a_timed_out_attempt_is_retried_and_the_next_one_starts_with_a_clean_slate() -> None:
    play = _play(retry=Retry(attempts=2, backoff=0.0), timeout=5.0)
    play.start()
    assert play.do(c.TimeOutAttempt("a", 1)) == ["attempt.timed_out a"]
    assert play.do(c.TimeOutAttempt("a", 1)) == []
    assert play.finish(exit_code=0)[:2] == ["attempt.ended a timed_out", "step.retrying a"]
    play.do(c.WakeStep("a"))
    assert play.execute(exit_code=0)[-1] == "run.ended succeeded"
    assert not play.step().timed_out


def test_a_timeout_is_named_with_its_length() -> None:
    play = _play(timeout=5.0)
    play.start()
    play.do(c.TimeOutAttempt("a", 1))
    play.finish(exit_code=-15)
    assert play.step().error == "it took longer than its timeout of 5 s and was ended"


@pytest.mark.parametrize(
    ("ended", "error"),
    [
        ({"exit_code": 3}, "exit code 3"),
        ({"exit_code": None, "signal": 9}, "ended by signal 9"),
        ({"exit_code": None, "error": "no such program: nope"}, "no such program: nope"),
        ({"exit_code": 0, "error": "it left no report.txt"}, "it left no report.txt"),
    ],
)
def test_the_reason_of_a_failure_is_kept(ended: dict[str, object], error: str) -> None:
    play = _play()
    play.start()
    play.do(c.FinishAttempt("a", 1, **ended))  # type: ignore[arg-type]  # one table for several types
    assert play.step().error == error
    assert play.run.why == f"step a: {error}"


def test_halt_starts_nothing_more_and_fails_the_run_when_the_last_attempt_is_gone() -> None:
    play = Play(workflow(step("a"), step("b"), step("z", "a"), step("y", "b")))
    play.start("a")
    play.start("b")
    followed = play.finish("a", exit_code=1)
    assert followed == [
        "attempt.ended a failed",
        "step.ended a failed",
        "step.ended z cancelled",
        "step.ended y cancelled",
    ]
    assert play.finish("b") == ["attempt.ended b succeeded", "step.ended b succeeded", "run.ended failed"]


def test_halt_ends_the_retries_of_others() -> None:
    retry = Retry(attempts=5, backoff=1.0)
    play = Play(workflow(step("a"), step("b", retry=retry), step("w", retry=retry)))
    for name in ("a", "b", "w"):
        play.start(name)
    play.finish("w", exit_code=1)
    play.finish("a", exit_code=1)
    assert play.step("w").error == "not tried again: the run was ending"
    assert play.finish("b", exit_code=1)[-1] == "run.ended failed"


def test_the_run_names_the_step_that_failed_first() -> None:
    play = Play(workflow(step("a"), step("b")))
    play.start("a")
    play.start("b")
    play.finish("b", exit_code=7)
    play.at += 1.0
    play.finish("a", exit_code=1)
    assert play.run.why == "step b: exit code 7"


def test_proceed_flags_the_step_and_leaves_a_caveat_with_the_run() -> None:
    play = Play(workflow(step("a", on_failure=OnFailure.PROCEED), step("z", "a")))
    play.execute("a", exit_code=1)
    assert play.step("a").state is StepState.FLAGGED
    play.execute("z")
    assert play.run.state is RunState.SUCCEEDED_WITH_FLAGS
    assert play.run.why == "1 caveat nobody acknowledged"
    assert play.run.caveats[0].text == "went on although it failed: exit code 1"


def test_a_failure_after_a_rejection_leaves_the_run_rejected() -> None:
    play = Play(workflow(gate("g"), step("a")))
    play.start("a")
    play.answer(Verdict.REJECT, BOB, "not today")
    assert play.finish("a", exit_code=1)[-1] == "run.ended rejected"
    assert play.run.why == "step g: rejected by bob: not today"
