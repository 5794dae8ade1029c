"""The base of all screens: the frame around what they show, and the way from a key to its command.

A screen says which scopes of the command table are live on it (`scopes`), what is selected (`situation`,
`run_id`, `gate_id`) and what it shows (`body`, `load`). Bindings, footer, help, palette and the `:` line
follow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widget import Widget

from engine.client import Views
from tui.command_text import hints
from tui.commands import Command, Scope, Situation, by_id, in_scopes, why_not
from tui.screens.footer import Footer
from tui.screens.prompt import Prompt
from tui.widgets.pane import Pane
from tui.widgets.quiet import QuietScreen
from tui.widgets.statusbar import TopBar
from tui.widgets.textview import TextView

if TYPE_CHECKING:
    from tui.app import Console


class ConsoleScreen(QuietScreen[None]):
    """A whole screen between the top bar and the footer. Subclasses hold no decision about a run."""

    scopes: ClassVar[tuple[Scope, ...]] = (Scope.GLOBAL,)
    ESCAPE_TO_MINIMIZE = False
    AUTO_FOCUS: ClassVar[str | None] = "Pane LineView"

    def __init_subclass__(cls) -> None:
        cls.BINDINGS = [_binding(command) for command in in_scopes(cls.scopes) if command.keys]
        super().__init_subclass__()

    # What subclasses say

    def body(self) -> ComposeResult:
        """The widgets between the top bar and the footer."""
        raise NotImplementedError

    def place(self) -> str:
        """Where this is, for the top bar: `runs`, `runs > r-8f31`."""
        raise NotImplementedError

    async def load(self, views: Views) -> None:
        """Read what is shown and give it to the widgets: when shown, and whenever the database changed."""

    def tick(self) -> None:
        """Called four times a second while `is_live`: logs to follow, ages to count."""

    @property
    def is_live(self) -> bool:
        """Whether anything here moves by itself; while not, the console is still and sends nothing."""
        return False

    @property
    def run_id(self) -> str | None:
        """The run that commands act on."""
        return None

    @property
    def step_id(self) -> str | None:
        """The step under the cursor, if there is one."""
        return None

    @property
    def gate_id(self) -> str | None:
        """The gate that commands act on."""
        return None

    def situation(self) -> Situation:
        """What the commands depend on; see `Console.situation`."""
        return self.console.situation()

    def filter_changed(self, text: str) -> None:
        """The operator typed a filter, character by character; empty when it was cleared."""

    @property
    def filter_text(self) -> str:
        """The filter in force, for the next edit and for the back key; empty when there is none."""
        return ""

    # The frame

    @property
    def console(self) -> Console:
        return cast("Console", self.app)

    def compose(self) -> ComposeResult:
        yield TopBar(id="top")
        yield from self.body()
        yield Prompt(id="prompt")
        yield Footer(id="footer")

    def on_mount(self) -> None:
        self.show_frame()

    def on_screen_resume(self) -> None:
        self.console.wake()

    def show_frame(self) -> None:
        """Bring top bar and footer up to date; costs nothing when they are."""
        if self.is_attached and self.query("#top"):
            self.console.status.show(self.query_one(TopBar), self.place())
            self.query_one(Footer).show(hints(self.scopes, self.situation()))

    def notice(self, sentence: str) -> None:
        """Say it in place of the footer's keys, until the next key or for some seconds."""
        self.query_one(Footer).say(sentence)

    def forget_notice(self) -> None:
        self.query_one(Footer).forget()

    def on_descendant_focus(self, _: events.DescendantFocus) -> None:
        self.show_frame()

    # From a key to its command

    async def action_do(self, command_id: str) -> None:
        await self.perform(by_id(command_id))

    async def perform(self, command: Command) -> None:
        """Do what `command` says here, or tell why that is not possible now."""
        reason = why_not(command, self.situation())
        if reason:
            self.console.say(f"{command.title}: {reason}.")
            return
        for target in (self.focused, self, self.console):
            if target is not None and await self.console.run_action(command.action_name, target):
                return
        self.console.say(f"{command.title}: not on this screen.")

    def action_find(self) -> None:
        text = self.focused if isinstance(self.focused, TextView) else None
        self.query_one(Prompt).find(text, "" if text else self.filter_text)

    def action_command(self) -> None:
        self.query_one(Prompt).command()

    async def action_back(self) -> None:
        """One rung of the ladder: filter, zoom, then the screen below."""
        if self.filter_text:
            self.filter_changed("")
        elif self.zoomed is not None:
            self.zoom(None)
        else:
            await self.leave()

    async def leave(self) -> None:
        """Go back to the screen below; a top-level view goes to the dashboard."""
        await self.console.back()

    # Zoom

    @property
    def zoomed(self) -> Pane | None:
        """The pane that has the whole screen, if one has."""
        return next((pane for pane in self.query(Pane) if pane.has_class("-zoomed")), None)

    def action_zoom(self) -> None:
        self.zoom(None if self.zoomed else self._focused_pane())

    def zoom(self, chosen: Pane | None) -> None:
        """Give `chosen` the whole screen; None brings all panes back."""
        for pane in self.query(Pane):
            pane.set_class(pane is chosen, "-zoomed")
        for part in self.query(".part"):
            part.set_class(chosen is not None and not _holds(part, chosen), "-away")
        self.set_class(chosen is not None, "-zoom")

    def _focused_pane(self) -> Pane | None:
        around = [] if self.focused is None else self.focused.ancestors
        return next((node for node in around if isinstance(node, Pane)), None)

    # Commands on the selected run and gate

    async def action_gate_review(self) -> None:
        if self.gate_id is not None:
            await self.console.open_gate(self.gate_id)

    def action_run_cancel(self) -> None:
        self.console.end_runs(self.chosen_runs(), force=False)

    def action_run_kill(self) -> None:
        self.console.end_runs(self.chosen_runs(), force=True)

    def chosen_runs(self) -> list[str]:
        """The runs that a command on many acts on: the marked ones, else the one under the cursor."""
        return [] if self.run_id is None else [self.run_id]

    async def action_run_show(self) -> None:
        await self._open_tab(None)

    async def action_run_log(self) -> None:
        await self._open_tab("log")

    async def action_run_state(self) -> None:
        await self._open_tab("state")

    async def action_run_events(self) -> None:
        await self._open_tab("events")

    async def action_run_artifacts(self) -> None:
        await self._open_tab("artifacts")

    async def _open_tab(self, tab: str | None) -> None:
        if self.run_id is not None:
            await self.console.open_run(self.run_id, tab=tab, step=self.step_id)

    def action_copy_id(self) -> None:
        if chosen := self.gate_id or self.run_id:
            self.console.copy(chosen)

    def action_copy_command(self) -> None:
        if self.gate_id:
            self.console.copy(f"opsgate gate {self.gate_id}")
        elif self.run_id:
            self.console.copy(f"opsgate show {self.run_id}")


def _binding(command: Command) -> Binding:
    return Binding(",".join(command.keys), f"do('{command.id}')", command.title, show=False, id=command.id)


def _holds(part: Widget, pane: Pane) -> bool:
    """Whether `part` is the pane, is around it or is inside it."""
    return part is pane or part in pane.ancestors or pane in part.ancestors
