"""The lines above a review: the question, where it stands, and what must not be missed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.segment import Segment
from rich.text import Text

from engine.store.records import GateRecord
from engine.wording import age, duration
from tui.format import state_text
from tui.safe import safe_text
from tui.screens.review_case import Case
from tui.screens.review_summary import WEIGHTS, banner
from tui.widgets.lines import LineView
from tui.widgets.textlines import wrapped

BANNER_LINES = 3
GAP = "  "


class ReviewHead(LineView):
    """Two lines, and a warning below them when there is one."""

    DEFAULT_CSS = """
    ReviewHead { height: 2; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 # Textual's name
        super().__init__(id=id)
        self._lines: Sequence[Text] = ()

    def show(self, case: Case, gate: GateRecord, place: str, now: float) -> None:
        """`gate` is the gate as it is now, `place` says which of the open ones it is."""
        warning = banner(case, gate, now)
        room = max(self.size.width - 2, 2)
        warned = [] if warning is None else list(wrapped(warning, room))[:BANNER_LINES]
        self._lines = [safe_text(case.gate.title, "bold"), self._standing(case, gate, place, now), *warned]
        if self.size.height != len(self._lines):
            self.styles.height = len(self._lines)
        self.sync()

    def _standing(self, case: Case, gate: GateRecord, place: str, now: float) -> Text:
        weight = case.gate.consequence
        line = Text(no_wrap=True, end="").append(weight.upper(), WEIGHTS[weight]).append(GAP)
        line.append_text(state_text(gate.state, ascii_only=self.ascii_only))
        line.append(f"{GAP}{age(gate.opened_at, gate.closed_at or now)}")
        if gate.deadline is not None and gate.closed_at is None:
            left = gate.deadline - now
            line.append(f"{GAP}due {duration(left)}" if left > 0 else f"{GAP}OVERDUE", "bold")
        line.append(f"{GAP}{gate.approvals} of {gate.quorum} approvals{GAP}digest {case.gate.digest[:12]}")
        return line.append(f"{GAP}{place}" if place else "", "dim")

    def line_at(self, y: int) -> Iterable[Segment]:
        if y >= len(self._lines):
            return ()
        line = self._lines[y].copy()
        line.truncate(max(self.size.width - 2, 1), overflow="ellipsis")
        return [Segment(" "), *line.render(self.app.console)]
