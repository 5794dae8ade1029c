"""One run from within: its steps over time, log, state, events, artifacts, and what its agents did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import ContentSwitcher

from engine.client import Views
from engine.core.states import StepKind
from tui.commands import Scope, Situation
from tui.screens.run_agent import AgentPane
from tui.screens.run_head import RunHead
from tui.screens.run_panes import ArtifactsPane, EventsPane, LogPane, StatePane
from tui.screens.run_picture import Picture, first_step
from tui.screens.run_resolve import resolve
from tui.screens.run_steps import StepsTab
from tui.screens.tabbed import TabbedScreen
from tui.widgets.rowview import RowView
from tui.widgets.tabbar import TabBar
from tui.widgets.waterfall import Waterfall

TABS = {"steps": "Steps", "log": "Log", "state": "State", "events": "Events", "artifacts": "Artifacts"}
AGENT = {"agent": "Agent"}


class RunScreen(TabbedScreen):
    """Opened with `enter` on a run; `tab` is one of `TABS`, `step` where the cursor begins."""

    scopes = (Scope.GLOBAL, Scope.RUN)

    def __init__(self, run_id: str, *, tab: str | None = None, step: str | None = None) -> None:
        super().__init__(tab or "steps")
        self._run_id = run_id
        self._wanted_step = step
        self._picture: Picture | None = None

    def body(self) -> ComposeResult:
        yield RunHead(id="head")
        yield TabBar(id="tabs")
        with ContentSwitcher(initial=self.tab):
            yield StepsTab(id="steps")
            yield Vertical(LogPane(), id="log")
            yield Vertical(StatePane(), id="state")
            yield Vertical(EventsPane(), id="events")
            yield Vertical(ArtifactsPane(), id="artifacts")
            yield Vertical(AgentPane(), id="agent")

    def place(self) -> str:
        return f"runs > {self._run_id}"

    # What is read and shown

    async def load(self, views: Views) -> None:
        detail = await views.detail(self._run_id)
        before = self._picture
        step = before.step_id if before else first_step(detail, self._wanted_step)
        self._picture = Picture(detail, step, before.picked if before else None, self.console.now)
        await self._load_tab(views, self._picture)
        self._show(self._picture)

    async def _load_tab(self, views: Views, picture: Picture) -> None:
        """Read what only the tab in front needs."""
        if self.tab == "events":
            await self.query_one(EventsPane).load(views, self._run_id)
        elif self.tab == "agent" and picture.agents:
            chosen = picture.step if picture.step in picture.agents else picture.agents[0]
            await self.query_one(AgentPane).load(views, self._run_id, chosen)

    def _show(self, picture: Picture) -> None:
        self.query_one(RunHead).show_run(picture.detail.run, picture.now)
        self.show_tab_bar()
        self.query_one(StepsTab).show(picture)
        for log in self.query(LogPane):
            log.show(picture, self.console.client)
        self.query_one(StatePane).show(picture.detail)
        self.query_one(ArtifactsPane).show(picture.detail)

    @property
    def is_live(self) -> bool:
        return self._picture is not None and self._picture.detail.run.ended_at is None

    def tick(self) -> None:
        if self._picture is None:
            return
        self._picture = replace(self._picture, now=self.console.now)
        self.query_one(RunHead).show_run(self._picture.detail.run, self._picture.now)
        self.query_one(StepsTab).show(self._picture)
        for log in self.query(LogPane):
            log.poll()

    @property
    def tabs(self) -> Mapping[str, str]:
        return {**TABS, **AGENT} if self._picture and self._picture.agents else TABS

    async def _open_tab(self, tab: str | None) -> None:
        self.show_tab(tab or "steps")

    # The step and the attempt that are selected

    def _select(self, step: str, attempt: int | None = None) -> None:
        if self._picture is not None and (step, attempt) != (self._picture.step_id, self._picture.picked):
            self._picture = replace(self._picture, step_id=step, picked=attempt)
            self._show(self._picture)
            self.show_frame()
            self.console.wake()

    @on(RowView.Highlighted)
    def _moved(self, event: RowView.Highlighted) -> None:
        step = event.table.cursor_key
        if isinstance(event.table, Waterfall) and step and self._picture and step != self._picture.step_id:
            self._select(step)

    def action_move_step(self, places: int) -> None:
        if self._picture is not None:
            self._select(self._picture.beside(places))

    def action_move_attempt(self, places: int) -> None:
        """Another attempt's log; when it is the latest, a later one will take its place."""
        picture = self._picture
        if picture is None or picture.attempt is None:
            return
        numbers = [attempt.number for attempt in picture.attempts]
        index = numbers.index(picture.attempt.number) + places
        if index not in range(len(numbers)):
            self.console.say(f"There is no {'later' if places > 0 else 'earlier'} attempt.")
        else:
            self._select(picture.step_id, numbers[index] if index < len(numbers) - 1 else None)

    @property
    def run_id(self) -> str:
        return self._run_id

    @property
    def step_id(self) -> str | None:
        return self._picture.step_id if self._picture else None

    @property
    def gate_id(self) -> str | None:
        return self._picture.gate.id if self._picture and self._picture.gate else None

    def situation(self) -> Situation:
        if self._picture is None:
            return self.console.situation()
        gate = self._picture.gate
        now = self.console.situation(run=self._picture.detail.run.state, gate=gate.state if gate else None)
        return replace(now, step=self._picture.step.state)

    @on(RowView.Opened)
    async def _open_step(self, event: RowView.Opened) -> None:
        """A step's log; of a gate its review, of an agent what it did."""
        if self._picture is None or not isinstance(event.table, Waterfall):
            return
        kind = self._picture.step.kind
        if kind is StepKind.GATE and self._picture.gate is not None:
            await self.console.open_gate(self._picture.gate.id)
        else:
            self.show_tab("agent" if kind is StepKind.AGENT else "log")

    def action_run_resolve(self) -> None:
        if self._picture is not None:
            work = resolve(self.console, self._picture.detail.run, self._picture.step)
            self.run_worker(work, group="act")
