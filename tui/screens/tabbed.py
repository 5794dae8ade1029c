"""A screen of tabs, each with a digit, and with rows that open as documents."""

from __future__ import annotations

from collections.abc import Mapping

from textual import on
from textual.widgets import ContentSwitcher

from engine.store.records import as_json
from tui.evidence import evidence
from tui.screens.base import ConsoleScreen
from tui.screens.document import DocumentScreen
from tui.screens.run_panes import ArtifactsPane, EventsPane, document
from tui.widgets.document import Kind
from tui.widgets.lines import ScrollingView
from tui.widgets.tabbar import TabBar


class TabbedScreen(ConsoleScreen):
    """`body` holds a `TabBar` and one `ContentSwitcher` whose children have the names of the tabs as ids."""

    CSS_PATH = "tabbed.tcss"
    AUTO_FOCUS = None
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012 # Textual's declaration

    def __init__(self, tab: str) -> None:
        super().__init__()
        self.tab = tab

    @property
    def tabs(self) -> Mapping[str, str]:
        """The names of the tabs there are now, each with its label."""
        raise NotImplementedError

    def on_mount(self) -> None:
        super().on_mount()
        self.show_tab(self.tab)

    def show_tab(self, tab: str) -> None:
        """Bring a tab to the front; its first view gets the keys."""
        self.tab = tab
        self.query_one(ContentSwitcher).current = tab
        self.query_one(f"#{tab}").query(ScrollingView).first(ScrollingView).focus()
        self.show_tab_bar()
        self.console.wake()

    def show_tab_bar(self) -> None:
        self.query_one(TabBar).show(list(self.tabs.values()), list(self.tabs).index(self.tab))

    def action_show_tab(self, number: int) -> None:
        names = list(self.tabs)
        if number <= len(names):
            self.show_tab(names[number - 1])

    def action_move_tab(self, places: int) -> None:
        names = list(self.tabs)
        self.show_tab(names[(names.index(self.tab) + places) % len(names)])

    @on(EventsPane.Chosen)
    async def _open_event(self, message: EventsPane.Chosen) -> None:
        event = message.event
        raw = document(as_json(event))
        await self.app.push_screen(DocumentScreen(f"event {event.seq} {event.type}", raw, kind=Kind.JSON))

    @on(ArtifactsPane.Chosen)
    async def _open_artifact(self, message: ArtifactsPane.Chosen) -> None:
        item = message.artifact
        found = await evidence(self.console.client.artifact(item.sha256), item.sha256)
        if found.damage:
            self.console.say(found.damage)
            return
        title = f"{item.step}/{item.name}  {item.sha256[:12]}"
        await self.app.push_screen(DocumentScreen(title, found.raw, name=item.name, size=found.size))
