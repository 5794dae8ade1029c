"""When a step starts, is skipped, or waits for more: conditions and the join rule."""

from __future__ import annotations

from typing import Any

import pytest

from engine.core.fields import Field
from engine.core.states import OnFailure, RunState, StepState

from .build import Play, gate, step, workflow

NEVER = "inputs.no"
INPUTS = {"no": False, "yes": True, "count": 3}


def _play(*steps: Any) -> Play:
    return Play(workflow(*steps), inputs=INPUTS)


def _states(play: Play) -> dict[str, str]:
    return {step.id: step.state.value for step in play.run.steps.values()}


def test_a_step_waits_until_the_last_of_its_needs_has_ended() -> None:
    play = _play(step("a"), step("b"), step("z", "a", "b"))
    play.execute("a")
    assert play.step("z").state is StepState.PENDING
    play.execute("b")
    assert play.step("z").state is StepState.QUEUED


def test_a_false_condition_skips_the_step_and_says_so() -> None:
    play = _play(step("a", when=NEVER), step("b"))
    assert (play.step("a").state, play.step("a").skipped_by) == (StepState.SKIPPED, "condition")


def test_a_skip_travels_down_a_chain_in_one_command() -> None:
    play = _play(step("a", when=NEVER), step("b", "a"), step("z", "b"))
    assert _states(play) == {"a": "skipped", "b": "skipped", "z": "skipped"}
    assert play.step("z").skipped_by == "upstream"
    assert play.run.state is RunState.SUCCEEDED


def test_a_join_runs_when_one_branch_ran() -> None:
    play = _play(step("a", when=NEVER), step("b"), step("z", "a", "b"))
    play.execute("b")
    assert play.step("z").state is StepState.QUEUED


def test_a_join_is_skipped_when_all_branches_were() -> None:
    play = _play(step("a", when=NEVER), step("b", when=NEVER), step("z", "a", "b"), step("other"))
    assert play.step("z").state is StepState.SKIPPED


@pytest.mark.parametrize(
    ("if_skipped", "expected"),
    [(None, StepState.SKIPPED), ("skip", StepState.SKIPPED), ("run", StepState.QUEUED)],
)
def test_if_skipped_overrides_the_rule_when_everything_was_skipped(
    if_skipped: str | None, expected: StepState
) -> None:
    play = _play(step("a", when=NEVER), step("z", "a", if_skipped=if_skipped), step("other"))
    assert play.step("z").state is expected


@pytest.mark.parametrize(
    ("if_skipped", "expected"),
    [(None, StepState.QUEUED), ("skip", StepState.SKIPPED), ("run", StepState.QUEUED)],
)
def test_if_skipped_overrides_the_rule_when_a_part_was_skipped(
    if_skipped: str | None, expected: StepState
) -> None:
    play = _play(step("a", when=NEVER), step("b"), step("z", "a", "b", if_skipped=if_skipped))
    play.execute("b")
    assert play.step("z").state is expected


def test_a_gate_that_its_condition_skipped_counts_as_passed() -> None:
    play = _play(gate("g", when=NEVER), step("z", "g"), step("strict", "g", if_skipped="skip"))
    assert play.step("g").state is StepState.SKIPPED
    assert play.step("z").state is StepState.QUEUED
    assert play.step("strict").state is StepState.QUEUED


def test_a_gate_that_was_skipped_from_upstream_passes_the_skip_on() -> None:
    play = _play(step("a", when=NEVER), gate("g", "a"), step("z", "g"), step("other"))
    assert _states(play) == {"a": "skipped", "g": "skipped", "z": "skipped", "other": "queued"}


def test_a_gate_opens_in_the_end_of_the_step_before_it() -> None:
    play = _play(step("a"), gate("g", "a"))
    followed = play.execute("a")
    assert followed[-2:] == ["gate.opened g", "run.waiting"]


def test_a_flagged_step_has_ended_well_for_those_that_need_it() -> None:
    play = _play(step("a", on_failure=OnFailure.PROCEED), step("z", "a"))
    play.execute("a", exit_code=1)
    assert play.step("z").state is StepState.QUEUED


@pytest.mark.parametrize(
    ("condition", "why"),
    [
        ("state.missing == 1", "does not exist"),
        ("inputs.count == 'three'", "cannot compare"),
        ("inputs.count", "true or false"),
        ("steps.a.output.n > 1", "does not exist"),
    ],
)
def test_a_condition_that_errs_is_a_failure_and_never_a_quiet_false(condition: str, why: str) -> None:
    play = _play(step("a"), step("z", "a", when=condition))
    play.execute("a")
    assert play.step("z").state is StepState.FAILED
    assert why in (play.step("z").error or "")
    assert play.run.state is RunState.FAILED


def test_a_condition_that_errs_follows_the_failure_policy() -> None:
    play = _play(step("a", when="state.missing", on_failure=OnFailure.PROCEED), step("z", "a"))
    assert play.step("a").state is StepState.FLAGGED
    assert play.step("z").state is StepState.QUEUED
    assert play.run.caveats[0].step == "a"


def test_a_gate_whose_condition_errs_is_never_passed() -> None:
    play = _play(
        gate("g", when="state.missing", on_step={"on_failure": OnFailure.PROCEED}), step("publish", "g")
    )
    assert play.step("g").state is StepState.FAILED
    assert play.step("publish").state is StepState.CANCELLED


def test_a_failing_root_keeps_the_roots_after_it_from_starting() -> None:
    play = _play(step("a", when="state.missing"), step("b"))
    assert _states(play) == {"a": "failed", "b": "cancelled"}
    assert play.run.state is RunState.FAILED


def test_conditions_see_inputs_state_and_the_outputs_of_steps_that_ran() -> None:
    declared = step("a", writes=("mode",))
    play = Play(
        workflow(
            declared,
            step("s", "a", when="state.mode == 'fast' and inputs.yes"),
            step("o", "a", when="has(steps.a.output.n) and steps.a.output.n > 1"),
            step("f", "a", when="has(steps.s.output.n)", if_skipped="run"),
            state={"mode": Field("string")},
        ),
        inputs=INPUTS,
    )
    play.execute("a", result={"output": {"n": 2}, "state": {"mode": "fast"}})
    assert _states(play) == {"a": "succeeded", "s": "queued", "o": "queued", "f": "skipped"}


def test_a_skipped_step_has_no_output_to_see() -> None:
    play = _play(
        step("a", when=NEVER), step("b"), step("z", "a", "b", when="has(steps.a.state)"), step("end", "b")
    )
    play.execute("b")
    assert play.step("z").skipped_by == "condition"


def test_a_run_without_steps_or_with_only_skipped_ones_succeeds_at_once() -> None:
    assert _play().run.state is RunState.SUCCEEDED
    skipped = _play(step("a", when=NEVER))
    assert skipped.run.state is RunState.SUCCEEDED
    assert skipped.run.started_at == skipped.run.ended_at == skipped.at
