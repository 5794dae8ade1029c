"""The tab of one exhibit, which knows whether it was read."""

from __future__ import annotations

from textual.containers import Vertical

from tui.safe import safe_text
from tui.screens.review_case import Exhibit
from tui.screens.run_panes import TextPane
from tui.widgets.documentview import DocumentView
from tui.widgets.pageview import PageView


class ExhibitPane(Vertical):
    """The bytes of an exhibit, or, in red, why they are not shown."""

    def __init__(self, exhibit: Exhibit, *, id: str) -> None:  # noqa: A002 # Textual's name
        self.exhibit = exhibit
        self._opened = False
        self._view: DocumentView | PageView = PageView() if exhibit.document is None else DocumentView()
        digest = f"  sha256 {exhibit.sha256[:12]}" if exhibit.sha256 else ""
        super().__init__(TextPane(f"{exhibit.label}{digest}", self._view), id=id)

    def on_mount(self) -> None:
        document = self.exhibit.document
        if isinstance(self._view, PageView):
            self._view.show(
                [safe_text(self.exhibit.damage, "bold red"), safe_text("It is not shown.", "red")]
            )
        elif document is not None:
            self._view.show(self.exhibit.raw, name=self.exhibit.label, kind=document.kind, size=document.size)

    def on_show(self) -> None:
        self._opened = True

    @property
    def was_read(self) -> bool:
        """Whether its end was in view; what is too long to be shown whole has to be opened at least."""
        if isinstance(self._view, DocumentView) and not self._view.document.cut:
            return self._view.reached_end
        return self._opened
