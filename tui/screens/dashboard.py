"""View 1: everything at a glance; the log and the steps follow the run under the cursor."""

from __future__ import annotations

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.timer import Timer

from engine.client import RunFilter, Views
from engine.core.errors import NotFound
from engine.store.records import AttemptRecord, Overview, RunRecord, StepRecord
from tui.commands import Scope, Situation
from tui.history_filter import ENDED
from tui.rows import (
    ACTIVE_COLUMNS,
    GATE_COLUMNS,
    QUEUE_COLUMNS,
    Rows,
    by_urgency,
    queue_summary,
    run_columns,
)
from tui.screens.base import ConsoleScreen
from tui.screens.runs import matching
from tui.steps import bars
from tui.widgets.linetable import LineTable
from tui.widgets.logview import LogView
from tui.widgets.pane import Pane
from tui.widgets.rowview import RowView
from tui.widgets.waterfall import Waterfall

REST = 0.15
"""Seconds the cursor has to rest on a run until its steps and its log are read: moving on stays cheap."""


RECENT = 20
"""Ended runs that are shown."""

RECENT_COLUMNS = ("STATE", "RUN", "WORKFLOW", "STEPS", "TOOK", "ENDED", "COST", "WHY")


class Inbox(LineTable):
    """Gates without column titles: on a small screen every line counts."""

    header = 0


