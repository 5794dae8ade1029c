"""The line that says what run this is, how far it is, and how long it has taken."""

from __future__ import annotations

from rich.text import Text

from engine.store.records import RunRecord
from engine.wording import duration, money
from tui.format import state_text
from tui.safe import safe_text
from tui.widgets.statusbar import TopBar


class RunHead(TopBar):
    """Run, workflow, state, steps, age and cost; why it waits or how it ended on the right."""

    DEFAULT_CSS = """
    RunHead { background: transparent; text-style: none; }
    """

    def show_run(self, run: RunRecord, now: float) -> None:
        age = duration((run.ended_at or now) - run.created_at)
        cost = f"{money(run.cost_usd)} USD" if run.cost_usd is not None else ""
        parts: list[Text | str] = [
            safe_text(run.id, "bold"),
            safe_text(run.workflow),
            state_text(run.state, ascii_only=self.ascii_only),
            f"{run.steps_done}/{run.steps_total} steps",
            age,
            cost,
            safe_text(run.why, "dim"),
        ]
        self.show(*(part for part in parts if part))
