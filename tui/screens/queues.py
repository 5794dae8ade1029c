"""View 5: the queues, and the runs of the one under the cursor with what each waits for."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical

from engine.client import Views
from engine.store.records import RunRecord
from tui.commands import Scope, Situation
from tui.rows import QUEUE_COLUMNS, Rows, by_urgency, run_columns
from tui.screens.base import ConsoleScreen
from tui.widgets.linetable import LineTable
from tui.widgets.pane import Pane

COLUMNS = ("STATE", "RUN", "WORKFLOW", "STEP", "AGE", "BY", "WHY")


class QueuesScreen(ConsoleScreen):
    scopes = (Scope.GLOBAL, Scope.VIEWS, Scope.LISTS, Scope.RUNS)
    AUTO_FOCUS = "#queues"

    def body(self) -> ComposeResult:
        with Vertical(id="queues-part", classes="part"):
            yield Pane(
                "Queues", LineTable(QUEUE_COLUMNS, empty="No queue yet.", id="queues"), id="queues-pane"
            )
            yield Pane(
                "Runs", LineTable(run_columns(COLUMNS), empty="No active run.", id="runs"), id="runs-pane"
            )

    def place(self) -> str:
        return "queues"

    async def load(self, views: Views) -> None:
        self._show()

    def tick(self) -> None:
        self._show()

    @property
    def _queues(self) -> LineTable:
        return self.query_one("#queues", LineTable)

    @property
    def _runs(self) -> LineTable:
        return self.query_one("#runs", LineTable)

    def _show(self) -> None:
        status = self.console.status
        if status.overview is None:
            return
        rows = Rows(status.now, self._queues.ascii_only)
        self._queues.set_rows([rows.queue(queue) for queue in status.overview.queues])
        self._show_runs()

    @on(LineTable.Highlighted, "#queues")
    def _show_runs(self) -> None:
        overview, queue = self.console.status.overview, self._queues.cursor_key
        if overview is None:
            return
        rows = Rows(self.console.status.now, self._runs.ascii_only)
        runs = sorted((run for run in overview.runs if run.queue == queue), key=by_urgency)
        self._runs.set_rows([rows.run(run, COLUMNS) for run in runs])
        pane = self.query_one("#runs-pane", Pane)
        pane.title = f"Runs in {queue}" if queue else "Runs"
        pane.note = self._runs.position if runs else ""
        self.show_frame()

    @on(LineTable.Highlighted, "#runs")
    def _run_moved(self) -> None:
        self.show_frame()

    @on(LineTable.Opened, "#queues")
    def _open_queue(self) -> None:
        self.set_focus(self._runs)

    @on(LineTable.Opened, "#runs")
    async def _open_run(self) -> None:
        await self.action_run_show()

    @property
    def _selected(self) -> RunRecord | None:
        return self.console.status.run(self._runs.cursor_key)

    @property
    def run_id(self) -> str | None:
        """The run under the cursor, once the operator is among the runs."""
        return self._runs.cursor_key if self._runs.has_focus else None

    @property
    def gate_id(self) -> str | None:
        return self._selected.gate if self._selected and self._runs.has_focus else None

    def situation(self) -> Situation:
        run = self._selected if self._runs.has_focus else None
        gate = self.console.status.gate_state(self.gate_id)
        return self.console.situation(run=run.state if run else None, gate=gate)

    def chosen_runs(self) -> list[str]:
        shown = [row.key for row in self._runs.rows if row.key in self._runs.marked]
        return shown or super().chosen_runs()
