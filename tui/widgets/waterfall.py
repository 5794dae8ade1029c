"""The steps of a run over time: a table whose last column is a timeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

from engine.wording import duration, money
from tui.format import look, pad, state_text
from tui.widgets.columns import Column, Row
from tui.widgets.linetable import LineTable


@dataclass(frozen=True, slots=True)
class StepBar:
    """One step. Times are seconds since the run began; `end` is None while it runs, `start` until it does."""

    key: str
    state: str
    name: str
    attempt: str = ""
    took: float | None = None
    cost: float | None = None
    start: float | None = None
    end: float | None = None


class Waterfall(LineTable):
    """`set_steps` shows them in the order given; the timeline ends now, or with the last step."""

    def __init__(
        self,
        *,
        empty: str = "No steps.",
        id: str | None = None,  # noqa: A002 # Textual's name
        classes: str | None = None,
    ) -> None:
        self._scale = _Scale()
        columns = (
            Column("STATE", 15, priority=9),
            Column("STEP", minimum=12, priority=8),
            Column("TRY", 5, align="right", priority=3),
            Column("TOOK", 7, align="right", priority=6),
            Column("COST", 6, align="right", priority=4),
            Column(self._scale, share=2, minimum=14, priority=7),
        )
        super().__init__(columns, empty=empty, id=id, classes=classes)

    def set_steps(self, steps: Sequence[StepBar], now: float) -> None:
        """Show these steps; `now` is the age of the run in seconds, or its length when it has ended."""
        plain = self.ascii_only
        total = max([now, *(step.end for step in steps if step.end is not None)], default=now)
        self._scale.total = total
        self.set_rows(
            [
                Row(
                    step.key,
                    (
                        state_text(step.state, ascii_only=plain),
                        step.name,
                        step.attempt,
                        duration(step.took),
                        money(step.cost) if step.cost is not None else "-",
                        _Bar(step, total, plain),
                    ),
                )
                for step in steps
            ]
        )


class _Scale:
    """The timeline's title: where it begins and ends."""

    total = 0.0

    def at(self, width: int) -> Text:
        return Text("0s" + pad(duration(self.total), width - 2, "right"))


@dataclass(frozen=True, slots=True)
class _Bar:
    """A step's stretch of the timeline, one cell at least; `>` while it goes on."""

    step: StepBar
    total: float
    ascii_only: bool

    def at(self, width: int) -> Text:
        start, end = self.step.start, self.step.end
        if start is None or self.total <= 0:
            return Text()
        scale = width / self.total
        first = min(int(start * scale), width - 1)
        last = width if end is None else min(max(round(end * scale), first + 1), width)
        body = ("#" if self.ascii_only else "█") * (last - first)
        if end is None:
            body = body[:-1] + (">" if self.ascii_only else "▶")
        return Text(" " * first).append(body, look(self.step.state).style)
