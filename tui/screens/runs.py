"""View 2: the runs that have not ended, to be watched, marked and ended."""

from __future__ import annotations

from collections.abc import Callable

from textual import on
from textual.app import ComposeResult

from engine.client import Views
from engine.store.records import RunRecord
from tui.commands import Scope, Situation
from tui.rows import ACTIVE_COLUMNS, Rows, by_urgency, run_columns
from tui.screens.base import ConsoleScreen
from tui.widgets.linetable import LineTable
from tui.widgets.pane import Pane


class RunsScreen(ConsoleScreen):
    scopes = (Scope.GLOBAL, Scope.VIEWS, Scope.LISTS, Scope.RUNS)
    AUTO_FOCUS = "#runs"

    def __init__(self) -> None:
        super().__init__()
        self._filter = ""

    def body(self) -> ComposeResult:
        table = LineTable(
            run_columns(ACTIVE_COLUMNS),
            empty="No run is active. Start one with n or `opsgate run`.",
            id="runs",
        )
        yield Pane("Runs", table, id="runs-pane")

    def place(self) -> str:
        return "runs"

    @property
    def table(self) -> LineTable:
        return self.query_one("#runs", LineTable)

    async def load(self, views: Views) -> None:
        self._show()

    def tick(self) -> None:
        self._show()

    @property
    def filter_text(self) -> str:
        return self._filter

    def filter_changed(self, text: str) -> None:
        self._filter = text
        self._show()

    def _show(self) -> None:
        status = self.console.status
        if status.overview is None:
            return
        runs = sorted(filter(matching(self._filter), status.overview.runs), key=by_urgency)
        rows = Rows(status.now, self.table.ascii_only)
        self.table.set_rows([rows.run(run, ACTIVE_COLUMNS) for run in runs])
        self._tell()

    @on(LineTable.Highlighted)
    @on(LineTable.MarksChanged)
    def _tell(self) -> None:
        pane = self.query_one("#runs-pane", Pane)
        pane.title = f"Runs matching {self._filter}" if self._filter else "Runs"
        marks = f"{len(self.table.marked)} marked  " if self.table.marked else ""
        pane.note = f"{marks}{self.table.position}"
        self.show_frame()

    @on(LineTable.Opened)
    async def _opened(self) -> None:
        await self.action_run_show()

    def situation(self) -> Situation:
        run = self._selected
        return self.console.situation(
            run=run.state if run else None, gate=self.console.status.gate_state(self.gate_id)
        )

    @property
    def run_id(self) -> str | None:
        return self.table.cursor_key

    @property
    def step_id(self) -> str | None:
        return self._selected.current if self._selected else None

    @property
    def gate_id(self) -> str | None:
        return self._selected.gate if self._selected else None

    def chosen_runs(self) -> list[str]:
        shown = [row.key for row in self.table.rows if row.key in self.table.marked]
        return shown or super().chosen_runs()

    @property
    def _selected(self) -> RunRecord | None:
        return self.console.status.run(self.table.cursor_key)


def matching(text: str) -> Callable[[RunRecord], bool]:
    """Whether a run has every word of `text` in its id, workflow, state, queue, step or starter."""
    words = text.lower().split()

    def matches(run: RunRecord) -> bool:
        told = f"{run.id} {run.workflow} {run.state} {run.queue} {run.current or ''} {run.starter}".lower()
        return all(word in told for word in words)

    return matches
