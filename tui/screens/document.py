"""One document on the whole screen: an event, an artifact."""

from __future__ import annotations

from textual.app import ComposeResult

from tui.commands import Scope
from tui.screens.base import ConsoleScreen
from tui.screens.run_panes import TextPane
from tui.widgets.document import Kind
from tui.widgets.documentview import DocumentView


class DocumentScreen(ConsoleScreen):
    """Shows `raw`, which does not change any more; back leads to where it was opened."""

    scopes = (Scope.GLOBAL, Scope.DOCUMENT)

    def __init__(
        self, title: str, raw: bytes, *, name: str = "", kind: Kind | None = None, size: int | None = None
    ) -> None:
        super().__init__()
        self._title = title
        self._raw = raw
        self._named = name
        self._kind = kind
        self._whole = size

    def body(self) -> ComposeResult:
        yield TextPane(self._title, DocumentView())

    def place(self) -> str:
        return self._title

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(DocumentView).show(self._raw, name=self._named, kind=self._kind, size=self._whole)
