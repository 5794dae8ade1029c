"""Lists of runs: filtered, newest first, page by page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from engine.core.errors import NotFound
from engine.core.states import RunState
from engine.store.records import DefinitionRecord, QueueRecord, RunRecord
from engine.store.times import micros, seconds
from engine.store.views.find import resolve
from engine.store.views.queues import read_queues
from engine.store.views.reader import Read, Reader, Row
from engine.store.views.waiting import slot

# The columns stand in the order of RunRecord's fields.
RUN: Final = """
SELECT run.id, run.workflow, run.definition, run.state, run.why, run.queue, run.priority, run.key,
    run.created_at, run.started_at, run.ended_at, run.steps_done, run.steps_total, run.cost_usd,
    run.tokens, run.labels, run.parent, run.forked_from, run.starter, run.folder, run.concurrency,
    CASE WHEN run.ended_at IS NULL THEN (
        SELECT step.id FROM step INDEXED BY step_live
        WHERE step.run = run.id AND step.ended_at IS NULL
            AND step.state IN ('running', 'indeterminate', 'waiting', 'retry_wait', 'queued')
        ORDER BY CASE step.state
            WHEN 'running' THEN 0 WHEN 'indeterminate' THEN 1 WHEN 'waiting' THEN 2
            WHEN 'retry_wait' THEN 3 ELSE 4 END, step.position
        LIMIT 1
    ) END AS current,
    CASE WHEN run.ended_at IS NULL THEN (
        SELECT gate.id FROM gate WHERE gate.run = run.id AND gate.state = 'open'
        ORDER BY gate.opened_at LIMIT 1
    ) END AS gate
