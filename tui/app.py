"""The console: one operator's view of a home. It reads the database, commands the engine, owns nothing."""

from __future__ import annotations

import asyncio
import os
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar, cast

from textual import events
from textual.app import App
from textual.css.query import NoMatches
from textual.filter import LineFilter
from textual.widgets import Input
from textual.worker import WorkerFailed

from engine.client import Client, Views
from engine.core.errors import EngineUnavailable, OpsgateError, StorageTrouble
from engine.core.states import Consequence, GateState, RunState
from engine.home import Home
from tui.commands import Situation
from tui.departure import Departure
from tui.feed import Feed
from tui.safe import SafeFilter
from tui.screens.base import ConsoleScreen
from tui.screens.dashboard import DashboardScreen
from tui.screens.gates import GatesScreen
from tui.screens.history import HistoryScreen
from tui.screens.queues import QueuesScreen
from tui.screens.runs import RunsScreen
from tui.status import Status
from tui.terminal import Terminal
from tui.widgets.lines import LineView

ENGINE_LOOK = 2.0
"""Seconds between two looks whether the engine answers."""

FIRST_VIEW = "dash"


class Console(App[None]):
    """Holds what all screens share: the client, the feed, the frame's state. Screens do the rest."""

    TITLE = "opsgate"
    CSS_PATH = "console.tcss"
    SCREENS: ClassVar = {
        "dash": DashboardScreen,
        "runs": RunsScreen,
        "gates": GatesScreen,
        "history": HistoryScreen,
        "queues": QueuesScreen,
    }
    COMMANDS: ClassVar = {lambda: _palette()}
    COMMAND_PALETTE_BINDING = "ctrl+p"
    BINDINGS: ClassVar = [("ctrl+q", "nothing", ""), ("ctrl+c", "nothing", "")]
    animation_level = "none"

    def __init__(self, client: Client) -> None:
        plain = "NO_COLOR" in os.environ
        super().__init__(driver_class=Terminal, ansi_color=True if plain else None)
        self.client = client
        self.status = Status(client.home.path)
        self.view = FIRST_VIEW
        self.crash: Path | None = None
        self.terminal_gone: Callable[[], None] = self.exit
        """What to do when the terminal is no longer there; called from any thread."""
        self._view_before = FIRST_VIEW
        self._wall = SafeFilter()
        self._graves: frozenset[str] | None = None
        self._feed = Feed(
            client, load=self._load, tick=self._tick, is_live=self._is_live, trouble=self._storage_failed
        )
        if plain:
            self.theme = "ansi-dark"
        self.set_class(not (sys.stdout.encoding or "").lower().startswith("utf"), "-ascii")

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), self._wall]

    async def on_mount(self) -> None:
        await self.push_screen(FIRST_VIEW)
        self.run_worker(self._feed.run(), group="feed", exit_on_error=True)
        self.run_worker(self._watch_engine(), group="engine", exit_on_error=True)

    @property
    def front(self) -> ConsoleScreen | None:
        """The screen in front, below a dialog or the palette if there is one."""
        return next((item for item in reversed(self.screen_stack) if isinstance(item, ConsoleScreen)), None)

    @property
    def now(self) -> float:
        """Seconds since 1970."""
        return time.time()

    def wake(self) -> None:
        """Have the front screen read again, soon."""
        self._feed.wake()

    # What feeds the screens

    async def _load(self, views: Views) -> None:
        self.status.now = self.now
        self.status.overview = await views.overview(self.status.now)
        self.status.trouble = ""
        self._announce()
        front = self.front
        if front is not None and front.is_mounted:
            try:
                await front.load(views)
            except StorageTrouble:
                raise
            except OpsgateError as error:
                self.command_failed(error)
            except NoMatches:
                if front is self.front and self.is_running:
                    raise
                return  # the operator left the screen, or the console, while it was being read
            front.show_frame()

    def _tick(self) -> None:
        self.status.now = self.now
        if self.is_running and self.front is not None and self.front.is_mounted:
            self.front.tick()
            self.front.show_frame()

    def _is_live(self) -> bool:
        return self.status.is_live or (self.front is not None and self.front.is_live)

    def _storage_failed(self, trouble: StorageTrouble) -> None:
        self.status.trouble = trouble.message
        self._show_frame()

    async def _watch_engine(self) -> None:
        while True:
            await asyncio.sleep(ENGINE_LOOK)
            try:
                await self.client.status()
            except EngineUnavailable:
                self._engine_answers(False)
            else:
                self._engine_answers(True)

    def _engine_answers(self, answers: bool) -> None:
        if answers != self.status.engine_answers:
            self.status.engine_answers = answers
            self._show_frame()

    def _show_frame(self) -> None:
        if self.front is not None:
            self.front.show_frame()

    def _announce(self) -> None:
        """The window's title counts the gates; a grave one that opened rings the bell, once."""
        gates = self.status.gates
        if isinstance(self._driver, Terminal):
            self.sub_title = f"({len(gates)}!) opsgate" if gates else "opsgate"
        graves = frozenset(gate.id for gate in gates if gate.consequence is Consequence.HIGH)
        if self._graves is not None and graves - self._graves:
            self.bell()
        self._graves = graves

    def watch_sub_title(self, title: str) -> None:
        if isinstance(self._driver, Terminal) and title:
            self._driver.set_title(title)

    # What screens ask for

    def situation(self, run: RunState | None = None, gate: GateState | None = None) -> Situation:
        """What commands depend on, with the run and the gate that a screen has selected."""
        return Situation(
            run=run,
            gate=gate,
            open_gates=len(self.status.gates),
            engine_answers=self.status.engine_answers,
        )

    def say(self, text: str) -> None:
        """One line in place of the footer's keys, until the next key or for some seconds."""
        if self.front is not None:
            self.front.notice(text)

    def command_failed(self, error: OpsgateError) -> None:
        """Tell the error's sentence; without an engine, the top bar knows at once."""
        if isinstance(error, EngineUnavailable):
            self._engine_answers(False)
        self.say(" ".join(error.message.split()))

    def copy(self, text: str) -> None:
        """Put `text`, which must be safe, on the operator's clipboard, and say so."""
        if isinstance(self._driver, Terminal) and not self._driver.copy(text):
            self.say("This is too long for the terminal's clipboard.")
        else:
            self.say(f"Copied: {text}")

    async def open_run(self, run_id: str, tab: str | None = None, step: str | None = None) -> None:
        """Show a run: its steps, or the named tab, with the cursor on `step`."""
        from tui.screens.run import RunScreen  # opened by most operators, but not for the first frame

        await self.push_screen(RunScreen(run_id, tab=tab, step=step))

    async def open_gate(self, gate_id: str) -> None:
        """Show everything that is to be judged at a gate."""
        from tui.screens.review import ReviewScreen  # as above

        await self.push_screen(ReviewScreen(gate_id))

    def end_runs(self, runs: Sequence[str], *, force: bool) -> None:
        """Cancel or kill `runs`, after a dialog."""
        from tui.acts import end_runs  # as above

        self.run_worker(end_runs(self, runs, force=force), group="act", exit_on_error=True)

    def new_run(self, workflow: str = "", values: Sequence[str] = ()) -> None:
        """Start a workflow, after a dialog that may change what is given here."""
        from tui.acts import new_run  # as above

        self.run_worker(new_run(self, workflow, values), group="act", exit_on_error=True)

    async def go(self, view: str) -> None:
        """Show a top-level view: what was opened over it is closed."""
        if view != self.view:
            self._view_before, self.view = self.view, view
        while len(self.screen_stack) > 2:
            await self.pop_screen()
        await self.switch_screen(view)

    async def back(self) -> None:
        """The screen below; from a view, the dashboard."""
        if len(self.screen_stack) > 2:
            await self.pop_screen()
        else:
            await self.go(FIRST_VIEW)

    # Commands that mean the same everywhere

    async def action_show_view(self, view: str) -> None:
        await self.go(view)

    async def action_last_view(self) -> None:
        await self.go(self._view_before)

    async def action_next_gate(self) -> None:
        if self.status.gates:
            await self.open_gate(self.status.gates[0].id)

    async def action_help(self) -> None:
        from tui.screens.help import HelpScreen  # as above

        if self.front is not None and not isinstance(self.front, HelpScreen):
            await self.push_screen(HelpScreen(self.front))

    def action_run_new(self) -> None:
        self.new_run()

    def action_repaint(self) -> None:
        self.refresh(layout=True)

    def action_resync(self) -> None:
        self.wake()
        self.say("Read everything again.")

    async def action_quit(self) -> None:
        self.exit()

    def action_nothing(self) -> None:
        """Leaving is `q`, so that no reflex ends the console, and copying is `y`."""

    # Keys, one after the other

    async def on_event(self, event: events.Event) -> None:
        """Handle a key to its end before the next one is looked at.

        Textual hands keys to the focused widget's queue. Of two keys that arrive together the second would
        still go to the widget that had the focus before the first: `:q` typed at once would lose its `q`, or
        worse, do what `q` means in a list.
        """
        if isinstance(event, events.Key) and not event.is_forwarded and self._takes_keys_in_order:
            await self._take(event)
        else:
            await super().on_event(event)

    @property
    def _takes_keys_in_order(self) -> bool:
        return isinstance(self.screen, ConsoleScreen) and isinstance(self.focused, LineView | Input | None)

    async def _take(self, event: events.Key) -> None:
        if not self.app_focus:
            self.app_focus = True
        cast("ConsoleScreen", self.screen).forget_notice()
        focused = self.focused
        if isinstance(focused, Input) and focused.check_consume_key(event.key, event.character):
            taken = asyncio.Event()
            focused._forward_event(event)
            if focused.call_later(taken.set):
                await taken.wait()
        elif not await self._check_bindings(event.key, priority=True):
            await self._check_bindings(event.key)

    def _handle_exception(self, error: Exception) -> None:
        """An error that nobody foresaw ends the console in order; what it was stands in a file."""
        self.crash = _write_crash(self.client.home, error)
        if self.is_headless:
            super()._handle_exception(error)
        else:
            self.exit(return_code=1)


def run_console(home: Home, claimed: str | None = None) -> None:
    """Run the console on `home` until the operator leaves it; an engine is started when there is none."""
    asyncio.run(_run(Client(home, claimed)))


async def _run(client: Client) -> None:
    try:
        await client.ensure_engine()
        app = Console(client)
        departure = Departure(app)
        await app.run_async(mouse="SSH_CONNECTION" not in os.environ)
    finally:
        await client.close()
    departure.finish()
    if app.crash is not None:
        raise OpsgateError(
            "The console ended by a mistake of its own; the engine and its runs go on. "
            f"What happened stands in {app.crash}; please report it."
        )


def _write_crash(home: Home, error: BaseException) -> Path:
    if isinstance(error, WorkerFailed):
        error = error.error
    path = home.path / f"console-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.crash"
    try:
        path.write_text("".join(traceback.format_exception(error)))
        path.chmod(0o600)
    except OSError:
        return Path(os.devnull)
    return path


def _palette() -> type:
    from tui.palette import TableProvider  # only when the palette is opened

    return TableProvider
