"""View 4: runs that have ended, page by page, by a filter line such as `wf=triage state=failed since=7d`."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult

from engine.client import Cursor, Page, RunFilter, Views
from engine.core.errors import InvalidInput
from engine.store.records import RunRecord
from engine.wording import count
from tui.commands import Scope, Situation
from tui.history_filter import ENDED, KEYS, parse_filter
from tui.rows import ENDED_COLUMNS, Rows, run_columns
from tui.screens.base import ConsoleScreen
from tui.widgets.linetable import LineTable
from tui.widgets.pane import Pane

PAGE = 200
"""Runs that are read at a time."""


class HistoryScreen(ConsoleScreen):
    scopes = (Scope.GLOBAL, Scope.VIEWS, Scope.LISTS, Scope.HISTORY)
    AUTO_FOCUS = "#runs"

    def __init__(self) -> None:
        super().__init__()
        self._filter = ""
        self._wanted = RunFilter(states=ENDED)
        self._trouble = ""
        self._cursors: list[Cursor | None] = [None]
        """Where each page up to the one in view begins."""
        self._page = Page((), None)
        self._total: int | None = None

    def body(self) -> ComposeResult:
        table = LineTable(run_columns(ENDED_COLUMNS), empty="No run has ended like this.", id="runs")
        yield Pane("History", table, id="runs-pane")

    def place(self) -> str:
        return "history"

    @property
    def _table(self) -> LineTable:
        return self.query_one("#runs", LineTable)

    async def load(self, views: Views) -> None:
        self._page = await views.runs(self._wanted, self._cursors[-1], PAGE)
        plain = RunFilter(states=self._wanted.states)
        self._total = await views.count(plain) if self._wanted == plain else None
        rows = Rows(self.console.status.now, self._table.ascii_only)
        self._table.set_rows([rows.run(run, ENDED_COLUMNS) for run in self._page.runs])
        self._tell()

    @on(LineTable.Highlighted)
    def _tell(self) -> None:
        pane = self.query_one("#runs-pane", Pane)
        pane.title = (
            f"History {self._filter}" if self._filter else f"History   / filters: {'=  '.join(KEYS)}=  words"
        )
        pane.note = self._trouble or self._position()
        self.show_frame()

    def _position(self) -> str:
        runs = self._page.runs
        before = PAGE * (len(self._cursors) - 1)
        total = "" if self._total is None else f" of {count(self._total)}"
        more = "  n older" if self._page.next else ""
        return f"{before + 1:,}-{before + len(runs):,}{total}{more}" if runs else "none"

    @property
    def filter_text(self) -> str:
        return self._filter

    def filter_changed(self, text: str) -> None:
        """Ask for other runs; while a line makes no sense yet, the runs stay and the title says why."""
        self._filter, self._trouble = text, ""
        try:
            wanted = parse_filter(text, self.console.now)
        except InvalidInput as error:
            self._trouble = error.message
        else:
            self._wanted, self._cursors = wanted, [None]
            self.console.wake()
        self._tell()

    def action_history_next(self) -> None:
        if self._page.next is not None:
            self._cursors.append(self._page.next)
            self.console.wake()
        else:
            self.console.say("This is the oldest page.")

    def action_history_previous(self) -> None:
        if len(self._cursors) > 1:
            self._cursors.pop()
            self.console.wake()
        else:
            self.console.say("This is the newest page.")

    @on(LineTable.Opened)
    async def _opened(self) -> None:
        await self.action_run_show()

    @property
    def run_id(self) -> str | None:
        return self._table.cursor_key

    def situation(self) -> Situation:
        run = self._selected
        return self.console.situation(run=run.state if run else None)

    @property
    def _selected(self) -> RunRecord | None:
        return next((run for run in self._page.runs if run.id == self._table.cursor_key), None)
