"""Runs from their events, for recovery and for questions that need a whole `Run`."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

from engine.core.errors import NotFound, StorageTrouble
from engine.core.facts import Actor, EngineStarted, EngineStopped, EngineTrouble, Event, RunCreated
from engine.core.fold import fold
from engine.core.run import Run, new_run
from engine.core.workflow import Workflow
from engine.store.chain import COLUMNS, Row
from engine.store.changes import StoredAnswer
from engine.store.log import to_event
from engine.store.trouble import as_trouble

Compile = Callable[[str, Mapping[str, Any]], Workflow]
"""Makes the workflow of a stored definition, from its digest and its bundle."""


class Lookup:
    """The engine's questions to its record, over a read-only connection. All may raise StorageTrouble."""

    def __init__(self, connection: sqlite3.Connection, path: Path, compile_workflow: Compile) -> None:
        self._connection = connection
        self._path = path
        self._compile = compile_workflow
        self._workflows: dict[tuple[str, str], Workflow] = {}

    def close(self) -> None:
        self._connection.close()

    def open_runs(self) -> list[Run]:
        """All runs that have not ended, folded from their events, oldest first."""
        rows = self._rows(
            f"SELECT {COLUMNS} FROM event"
            " WHERE run IN (SELECT id FROM run WHERE ended_at IS NULL) ORDER BY run, seq"
        )
        runs = [self._fold(events) for _, events in groupby(map(to_event, rows), attrgetter("run"))]
        return sorted(runs, key=lambda run: (run.created_at, run.id))

    def run(self, run_id: str, until: int | None = None) -> Run:
        """One run as it is, or as it was right after event `until`. Raises NotFound."""
        rows = self._rows(
            f"SELECT {COLUMNS} FROM event WHERE run = ? AND (? IS NULL OR seq <= ?) ORDER BY seq",
            run_id,
            until,
            until,
        )
        if not rows:
            raise NotFound(f"There is no run {run_id}. List the runs with `opsgate runs`.")
        return self._fold(map(to_event, rows))

    def run_of_gate(self, gate: str) -> Run:
        """The run that the gate belongs to. Raises NotFound."""
        row = self._row("SELECT run FROM gate WHERE id = ?", gate)
        if row is None:
            raise NotFound(f"There is no gate {gate}. List them with `opsgate gates --all`.")
        return self.run(row[0])

    def run_by_key(self, workflow: str, key: str) -> str | None:
        """The id of the run that was submitted with `key`."""
        row = self._row("SELECT id FROM run WHERE key = ? AND workflow = ?", key, workflow)
        return None if row is None else str(row[0])

    def answer(self, key: str) -> StoredAnswer | None:
        """The answer that the request `key` got."""
        row = self._row("SELECT key, verb, digest, actor, answer FROM request WHERE key = ?", key)
        if row is None:
            return None
        key, verb, digest, actor, answer = row
        return StoredAnswer(key, verb, digest, actor, json.loads(answer))

    def last_run_id(self) -> str | None:
        """The greatest run id so far."""
        row = self._row("SELECT id FROM run ORDER BY id DESC LIMIT 1")
        return None if row is None else str(row[0])

    def has_queue(self, name: str) -> bool:
        return self._row("SELECT 1 FROM queue WHERE name = ?", name) is not None

    def slots(self) -> dict[str, int]:
        """The queues that have a number of slots of their own, with that number."""
        return dict(self._rows("SELECT name, slots FROM queue WHERE slots IS NOT NULL"))

    def _rows(self, statement: str, *values: str | int | None) -> list[Row]:
        with as_trouble(self._path):
            return self._connection.execute(statement, values).fetchall()

    def _row(self, statement: str, *values: str | int | None) -> Row | None:
        return next(iter(self._rows(statement, *values)), None)

    def _fold(self, events: Iterable[Event]) -> Run:
        run: Run | None = None
        for event in events:
            fact = event.fact
            if isinstance(fact, RunCreated):
                run = new_run(str(event.run), self._workflow(fact.definition, fact.origin))
            if run is None or isinstance(fact, EngineStarted | EngineStopped | EngineTrouble):
                raise StorageTrouble(
                    f"The history of run {event.run} is damaged at event {event.seq}. "
                    "Check it with `opsgate doctor`, then restore a backup."
                )
            fold(run, fact, event.at, Actor(event.actor, event.identity), event.reason)
        if run is None:
            raise NotFound("There is no such run. List the runs with `opsgate runs`.")
        return run

    def _workflow(self, digest: str, origin: str) -> Workflow:
        """The same file may have been submitted from several folders, and each run keeps its own."""
        found = self._workflows.get((digest, origin))
        if found is None:
            row = self._row("SELECT bundle FROM definition WHERE digest = ?", digest)
            if row is None:
                raise StorageTrouble(
                    f"The definition {digest[:12]} is missing from the database. Restore a backup."
                )
            bundle = {**json.loads(row[0]), "folder": origin}
            found = self._workflows[digest, origin] = self._compile(digest, bundle)
        return found
