"""View 3: the inbox. What was decided elsewhere stays in view for a while, with who decided it."""

from __future__ import annotations

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical

from engine.client import Views
from engine.core.states import GateState
from engine.store.records import GateRecord
from tui.commands import Scope, Situation
from tui.gate_text import summary
from tui.rows import GATE_COLUMNS, Rows
from tui.screens.base import ConsoleScreen
from tui.widgets.linetable import LineTable
from tui.widgets.pageview import PageView
from tui.widgets.pane import Pane

RESOLVED_SECONDS = 60.0
"""How long a gate that was closed stays in the list."""

RECENT = 200


class GatesScreen(ConsoleScreen):
    scopes = (Scope.GLOBAL, Scope.VIEWS, Scope.LISTS, Scope.GATES)
    AUTO_FOCUS = "#gates"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012 # Textual's declaration

    def __init__(self) -> None:
        super().__init__()
        self._records: list[GateRecord] = []
        self._filter = ""
        self._previewed: tuple[str, list[Text]] | None = None

    def body(self) -> ComposeResult:
        table = LineTable(GATE_COLUMNS, empty="Nothing waits for a person.", id="gates")
        with Vertical(id="gates-part", classes="part"):
            yield Pane("Gates", table, id="gates-pane")
            yield Pane("Gate", PageView(id="preview"), id="preview-pane")

    def place(self) -> str:
        return "gates"

    async def load(self, views: Views) -> None:
        self._records = await views.gates(open_only=False, limit=len(self.console.status.gates) + RECENT)
        self._show()

    def tick(self) -> None:
        self._show()

    @property
    def is_live(self) -> bool:
        return any(gate.state is not GateState.OPEN for gate in self._shown())

    @property
    def filter_text(self) -> str:
        return self._filter

    def filter_changed(self, text: str) -> None:
        self._filter = text
        self._show()

    @property
    def _table(self) -> LineTable:
        return self.query_one("#gates", LineTable)

    def _shown(self) -> list[GateRecord]:
        oldest = self.console.status.now - RESOLVED_SECONDS
        words = self._filter.lower().split()
        return [
            gate
            for gate in self._records
            if (gate.closed_at is None or gate.closed_at > oldest)
            and all(word in _told(gate) for word in words)
        ]

    def _show(self) -> None:
        shown = self._shown()
        rows = Rows(self.console.status.now, self._table.ascii_only)
        self._table.set_rows([rows.gate(gate) for gate in shown])
        pane = self.query_one("#gates-pane", Pane)
        pane.title = f"Gates matching {self._filter}" if self._filter else "Gates"
        waiting = sum(gate.state is GateState.OPEN for gate in shown)
        pane.note = f"{waiting} open" if waiting else ""
        self._preview()

    @on(LineTable.Highlighted)
    def _preview(self) -> None:
        gate = self._selected
        view, pane = self.query_one(PageView), self.query_one("#preview-pane", Pane)
        shown = None if gate is None else (gate.id, summary(gate))
        if shown != self._previewed:
            self._previewed = shown
            pane.title = "Gate" if gate is None else f"Gate {gate.id}"
            pane.note = "" if gate is None else "a opens the review, where it is decided"
            view.show(shown[1] if shown else [])
        self.show_frame()

    @on(LineTable.Opened)
    async def _opened(self) -> None:
        await self.action_gate_review()

    @property
    def _selected(self) -> GateRecord | None:
        return next((gate for gate in self._records if gate.id == self._table.cursor_key), None)

    @property
    def gate_id(self) -> str | None:
        return self._table.cursor_key

    @property
    def run_id(self) -> str | None:
        return self._selected.run if self._selected else None

    def situation(self) -> Situation:
        return self.console.situation(gate=self._selected.state if self._selected else None)


def _told(gate: GateRecord) -> str:
    return f"{gate.id} {gate.run} {gate.step} {gate.title} {gate.consequence} {gate.state}".lower()
