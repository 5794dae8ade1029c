"""What the top bar says on every screen: whose home, whether an engine answers, what waits, what runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from rich.text import Text

from engine.core.states import Consequence, GateState, RunState
from engine.store.records import GateRecord, Overview, RunRecord
from engine.wording import count, duration
from tui.safe import safe_text
from tui.widgets.statusbar import TopBar

HOME_SHARE = 6
"""The part of the bar, one in so many cells, that the home's path may take."""

NO_ENGINE = "no engine: `opsgate engine start`"
_ACTIVE = frozenset(RunState) - {RunState.QUEUED, RunState.SCHEDULED} - {s for s in RunState if s.is_final}


@dataclass(slots=True)
class Status:
    """The state of the home as far as the frame of a screen shows it. Empty until the first read."""

    home: Path
    engine_answers: bool = True
    trouble: str = ""
    overview: Overview | None = field(default=None)
    now: float = 0.0

    @property
    def gates(self) -> tuple[GateRecord, ...]:
        """The open gates, the gravest and most urgent first."""
        return self.overview.gates if self.overview else ()

    def run(self, run_id: str | None) -> RunRecord | None:
        """The active run of that id."""
        runs = self.overview.runs if self.overview else ()
        return next((run for run in runs if run.id == run_id), None)

    def gate_state(self, gate_id: str | None) -> GateState | None:
        """Open, when the gate of that id is."""
        return next((gate.state for gate in self.gates if gate.id == gate_id), None)

    @property
    def is_live(self) -> bool:
        """Whether anything in this home moves: then ages have to be counted."""
        return self.overview is not None and bool(self.overview.runs or self.overview.gates)

    def show(self, bar: TopBar, place: str) -> None:
        parts: list[Text | str] = [Text("opsgate"), _home(self.home, max(bar.size.width // HOME_SHARE, 12))]
        if self.trouble:
            parts.append(safe_text(self.trouble, "bold red"))
        if self.engine_answers:
            parts.append(Text("engine up", "green"))
        else:
            parts.append(Text(NO_ENGINE, "bold red"))
        if self.overview is not None:
            parts += [part for part in (self._badge(), *self._counts()) if part]
        bar.show(*parts, right=place)

    def _badge(self) -> Text | None:
        if not self.gates:
            return None
        notes = []
        if high := sum(gate.consequence is Consequence.HIGH for gate in self.gates):
            notes.append(f"{high} HIGH")
        deadlines = [gate.deadline for gate in self.gates if gate.deadline is not None]
        if deadlines:
            left = min(deadlines) - self.now
            notes.append(f"due {duration(left)}" if left > 0 else "OVERDUE")
        plural = "" if len(self.gates) == 1 else "S"
        note = f" ({', '.join(notes)})" if notes else ""
        return Text(f"{len(self.gates)} GATE{plural}{note}", "bold yellow")

    def _counts(self) -> list[str]:
        assert self.overview is not None
        counts = self.overview.counts
        active = sum(number for state, number in counts.runs.items() if state in _ACTIVE)
        queued = counts.runs.get(RunState.QUEUED, 0)
        told = [f"active {count(active)}"]
        if queued:
            told.append(f"queued {count(queued)}")
        if counts.failed_lately:
            told.append(f"failed/24h {count(counts.failed_lately)}")
        return told


def _home(path: Path, width: int) -> str:
    """The end of the home's path, which is what tells one home from another."""
    shown = str(path)
    user = str(Path.home())
    if shown.startswith(f"{user}/"):
        shown = f"~{shown.removeprefix(user)}"
    return shown if len(shown) <= width else f"…{shown[1 - width :]}"
