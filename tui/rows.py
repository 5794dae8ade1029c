"""Records as rows of tables: which columns the lists of the console have, and how a record fills them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rich.text import Text

from engine.core.states import Consequence, GateState, RunState
from engine.store.records import GateRecord, QueueRecord, QueueState, RunRecord
from engine.wording import age, clock, count, duration, moment, money
from tui.format import state_text
from tui.safe import safe_text
from tui.widgets.columns import Cell, Column, Row

_RUN: Mapping[str, Column] = {
    "STATE": Column("STATE", 14, priority=9),
    "RUN": Column("RUN", 9, priority=9),
    "WORKFLOW": Column("WORKFLOW", minimum=13, priority=8),
    "STEP": Column("STEP", minimum=13, priority=7),
    "STEPS": Column("STEPS", 6, align="right", priority=6),
    "AGE": Column("AGE", 6, align="right", priority=6),
    "TOOK": Column("TOOK", 6, align="right", priority=6),
    "ENDED": Column("ENDED", 16, priority=5),
    "COST": Column("COST", 6, align="right", priority=4),
    "QUEUE": Column("QUEUE", 9, priority=3),
    "BY": Column("BY", 8, priority=2),
    "WHY": Column("WHY", share=2, minimum=30, priority=1),
}
ACTIVE_COLUMNS = ("STATE", "RUN", "WORKFLOW", "STEP", "AGE", "COST", "QUEUE", "BY", "WHY")
ENDED_COLUMNS = ("STATE", "RUN", "WORKFLOW", "STEPS", "TOOK", "ENDED", "COST", "QUEUE", "BY", "WHY")

GATE_COLUMNS = (
    Column("WEIGHT", 8, priority=9),
    Column("DUE", 8, priority=8),
    Column("TITLE", share=3, minimum=20, priority=9),
    Column("STEP", minimum=8, priority=3),
    Column("RUN", 9, priority=4),
    Column("SINCE", 6, align="right", priority=5),
    Column("VOTES", 5, align="right", priority=2),
)
QUEUE_COLUMNS = (
    Column("QUEUE", minimum=10, priority=9),
    Column("STATE", 9, priority=8),
    Column("RUNNING", 9, align="right", priority=7),
    Column("QUEUED", 6, align="right", priority=6),
    Column("OLDEST", 7, align="right", priority=5),
)


def run_columns(names: tuple[str, ...]) -> tuple[Column, ...]:
    return tuple(_RUN[name] for name in names)


@dataclass(frozen=True, slots=True)
class Rows:
    """Makes rows as of `now`, in plain characters if wanted."""

    now: float
    ascii_only: bool = False

    def run(self, run: RunRecord, names: tuple[str, ...]) -> Row:
        return Row(run.id, tuple(_RUN_CELLS[name](self, run) for name in names))

    def gate(self, gate: GateRecord) -> Row:
        cells: tuple[Cell, ...] = (
            _weight(gate),
            self._due(gate),
            _title(gate),
            gate.step,
            gate.run,
            age(gate.opened_at, self.now),
            f"{gate.approvals}/{gate.quorum}",
        )
        return Row(gate.id, cells)

    def queue(self, queue: QueueRecord) -> Row:
        state = Text(queue.state.value, "" if queue.state is QueueState.OPEN else "bold yellow")
        running = f"{queue.running}/{queue.slots}"
        return Row(queue.name, (queue.name, state, running, count(queue.queued), age(queue.oldest, self.now)))

    def state(self, run: RunRecord) -> Text:
        return state_text(run.state, ascii_only=self.ascii_only)

    def _due(self, gate: GateRecord) -> Text:
        if gate.state is not GateState.OPEN:
            return state_text(gate.state, ascii_only=True)
        if gate.deadline is None:
            return Text("-")
        left = gate.deadline - self.now
        return Text(f"{duration(left)}") if left > 0 else Text("OVERDUE", "bold red")


def by_urgency(run: RunRecord) -> tuple[int, float]:
    """The order of active runs: who waits for a person first, then what runs, then what is queued."""
    if run.gate is not None or run.state is RunState.WAITING:
        rank = 0
    elif run.state in (RunState.QUEUED, RunState.SCHEDULED):
        rank = 2
    else:
        rank = 1
    return rank, -run.created_at


def queue_summary(queues: tuple[QueueRecord, ...]) -> str:
    """All queues in one line: `default 2/8 +3  payments PAUSED`."""
    return "  ".join(_brief(queue) for queue in queues)


def _brief(queue: QueueRecord) -> str:
    if queue.state is not QueueState.OPEN:
        return f"{queue.name} {queue.state.upper()}"
    waiting = f" +{queue.queued}" if queue.queued else ""
    return f"{queue.name} {queue.running}/{queue.slots}{waiting}"


def _weight(gate: GateRecord) -> Text:
    if gate.state is not GateState.OPEN:
        return Text(gate.consequence.value, "dim")
    if gate.consequence is Consequence.HIGH:
        return Text("! HIGH", "bold red")
    return Text(f"  {gate.consequence}", "yellow" if gate.consequence is Consequence.MEDIUM else "")


def _title(gate: GateRecord) -> Text:
    """The question; behind a closed one, who closed it."""
    title = safe_text(gate.title)
    if gate.state is GateState.OPEN:
        return title
    last = gate.decisions[-1] if gate.decisions else None
    who = f"by {last.actor} " if last else ""
    note = safe_text(f"{gate.state} {who}{clock(gate.closed_at)}: ", "dim")
    return note.append_text(title)


def _step(run: RunRecord) -> str:
    current = run.current or ""
    return f"{run.steps_done}/{run.steps_total} {current}".rstrip()


def _took(run: RunRecord) -> str:
    return duration(None if run.ended_at is None else run.ended_at - run.created_at)


_RUN_CELLS: Mapping[str, Callable[[Rows, RunRecord], Cell]] = {
    "STATE": lambda rows, run: rows.state(run),
    "RUN": lambda _, run: run.id,
    "WORKFLOW": lambda _, run: run.workflow,
    "STEP": lambda _, run: _step(run),
    "STEPS": lambda _, run: f"{run.steps_done}/{run.steps_total}",
    "AGE": lambda rows, run: age(run.created_at, rows.now),
    "TOOK": lambda _, run: _took(run),
    "ENDED": lambda rows, run: moment(run.ended_at, rows.now),
    "COST": lambda _, run: money(run.cost_usd) if run.cost_usd is not None else "-",
    "QUEUE": lambda _, run: run.queue,
    "BY": lambda _, run: run.starter,
    "WHY": lambda _, run: run.why,
}