class DashboardScreen(ConsoleScreen):
    scopes = (Scope.GLOBAL, Scope.VIEWS, Scope.LISTS, Scope.GATES, Scope.RUNS)
    AUTO_FOCUS = "#runs"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012 # Textual's declaration
    VERTICAL_BREAKPOINTS = [(0, "-low"), (36, "-high")]  # noqa: RUF012 # as above

    def __init__(self) -> None:
        super().__init__()
        self._filter = ""
        self._followed: RunRecord | None = None
        self._attempt: AttemptRecord | None = None
        self._steps: list[StepRecord] = []
        self._ended: tuple[RunRecord, ...] = ()
        self._resting: Timer | None = None

    def body(self) -> ComposeResult:
        empty = "No run is active. Start one with n or `opsgate run`."
        with Horizontal(id="upper", classes="part"):
            with Vertical(id="left", classes="part"):
                yield Pane(
                    "Queues", LineTable(QUEUE_COLUMNS, empty="No queue yet.", id="queues"), id="queues-pane"
                )
                yield Pane(
                    "Runs", LineTable(run_columns(ACTIVE_COLUMNS), empty=empty, id="runs"), id="runs-pane"
                )
                recent = LineTable(run_columns(RECENT_COLUMNS), empty="No run has ended yet.", id="recent")
                yield Pane("Ended lately", recent, id="recent-pane")
            with Vertical(id="right", classes="part"):
                yield Pane(
                    "Gates",
                    Inbox(GATE_COLUMNS, empty="Nothing waits for a person.", id="gates"),
                    id="gates-pane",
                )
                yield Pane("Steps", Waterfall(empty="No run is selected.", id="steps"), id="steps-pane")
        yield Pane("Log", LogView(id="log"), id="log-pane")

    def place(self) -> str:
        return "dashboard"

    async def load(self, views: Views) -> None:
        status = self.console.status
        if status.overview is None:
            return
        self._show(status.overview)
        await self._follow(views)
        if self.query_one("#recent-pane").display:
            self._ended = (await views.runs(RunFilter(states=ENDED), limit=RECENT)).runs
            rows = Rows(status.now, self._runs.ascii_only)
            self.query_one("#recent", LineTable).set_rows(
                [rows.run(run, RECENT_COLUMNS) for run in self._ended]
            )

    def tick(self) -> None:
        self.query_one(LogView).poll()
        if self.console.status.overview is not None:
            self._show(self.console.status.overview)
            self._show_steps()

    @property
    def filter_text(self) -> str:
        return self._filter

    def filter_changed(self, text: str) -> None:
        self._filter = text
        self.console.wake()

    # What is shown

    def _show(self, overview: Overview) -> None:
        rows = Rows(self.console.status.now, self._runs.ascii_only)
        runs = sorted(filter(matching(self._filter), overview.runs), key=by_urgency)
        self._runs.set_rows([rows.run(run, ACTIVE_COLUMNS) for run in runs])
        self._gates.set_rows([rows.gate(gate) for gate in overview.gates])
        self.query_one("#queues", LineTable).set_rows([rows.queue(queue) for queue in overview.queues])
        folded = self.query_one("#queues-pane").size.height == 1
        self.query_one("#queues-pane", Pane).note = queue_summary(overview.queues) if folded else ""
        self.query_one("#runs-pane", Pane).note = self._runs.position if runs else ""
        self.query_one("#runs-pane", Pane).title = f"Runs matching {self._filter}" if self._filter else "Runs"
        self.query_one("#gates-pane", Pane).note = f"{len(overview.gates)} open" if overview.gates else ""

    async def _follow(self, views: Views) -> None:
        """Show the steps of the run under the cursor, and the log of the attempt that is furthest."""
        run = self._selected
        try:
            self._steps = [] if run is None else await views.steps(run.id)
            attempt = None if run is None else _latest(await views.attempts(run.id))
        except NotFound:  # it was there a moment ago: the next read will tell
            return
        if _name(attempt) != _name(self._attempt) or _id(run) != _id(self._followed):
            self._show_log(run, attempt)
        self._attempt, self._followed = attempt, run
        self._show_steps()

    def _show_log(self, run: RunRecord | None, attempt: AttemptRecord | None) -> None:
        log = self.query_one(LogView)
        pane = self.query_one("#log-pane", Pane)
        if run is None or attempt is None:
            pane.title = "Log" if run is None else f"Log {run.id}"
            log.show(None)
        else:
            pane.title = f"Log {attempt.run} {attempt.step} attempt {attempt.number}"
            log.show(self.console.client.attempt_log(attempt.run, attempt.step, attempt.number))

    def _show_steps(self) -> None:
        run = self._followed
        pane = self.query_one("#steps-pane", Pane)
        steps = self.query_one(Waterfall)
        if run is None:
            pane.title = "Steps"
            steps.set_rows([])
        else:
            pane.title = f"Steps {run.id} {run.workflow}"
            now = run.ended_at or self.console.status.now
            steps.set_steps(bars(run, self._steps, now), now - run.created_at)

    # What happens

    @on(LineTable.Highlighted, "#runs")
    @on(LineTable.Highlighted, "#recent")
    def _moved(self) -> None:
        """Follow the cursor once it rests."""
        if self._resting is not None:
            self._resting.stop()
        self._resting = self.set_timer(REST, self.console.wake)
        self.query_one("#runs-pane", Pane).note = self._runs.position if self._runs.rows else ""
        self.show_frame()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        super().on_descendant_focus(event)
        if _id(self._selected) != _id(self._followed):
            self._moved()

    @on(LineTable.Highlighted, "#gates")
    def _gate_moved(self) -> None:
        self.show_frame()

    @on(LineTable.Opened, "#runs")
    @on(LineTable.Opened, "#recent")
    async def _open_run(self) -> None:
        await self.action_run_show()

    @on(LineTable.Opened, "#gates")
    async def _open_gate(self) -> None:
        await self.action_gate_review()

    @on(LineTable.Opened, "#queues")
    async def _open_queue(self) -> None:
        await self.console.go("queues")

    @on(LineTable.Opened, "#steps")
    async def _open_step(self, event: RowView.Event) -> None:
        if self.run_id is not None:
            await self.console.open_run(self.run_id, step=event.key)

    @on(LogView.StatusChanged)
    def _log_moved(self) -> None:
        self.query_one("#log-pane", Pane).note = self.query_one(LogView).status

    # What is selected

    @property
    def _runs(self) -> LineTable:
        return self.query_one("#runs", LineTable)

    @property
    def _gates(self) -> LineTable:
        return self.query_one("#gates", LineTable)

    @property
    def _selected(self) -> RunRecord | None:
        """The run under the cursor: an ended one while the focus is among those, else an active one."""
        recent = self.query_one("#recent", LineTable)
        if recent.has_focus:
            return next((run for run in self._ended if run.id == recent.cursor_key), None)
        return self.console.status.run(self._runs.cursor_key)

    def situation(self) -> Situation:
        run = self._selected
        gate = self.console.status.gate_state(self.gate_id)
        return self.console.situation(run=run.state if run else None, gate=gate)

    @property
    def run_id(self) -> str | None:
        return self._selected.id if self._selected else None

    @property
    def step_id(self) -> str | None:
        return self._selected.current if self._selected else None

    @property
    def gate_id(self) -> str | None:
        """The gate under the cursor in the inbox; elsewhere the gate of the selected run."""
        if self._gates.has_focus:
            return self._gates.cursor_key
        return self._selected.gate if self._selected else None

    def chosen_runs(self) -> list[str]:
        marked = [row.key for row in self._runs.rows if row.key in self._runs.marked]
        return marked if marked and self._runs.has_focus else super().chosen_runs()


def _latest(attempts: list[AttemptRecord]) -> AttemptRecord | None:
    """The attempt whose log is worth seeing: one in flight, else the one that ended last."""
    return max(
        attempts, key=lambda item: (item.ended_at is None, item.ended_at or item.started_at), default=None
    )


def _id(run: RunRecord | None) -> str | None:
    return None if run is None else run.id


def _name(attempt: AttemptRecord | None) -> tuple[str, str, int] | None:
    return None if attempt is None else (attempt.run, attempt.step, attempt.number)
