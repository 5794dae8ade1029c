"""The review of a gate: everything that is to be judged, and the way to a decision bound to it.

Opened by the operator's own key only. What was read when it opened stays in view, whatever happens to the
gate meanwhile: a decision carries the digest of what was shown, and the engine compares.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import ContentSwitcher

from engine.client import Views
from engine.core.errors import OpsgateError
from engine.core.states import GateState, Verdict
from engine.store.records import GateRecord, RunDetail
from tui.commands import Scope, Situation
from tui.screens.dialogs import Dialog
from tui.screens.review_ask import ask
from tui.screens.review_case import Case, open_case
from tui.screens.review_exhibit import ExhibitPane
from tui.screens.review_head import ReviewHead
from tui.screens.review_summary import Summary
from tui.screens.run_panes import EventsPane, LogPane, StatePane, TextPane
from tui.screens.run_picture import Picture
from tui.screens.tabbed import TabbedScreen
from tui.widgets.pageview import PageView
from tui.widgets.tabbar import TabBar

LAST_TABS = {"state": "State", "log": "Log", "history": "History"}


class ReviewScreen(TabbedScreen):
    """One gate; `]` and `[` show the others that are open."""

    scopes = (Scope.GLOBAL, Scope.REVIEW)

    def __init__(self, gate_id: str) -> None:
        super().__init__("summary")
        self._gate_id = gate_id
        self._case: Case | None = None
        self._gate: GateRecord | None = None
        self._detail: RunDetail | None = None

    def body(self) -> ComposeResult:
        yield ReviewHead(id="head")
        yield TabBar(id="tabs")
        with ContentSwitcher(initial=self.tab):
            yield Vertical(TextPane("Summary", PageView(hang=4)), id="summary")
            yield Vertical(StatePane(), id="state")
            yield Vertical(LogPane(), id="log")
            yield Vertical(EventsPane("History of the run, latest first"), id="history")

    def place(self) -> str:
        return f"gates > {self._gate_id}"

    # What is read and shown

    async def load(self, views: Views) -> None:
        self._gate = await views.gate(self._gate_id)
        self._detail = await views.detail(self._gate.run)
        if self._case is None:
            await self._open(await open_case(self._gate, self.console.client))
        if self.tab == "history":
            await self.query_one(EventsPane).load(views, self._gate.run)
        self._show()

    async def _open(self, case: Case) -> None:
        """Lay the exhibits out, each in a tab of its own."""
        await self.query(ExhibitPane).remove()
        self._case = case
        switcher = self.query_one(ContentSwitcher)
        for number, item in enumerate(case.with_tabs):
            await switcher.add_content(ExhibitPane(item, id=f"exhibit-{number}"))
        self.show_tab("summary")

    def _show(self) -> None:
        if self._case is None or self._gate is None or self._detail is None:
            return
        self._show_times()
        self.show_tab_bar()
        self.query_one(StatePane).show(self._detail)
        picture = Picture(self._detail, _step_before(self._gate, self._detail), None, self.console.now)
        self.query_one(LogPane).show(picture, self.console.client)

    def _show_times(self) -> None:
        """What moves by itself: ages, and what has been read."""
        if self._case is None or self._gate is None or self._detail is None:
            return
        now = self.console.now
        self.query_one(ReviewHead).show(self._case, self._gate, self._place_among(), now)
        unread = frozenset(pane.exhibit.label for pane in self._unread)
        summary = Summary(self._case, self._gate, self._detail, unread, now)
        self.query_one("#summary PageView", PageView).show(summary.lines())

    @property
    def is_live(self) -> bool:
        return self._gate is not None and self._gate.state is GateState.OPEN

    def tick(self) -> None:
        self._show_times()
        self.query_one(LogPane).poll()

    @property
    def tabs(self) -> Mapping[str, str]:
        exhibits = self._case.with_tabs if self._case else ()
        own = {f"exhibit-{number}": item.tab_label for number, item in enumerate(exhibits)}
        return {"summary": "Summary", **own, **LAST_TABS}

    @property
    def _unread(self) -> list[ExhibitPane]:
        return [pane for pane in self.query(ExhibitPane) if not pane.was_read]

    # Which gate

    @property
    def gate_id(self) -> str:
        return self._gate_id

    @property
    def run_id(self) -> str | None:
        return self._gate.run if self._gate else None

    def situation(self) -> Situation:
        if self._case is None or self._gate is None:
            return self.console.situation()
        return replace(
            self.console.situation(gate=self._gate.state),
            gate_changed=self._gate.digest != self._case.gate.digest,
            gate_damaged=bool(self._case.damages),
        )

    def _place_among(self) -> str:
        ids = [gate.id for gate in self.console.status.gates]
        return f"gate {ids.index(self._gate_id) + 1} of {len(ids)}" if self._gate_id in ids else ""

    async def action_move_gate(self, places: int) -> None:
        ids = [gate.id for gate in self.console.status.gates]
        here = ids.index(self._gate_id) if self._gate_id in ids else -places
        other = ids[(here + places) % len(ids)]
        if other == self._gate_id:
            self.console.say("No other gate is open.")
        else:
            await self.app.switch_screen(ReviewScreen(other))

    def action_resync(self) -> None:
        """Read the gate anew: from now on this is what a decision is about."""
        self._case = None
        self.console.wake()

    # The decision

    def action_gate_approve(self) -> None:
        self.run_worker(self._decide(Verdict.APPROVE), group="act")

    def action_gate_reject(self) -> None:
        self.run_worker(self._decide(Verdict.REJECT), group="act")

    async def _decide(self, verdict: Verdict) -> None:
        case, gate, detail = self._case, self._gate, self._detail
        if case is None or gate is None or detail is None:
            return
        if verdict not in case.gate.allowed:
            self.console.say(f"This gate does not allow to {verdict}.")
            return
        unread = [pane.exhibit.label for pane in self._unread]
        if not self.query_one("#summary PageView", PageView).reached_end:
            unread.insert(0, "The summary")
        answer = await self.app.push_screen_wait(Dialog(ask(verdict, case, gate, detail, unread)))
        if answer is None:
            return
        try:
            told = await self.console.client.decide(
                gate.id, verdict, case.gate.digest, reason=answer.reason, form=answer.values
            )
        except OpsgateError as error:
            self.console.command_failed(error)
            self.action_resync()
        else:
            votes = f", {told['approvals']} of {gate.quorum} approvals" if told["state"] == "open" else ""
            self.console.say(f"Gate {gate.id} is {told['state']}{votes}.")
            self.console.wake()


def _step_before(gate: GateRecord, detail: RunDetail) -> str:
    """The step whose log matters most at a gate: of those it needs, the one that ended last."""
    needs = next((step.needs for step in detail.steps if step.id == gate.step), ())
    before = [step for step in detail.steps if step.id in needs and step.ended_at is not None]
    return max(before, key=lambda step: step.ended_at or 0, default=detail.steps[0]).id