FROM run
"""
_NEWEST: Final = "ORDER BY run.created_at DESC, run.id DESC"


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs: all conditions must hold. `text` is part of an id, workflow or key; `since` in seconds."""

    states: tuple[RunState, ...] = ()
    workflow: str | None = None
    queue: str | None = None
    since: float | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the list, behind the last run of a page; runs that are added later do not move it."""

    created_at: float
    id: str


@dataclass(frozen=True, slots=True)
class Page:
    """Some runs, newest first; `next` is where the following page begins, None at the end."""

    runs: tuple[RunRecord, ...]
    next: Cursor | None


class RunViews(Reader):
    """Runs and the definitions they are pinned to."""

    async def runs(
        self, wanted: RunFilter | None = None, cursor: Cursor | None = None, limit: int = 50
    ) -> Page:
        """A page of the runs that `wanted` describes, newest first."""
        statement, values = _page(wanted or RunFilter(), cursor, limit + 1)
        async with self.reading() as read:
            rows = await read.rows(statement, *values)
            found = await _records(read, rows[:limit])
        last = found[-1] if len(rows) > limit else None
        return Page(tuple(found), Cursor(last.created_at, last.id) if last else None)

    async def count(self, wanted: RunFilter | None = None) -> int:
        """How many runs `wanted` describes. Looks at each of them, unless it names states alone."""
        wanted = wanted or RunFilter()
        async with self.reading() as read:
            if wanted == RunFilter(states=wanted.states):
                tally = {row["state"]: row["runs"] for row in await read.rows("SELECT * FROM tally")}
                return sum(tally.get(state, 0) for state in wanted.states or tally)
            condition, values = _condition(wanted, wanted.states)
            row = await read.row(f"SELECT count(*) FROM run WHERE {condition}", *values)
        return 0 if row is None else int(row[0])

    async def active_runs(self) -> list[RunRecord]:
        """The runs that have not ended, newest first."""
        async with self.reading() as read:
            return await read_active(read)

    async def run(self, run: str) -> RunRecord:
        """One run by its whole id. Raises NotFound."""
        async with self.reading() as read:
            return await read_run(read, run)

    async def resolve_run(self, prefix: str) -> str:
        """The id of the only run that begins with `prefix`. Raises NotFound, Ambiguous."""
        async with self.reading() as read:
            return await resolve(read, "run", prefix)

    async def definition(self, digest: str) -> DefinitionRecord:
        """The definition with this digest. Raises NotFound."""
        async with self.reading() as read:
            row = await read.row("SELECT * FROM definition WHERE digest = ?", digest)
        if row is None:
            raise NotFound(f"There is no definition {digest[:12]}. See a run's with `opsgate show RUN`.")
        return DefinitionRecord(
            row["digest"], row["name"], json.loads(row["bundle"]), seconds(row["created_at"])
        )

    async def latest_definition(self, workflow: str) -> dict[str, Any] | None:
        """The bundle that the newest run of `workflow` is pinned to; None when it never ran here."""
        async with self.reading() as read:
            row = await read.row(
                "SELECT definition.bundle FROM run JOIN definition ON definition.digest = run.definition"
                f" WHERE run.workflow = ? {_NEWEST} LIMIT 1",
                workflow,
            )
        if row is None:
            return None
        bundle: dict[str, Any] = json.loads(row["bundle"])
        return bundle


async def read_run(read: Read, run: str) -> RunRecord:
    """One run by its whole id. Raises NotFound."""
    found = await _records(read, await read.rows(f"{RUN} WHERE run.id = ?", run))
    if not found:
        raise NotFound(f"There is no run {run}. List the runs with `opsgate runs`.")
    return found[0]


async def read_active(read: Read, queues: Mapping[str, QueueRecord] | None = None) -> list[RunRecord]:
    """The runs that have not ended, newest first."""
    return await _records(read, await read.rows(f"{RUN} WHERE run.ended_at IS NULL {_NEWEST}"), queues)


async def _records(
    read: Read, rows: Sequence[Row], queues: Mapping[str, QueueRecord] | None = None
) -> list[RunRecord]:
    if queues is None and any(row["state"] == RunState.QUEUED for row in rows):
        queues = await read_queues(read)
    return [_record(row, queues or {}) for row in rows]


def _record(row: Row, queues: Mapping[str, QueueRecord]) -> RunRecord:
    """By place and not by name: a name is looked up in `sqlite3.Row` column by column."""
    run, workflow, definition, state, why, queue, priority, key, created, started, ended, *rest = row
    done, total, cost, tokens, labels, *others = rest
    return RunRecord(
        run,
        workflow,
        definition,
        RunState(state),
        slot(queue, queues.get(queue)) if state == RunState.QUEUED else why,
        queue,
        priority,
        key,
        seconds(created),
        seconds(started),
        seconds(ended),
        done,
        total,
        cost,
        tokens,
        {} if labels == "{}" else json.loads(labels),
        *others,
    )


def _page(wanted: RunFilter, cursor: Cursor | None, limit: int) -> tuple[str, list[Any]]:
    """One query per state, each in the order of its index, so that no state is sorted as a whole."""
    arms: list[str] = []
    values: list[Any] = []
    arm_states: list[tuple[RunState, ...]] = [(state,) for state in wanted.states]
    for states in arm_states or [()]:
        condition, found = _condition(wanted, states)
        if cursor is not None:
            condition += " AND (run.created_at, run.id) < (?, ?)"
            found += [micros(cursor.created_at), cursor.id]
        arms.append(f"SELECT * FROM (SELECT run.rowid FROM run WHERE {condition} {_NEWEST} LIMIT ?)")
        values += [*found, limit]
    return f"{RUN} WHERE run.rowid IN ({' UNION ALL '.join(arms)}) {_NEWEST} LIMIT ?", [*values, limit]


def _condition(wanted: RunFilter, states: Sequence[RunState]) -> tuple[str, list[Any]]:
    parts: list[str] = ["true"]
    values: list[Any] = []

    def add(part: str, *found: Any) -> None:
        parts.append(part)
        values.extend(found)

    if states:
        add(f"run.state IN ({', '.join('?' * len(states))})", *states)
    if wanted.workflow is not None:
        add("run.workflow = ?", wanted.workflow)
    if wanted.queue is not None:
        add("run.queue = ?", wanted.queue)
    if wanted.since is not None:
        add("run.created_at >= ?", micros(wanted.since))
    for key, value in wanted.labels.items():
        add("EXISTS (SELECT 1 FROM json_each(run.labels) AS l WHERE l.key = ? AND l.value = ?)", key, value)
    if wanted.text:
        add(
            "instr(lower(run.id || ' ' || run.workflow || ' ' || coalesce(run.key, '')), lower(?))",
            wanted.text,
        )
    return " AND ".join(parts), values
