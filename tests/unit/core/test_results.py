"""Success by evidence: a clean exit is not enough when the result does not match the declaration."""

from __future__ import annotations

from typing import Any

import pytest

from engine.core.fields import Field
from engine.core.states import RunState, StepState
from engine.core.workflow import Retry

from .build import Play, step, workflow

DECLARED = {
    "output": {"rows": Field("integer", required=True)},
    "writes": ("version",),
}


def _play(**declared: Any) -> Play:
    state = {"version": Field("string"), "other": Field("string")}
    return Play(workflow(step("a", **declared), state=state))


def test_a_result_as_declared_is_success() -> None:
    play = _play(**DECLARED)
    play.execute(result={"output": {"rows": 3}, "state": {"version": "1.2"}, "decisions": ["took 1.2"]})
    assert play.step().output == {"rows": 3}
    assert play.run.shared == {"version": "1.2"}
    assert play.run.state is RunState.SUCCEEDED


def test_no_result_is_success_for_a_step_that_declares_none() -> None:
    play = _play()
    assert play.execute()[-1] == "run.ended succeeded"
    assert play.step().output == {}


@pytest.mark.parametrize(
    ("result", "why"),
    [
        ({}, "output rows"),
        ({"output": {"rows": "3"}}, "output rows"),
        ({"output": {"rows": 3, "extra": 1}}, "output extra"),
        ({"output": {"rows": 3}, "state": {"version": 2}}, "state version"),
        ({"output": {"rows": 3}, "state": {"other": "x"}}, "wrote state other"),
        ({"output": [3]}, "result output"),
        ({"output": None}, "result output"),
        ({"output": {"rows": 3}, "caveats": "one text"}, "result caveats"),
        ({"output": {"rows": 3}, "caveats": [1]}, "result caveats"),
        ({"output": {"rows": 3}, "decisions": {}}, "result decisions"),
        ({"output": {"rows": 3}, "state": []}, "result state"),
        ({"output": {"rows": 3}, "status": "fine"}, "result status"),
        ({"output": {"rows": float("nan")}}, "finite"),
    ],
)
def test_a_result_that_does_not_match_is_a_failure_despite_exit_code_0(
    result: dict[str, Any], why: str
) -> None:
    play = _play(**DECLARED)
    play.execute(result=result)
    assert play.step().state is StepState.FAILED
    assert why in (play.step().error or "")
    assert play.run.shared == {}
    assert play.step().output == {}


def test_an_undeclared_output_is_kept_as_it_is() -> None:
    play = _play()
    play.execute(result={"output": {"anything": [1, {"deep": True}]}})
    assert play.step().output == {"anything": [1, {"deep": True}]}


def test_a_mismatch_is_retried_like_any_failure() -> None:
    play = _play(**DECLARED, retry=Retry(attempts=2))
    play.execute(result={})
    assert play.step().state is StepState.RETRY_WAIT


def test_a_failed_attempt_changes_no_state() -> None:
    play = _play(**DECLARED)
    play.execute(exit_code=1, result={"output": {"rows": 3}, "state": {"version": "1.2"}})
    assert play.run.shared == {}


def test_caveats_turn_success_into_success_with_flags() -> None:
    play = _play()
    play.execute(result={"caveats": ["two rows looked odd", "no licence file"]})
    assert play.step().state is StepState.SUCCEEDED
    assert [caveat.text for caveat in play.run.caveats] == ["two rows looked odd", "no licence file"]
    assert play.run.state is RunState.SUCCEEDED_WITH_FLAGS
    assert play.run.why == "2 caveats nobody acknowledged"


def test_the_caveats_of_a_failed_attempt_stay_with_the_run() -> None:
    play = _play(retry=Retry(attempts=2, backoff=0.0))
    play.execute(exit_code=1, result={"caveats": ["half done"]})
    assert [caveat.text for caveat in play.run.caveats] == ["half done"]


def test_a_later_step_may_overwrite_what_an_earlier_one_wrote() -> None:
    play = Play(
        workflow(
            step("a", writes=("k",)),
            step("b", "a", writes=("k",)),
            state={"k": Field("string")},
        )
    )
    play.execute("a", result={"state": {"k": "first"}})
    play.execute("b", result={"state": {"k": "second"}})
    assert play.run.shared == {"k": "second"}
