"""Step records as the bars of a waterfall."""

from __future__ import annotations

from collections.abc import Iterable

from engine.store.records import RunRecord, StepRecord
from tui.widgets.waterfall import StepBar


def bars(run: RunRecord, steps: Iterable[StepRecord], now: float) -> list[StepBar]:
    """A bar a step, in file order; times count from the run's submission to `now`, seconds since 1970."""
    return [_bar(run, step, now) for step in steps]


def _bar(run: RunRecord, step: StepRecord, now: float) -> StepBar:
    begun, ended = step.started_at, step.ended_at
    return StepBar(
        key=step.id,
        state=step.state,
        name=step.id,
        attempt=str(step.attempt) if step.attempt else "",
        took=None if begun is None else int(now - begun) if ended is None else ended - begun,
        cost=step.cost_usd,
        start=None if begun is None else begun - run.created_at,
        end=None if ended is None else ended - run.created_at,
    )
