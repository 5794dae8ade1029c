"""The rows that follow from a batch of changes.

What a run, its steps and its gates look like now is taken from the folded `Run` that comes with the facts,
so a projection cannot disagree with the fold. The facts only say which rows to write. Rows that record
something that happened (attempts, decisions, artifacts) are made from the facts. Several changes to one
row within a batch become one write: the last.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.core import facts as f
from engine.core.run import Run
from engine.core.states import StepState
from engine.store import rows
from engine.store import statements as sql
from engine.store.chain import Row, to_json, to_text
from engine.store.changes import Change
from engine.store.times import micros


@dataclass(slots=True)
class _Touched:
    """A run as it is after the batch, and what the batch changed of it."""

    run: Run
    created: bool = False
    moved: bool = False
    progressed: bool = False
    spent: bool = False
    new_caveats: bool = False
    steps: set[str] = field(default_factory=set)
    gates: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)

    def note(self, fact: f.Fact) -> None:
        match fact:
            case f.RunCreated():
                self.created = True
            case f.RunStarted() | f.RunWaiting() | f.RunContinued() | f.RunCancelling() | f.RunEnded():
                self.moved = True
            case f.StepEnded(step, state):
                self.steps.add(step)
                self.progressed = True
                self.new_caveats |= state is StepState.FLAGGED
            case f.StepSkipped(step):
                self.steps.add(step)
                self.progressed = True
            case f.AttemptEnded(step):
                self.steps.add(step)
                self.keys.update(fact.writes)
                self.new_caveats |= bool(fact.caveats)
            case f.AgentReported(step, kind="usage"):
                self.steps.add(step)
                self.spent = True
            case f.GateOpened(step) | f.GateDecided(step) | f.GateClosed(step):
                self.steps.add(step)
                self.gates.add(fact.gate)
            case f.AgentReported() | f.EngineStarted() | f.EngineStopped() | f.EngineTrouble():
                pass
            case _:
                self.steps.add(fact.step)


class Batch:
    """The rows of several changes, gathered by statement."""

    def __init__(self) -> None:
        self._rows: defaultdict[str, list[Row]] = defaultdict(list)
        self._touched: dict[str, _Touched] = {}

    def add(self, change: Change, events: Sequence[Row]) -> None:
        """Take in a change and the rows of its events, in the same order as its facts."""
        at = micros(change.at)
        if change.definition is not None:
            self._rows[sql.KEEP_DEFINITION].append(rows.definition(change.definition, at))
        self._rows[sql.INSERT_EVENT].extend(events)
        if change.run is not None:
            touched = self._touch(change.run)
            for fact, event in zip(change.facts, events, strict=True):
                touched.note(fact)
                self._record(change.run.id, fact, event)
        if change.answer is not None:
            self._rows[sql.INSERT_REQUEST].append(rows.request(change.answer, at))

    def write(self, connection: sqlite3.Connection) -> None:
        """Write everything, inside the caller's transaction. Raises sqlite3.Error."""
        for touched in self._touched.values():
            self._project(touched)
        for statement in sql.ORDER:
            found = self._rows.get(statement)
            if found:
                connection.executemany(statement, found)

    def _touch(self, run: Run) -> _Touched:
        touched = self._touched.get(run.id)
        if touched is None:
            touched = self._touched[run.id] = _Touched(run)
        touched.run = run
        return touched

    def _record(self, run: str, fact: f.Fact, event: Row) -> None:
        """Rows of what happened; `event` is the fact's own row."""
        at = event[1]
        match fact:
            case f.AttemptStarted(step, attempt):
                self._rows[sql.INSERT_ATTEMPT].append((run, step, attempt, at))
            case f.AttemptEnded():
                self._rows[sql.END_ATTEMPT].append(rows.attempt_end(run, fact, at))
                self._rows[sql.INSERT_ARTIFACT].extend(
                    (run, fact.step, fact.attempt, to_text(item.name), item.size, item.sha256)
                    for item in fact.artifacts
                )
            case f.GateDecided():
                self._rows[sql.INSERT_DECISION].append(rows.decision(fact, event))

    def _project(self, touched: _Touched) -> None:
        run, add = touched.run, self._rows
        if touched.created:
            add[sql.KEEP_QUEUE].append((run.queue,))
            add[sql.INSERT_RUN].append(rows.run(run))
            add[sql.INSERT_STEP].extend(rows.new_step(run, step) for step in run.steps.values())
        else:
            self._update_run(touched)
            add[sql.UPDATE_STEP].extend(rows.step(run, run.steps[step]) for step in touched.steps)
        add[sql.UPSERT_GATE].extend(rows.gate(run, run.gates[gate]) for gate in touched.gates)
        add[sql.UPSERT_STATE].extend((run.id, to_text(key), to_json(run.shared[key])) for key in touched.keys)
        if touched.new_caveats:
            add[sql.UPSERT_CAVEAT].extend(
                (run.id, position, caveat.step, to_text(caveat.text), caveat.acknowledged)
                for position, caveat in enumerate(run.caveats)
            )

    def _update_run(self, touched: _Touched) -> None:
        """Only the columns that changed: rewriting the state would rewrite four indexes at every step."""
        run = touched.run
        if touched.moved:
            self._rows[sql.MOVE_RUN].append(
                (run.state, to_text(run.why), micros(run.started_at), micros(run.ended_at), run.id)
            )
        if touched.progressed:
            self._rows[sql.PROGRESS_RUN].append((len(run.steps) - run.unfinished, run.id))
        if touched.spent:
            self._rows[sql.SPEND_RUN].append((rows.whole(run.tokens), run.cost_usd, run.id))
