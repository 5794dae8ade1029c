"""What the tables say is what the log says: projection equals fold, and the fold can be had again."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.core import commands as c
from engine.core.decide import decide
from engine.core.facts import ENGINE, Actor, Artifact
from engine.core.run import Run, new_run
from engine.core.states import AttemptState, Resolution, RunState, StepState, Verdict
from engine.core.workflow import Workflow
from engine.store import chain, log
from engine.store.changes import Change, StoredDefinition
from engine.store.database import open_database
from engine.store.load import Lookup
from engine.store.projection import Batch
from engine.store.times import micros

from .build import ALICE, BOB, FULL, START, known_workflow

RESULTS: list[dict[str, Any]] = [
    {},
    {"output": {"pages": 3}, "caveats": ["not sure"]},
    {"state": {"version": "1.2.0"}, "decisions": ["minor"]},
]
REPORTS: tuple[dict[str, Any], ...] = (
    {"type": "agent.message", "text": "hello"},
    {"type": "usage", "input_tokens": 10, "output_tokens": 5, "cost_usd": 0.25},
)


def enabled(run: Run) -> list[tuple[c.Command, Actor]]:
    """Every command that makes sense now."""
    found: list[tuple[c.Command, Actor]] = []
    for step in run.steps.values():
        match step.state:
            case StepState.QUEUED if not run.stopping:
                found.append((c.StartAttempt(step.id), ENGINE))
            case StepState.RUNNING:
                found += [(command, ENGINE) for command in in_flight(step.id, step.attempt)]
            case StepState.RETRY_WAIT:
                found.append((c.WakeStep(step.id), ENGINE))
            case StepState.INDETERMINATE:
                found += [(c.ResolveStep(step.id, word), BOB) for word in Resolution]
    for gate in run.open_gates:
        voted = {decision.actor for decision in gate.decisions}
        for actor in (ALICE, BOB):
            if actor.name not in voted:
                found += [(c.DecideGate(gate.id, verdict, gate.digest), actor) for verdict in Verdict]
    if run.state is not RunState.CANCELLING and not run.state.is_final:
        found.append((c.CancelRun(), BOB))
    return found


def in_flight(step: str, attempt: int) -> list[c.Command]:
    kept = (Artifact("report.txt", 12, "a" * 64),)
    ends = [c.FinishAttempt(step, attempt, 0, result=result, artifacts=kept) for result in RESULTS]
    return [
        *ends,
        c.FinishAttempt(step, attempt, 3),
        c.FinishAttempt(step, attempt, signal=9),
        c.LoseAttempt(step, attempt, "it vanished"),
        c.TimeOutAttempt(step, attempt),
        c.RecordAgent(step, attempt, 0, REPORTS),
        c.AdoptAttempt(step, attempt),
    ]


@dataclass
class Book:
    """A database written without a thread, batch by batch."""

    connection: sqlite3.Connection
    lookup: Lookup
    chain: chain.Chain
    pending: list[Change] = field(default_factory=list)

    def flush(self) -> None:
        batch = Batch()
        for change in self.pending:
            run = None if change.run is None else change.run.id
            at = micros(change.at)
            entries = [log.entry(fact) for fact in change.facts]
            batch.add(
                change, [self.chain.append(item, at, run, change.actor, change.reason) for item in entries]
            )
        self.connection.execute("BEGIN")
        batch.write(self.connection)
        self.connection.execute("COMMIT")
        self.pending.clear()

    def rows(self, statement: str, *values: Any) -> list[Any]:
        return self.connection.execute(statement, values).fetchall()


def open_book(folder: str) -> Book:
    path = Path(folder) / "opsgate.db"
    connection = open_database(path)
    return Book(connection, Lookup(connection, path, known_workflow), chain.last(connection))


def play(data: st.DataObject, book: Book, workflow: Workflow) -> Run:
    """A run with random enabled commands, stored in batches of random length."""
    run, at = new_run("r1", workflow), START
    command: c.Command = c.CreateRun({"n": 1}, "/runs/r1", labels={"team": "a"})
    definition: StoredDefinition | None = StoredDefinition(workflow.digest, workflow.name, {})
    actor: Actor = ALICE
    for _ in range(data.draw(st.integers(1, 25), label="commands")):
        at += 61.0
        decision = decide(run, command, at, actor, "because")
        run = decision.run
        book.pending.append(Change(decision.facts, at, actor, "because", run, definition))
        definition = None
        if data.draw(st.booleans(), label="commit now"):
            book.flush()
        choices = enabled(run)
        if not choices:
            break
        command, actor = data.draw(st.sampled_from(choices), label="command")
    book.flush()
    return run


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_the_tables_say_what_the_fold_says(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        book = open_book(folder)
        try:
            run = play(data, book, FULL)
            check_run(book, run)
            check_steps(book, run)
            check_attempts(book, run)
            check_gates(book, run)
            check_parts(book, run)
            assert book.lookup.run("r1") == run
            assert [found.id for found in book.lookup.open_runs()] == ([] if run.state.is_final else ["r1"])
            assert chain.verify(book.connection).bad is None
        finally:
            book.connection.close()


def check_run(book: Book, run: Run) -> None:
    done = sum(step.state.is_final for step in run.steps.values())
    assert book.rows(
        "SELECT state, why, starter, created_at, started_at, ended_at, steps_done, steps_total, tokens,"
        " cost_usd, json_extract(labels, '$.team') FROM run"
    ) == [
        (
            run.state,
            run.why,
            "alice",
            micros(run.created_at),
            micros(run.started_at),
            micros(run.ended_at),
            done,
            len(run.steps),
            run.tokens,
            run.cost_usd,
            "a",
        )
    ]
    assert book.rows("SELECT state, runs FROM tally WHERE runs > 0") == [(run.state, 1)]


def check_steps(book: Book, run: Run) -> None:
    stored = book.rows(
        "SELECT id, state, attempt, queued_at, started_at, ended_at, due, exit_code, error, output,"
        " skipped_by, tokens, cost_usd FROM step ORDER BY position"
    )
    assert [(*row[:9], json.loads(row[9]), *row[10:]) for row in stored] == [
        (
            step.id,
            step.state,
            step.attempt,
            *(micros(at) for at in (step.queued_at, step.started_at, step.ended_at, step.due)),
            step.exit_code,
            step.error,
            dict(step.output),
            step.skipped_by,
            step.tokens,
            step.cost_usd,
        )
        for step in run.steps.values()
    ]


def check_attempts(book: Book, run: Run) -> None:
    for step in run.steps.values():
        stored = book.rows("SELECT number, state FROM attempt WHERE step = ? ORDER BY number", step.id)
        assert [number for number, _ in stored] == list(range(1, step.attempt + 1))
        running = [state == AttemptState.RUNNING for _, state in stored]
        assert running == [False] * (len(running) - 1) + [step.state is StepState.RUNNING] * bool(running)


def check_gates(book: Book, run: Run) -> None:
    assert book.rows("SELECT id, state, approvals, opened_at, closed_at, digest FROM gate ORDER BY id") == [
        (gate.id, gate.state, gate.approvals, micros(gate.opened_at), micros(gate.closed_at), gate.digest)
        for gate in sorted(run.gates.values(), key=lambda gate: gate.id)
    ]
    assert book.rows("SELECT gate, actor, identity, verdict, at, reason FROM decision ORDER BY seq") == [
        (gate.id, item.actor, item.identity, item.verdict, micros(item.at), item.reason)
        for gate in run.gates.values()
        for item in gate.decisions
    ]


def check_parts(book: Book, run: Run) -> None:
    stored = {key: json.loads(value) for key, value in book.rows("SELECT key, value FROM state")}
    assert stored == run.shared
    assert book.rows("SELECT step, text, acknowledged FROM caveat ORDER BY position") == [
        (caveat.step, caveat.text, caveat.acknowledged) for caveat in run.caveats
    ]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_run_can_be_had_as_it_was_after_any_event(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        book = open_book(folder)
        try:
            run = play(data, book, FULL)
            seqs: Sequence[int] = [row[0] for row in book.rows("SELECT seq FROM event ORDER BY seq")]
            until = data.draw(st.sampled_from(seqs))
            then = book.lookup.run("r1", until)
            assert sum(then.count.values()) == len(run.steps)
            assert then.created_at == run.created_at
            assert replace(book.lookup.run("r1", seqs[-1])) == run
        finally:
            book.connection.close()
