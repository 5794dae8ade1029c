"""Deciding stays cheap in large runs: counted in calls, which other load on the machine does not change."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType

import pytest

from engine.core.states import RunState
from engine.core.workflow import StepSpec

from .build import Play, step, workflow


class _Counter:
    """Counts the calls of Python functions while it is entered."""

    calls = 0

    def __enter__(self) -> _Counter:
        sys.setprofile(self._count)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _count(self, _frame: FrameType, event: str, _argument: object) -> None:
        self.calls += event == "call"


def _chain(length: int) -> list[StepSpec]:
    return [step("s0"), *(step(f"s{n}", f"s{n - 1}") for n in range(1, length))]


def _fan(width: int) -> list[StepSpec]:
    names = [f"s{n}" for n in range(width)]
    return [step("first"), *(step(name, "first") for name in names), step("last", *names)]


def _calls_per_step(steps: list[StepSpec]) -> float:
    play = Play(workflow(*steps))
    with _Counter() as counter:
        for each in steps:
            play.execute(each.id)
    assert play.run.state is RunState.SUCCEEDED
    return counter.calls / len(steps)


@pytest.mark.parametrize("shape", [_chain, _fan])
def test_a_step_of_a_large_run_costs_what_one_of_a_small_run_does(
    shape: Callable[[int], list[StepSpec]],
) -> None:
    small, large = (_calls_per_step(shape(size)) for size in (100, 800))
    assert large < small * 1.1


def test_a_step_costs_a_bounded_number_of_calls() -> None:
    assert _calls_per_step(_chain(100)) < 150
