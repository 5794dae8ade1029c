"""What is inside a run: steps, attempts, shared state, caveats, artifacts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from engine.core.errors import NotFound
from engine.core.states import AttemptState, Effects, GateState, StepKind, StepState
from engine.store.records import (
    ArtifactRecord,
    AttemptRecord,
    CaveatRecord,
    GateRecord,
    RunDetail,
    RunRecord,
    StepRecord,
)
from engine.store.times import seconds
from engine.store.views.gates import read_gates
from engine.store.views.queues import read_queues
from engine.store.views.reader import Read, Reader, Row
from engine.store.views.runs import read_run
from engine.store.views.waiting import Surroundings, waiting_for

# The columns stand in the order of StepRecord's fields.
_STEPS: Final = """
SELECT id, position, kind, state, attempt, effects, needs, queued_at, started_at, ended_at, due, exit_code,
    error, output, skipped_by, tokens, cost_usd
FROM step WHERE run = ? ORDER BY position
"""
_ATTEMPTS: Final = "SELECT * FROM attempt WHERE run = ?"
_ARTIFACTS: Final = """
SELECT artifact.name, artifact.step, artifact.attempt, artifact.size, artifact.sha256
FROM artifact JOIN step ON step.run = artifact.run AND step.id = artifact.step
WHERE artifact.run = ? AND artifact.attempt = (
    SELECT max(attempt.number) FROM attempt
    WHERE attempt.run = artifact.run AND attempt.step = artifact.step AND attempt.ended_at IS NOT NULL
)
ORDER BY step.position, artifact.name
"""


class StepViews(Reader):
    """One run from within."""

    async def detail(self, run: str) -> RunDetail:
        """All there is to know about a run, as of one moment. Raises NotFound."""
        async with self.snapshot() as read:
            record = await read_run(read, run)
            gates = await read_gates(read, "gate.run = ?", run)
            return RunDetail(
                run=record,
                inputs=await _inputs(read, run),
                steps=tuple(await _steps(read, record, gates)),
                attempts=tuple(await _attempts(read, run, None)),
                state=await _state(read, run),
                caveats=tuple(await _caveats(read, run)),
                gates=tuple(gates),
                artifacts=tuple(await _artifacts(read, run)),
            )

    async def steps(self, run: str) -> list[StepRecord]:
        """The steps in file order. Raises NotFound when there is no such run."""
        async with self.snapshot() as read:
            record = await read_run(read, run)
            return await _steps(read, record, await read_gates(read, "gate.run = ?", run))

    async def attempts(self, run: str, step: str | None = None) -> list[AttemptRecord]:
        """The attempts of a run, or of one step of it: steps in file order, earliest attempt first."""
        async with self.reading() as read:
            return await _attempts(read, run, step)

    async def attempt(self, run: str, step: str, number: int) -> AttemptRecord:
        """One attempt. Raises NotFound."""
        async with self.reading() as read:
            row = await read.row(f"{_ATTEMPTS} AND step = ? AND number = ?", run, step, number)
        if row is None:
            raise NotFound(f"Step {step} of run {run} has no attempt {number}. See `opsgate show {run}`.")
        return _attempt(row)

    async def inputs(self, run: str) -> Mapping[str, Any]:
        """The values a run was submitted with."""
        async with self.reading() as read:
            return await _inputs(read, run)

    async def state(self, run: str) -> Mapping[str, Any]:
        """The run's shared record."""
        async with self.reading() as read:
            return await _state(read, run)

    async def caveats(self, run: str) -> list[CaveatRecord]:
        """What the run's steps are unsure of, in the order they said so."""
        async with self.reading() as read:
            return await _caveats(read, run)

    async def artifacts(self, run: str) -> list[ArtifactRecord]:
        """The files that each step's latest ended attempt kept, steps in file order."""
        async with self.reading() as read:
            return await _artifacts(read, run)


async def _steps(read: Read, run: RunRecord, gates: Sequence[GateRecord]) -> list[StepRecord]:
    rows = await read.rows(_STEPS, run.id)
    steps = [_step(row) for row in rows]
    if run.ended_at is not None:
        return steps
    around = Surroundings(
        run=run,
        steps={step.id: step.state for step in steps},
        gates={gate.step: gate for gate in gates if gate.state is GateState.OPEN},
        queue=(await read_queues(read)).get(run.queue),
    )
    return [step._replace(waiting_for=waiting_for(step, around)) for step in steps]


async def _attempts(read: Read, run: str, step: str | None) -> list[AttemptRecord]:
    rows = await read.rows(
        "SELECT attempt.* FROM attempt JOIN step ON step.run = attempt.run AND step.id = attempt.step"
        " WHERE attempt.run = ? AND (? IS NULL OR attempt.step = ?) ORDER BY step.position, attempt.number",
        run,
        step,
        step,
    )
    return [_attempt(row) for row in rows]


async def _inputs(read: Read, run: str) -> Mapping[str, Any]:
    row = await read.row("SELECT inputs FROM run WHERE id = ?", run)
    inputs: dict[str, Any] = {} if row is None else json.loads(row["inputs"])
    return inputs


async def _state(read: Read, run: str) -> Mapping[str, Any]:
    rows = await read.rows("SELECT key, value FROM state WHERE run = ? ORDER BY key", run)
    return {row["key"]: json.loads(row["value"]) for row in rows}


async def _caveats(read: Read, run: str) -> list[CaveatRecord]:
    rows = await read.rows("SELECT step, text, acknowledged FROM caveat WHERE run = ? ORDER BY position", run)
    return [CaveatRecord(row["step"], row["text"], bool(row["acknowledged"])) for row in rows]


async def _artifacts(read: Read, run: str) -> list[ArtifactRecord]:
    return [ArtifactRecord(*row) for row in await read.rows(_ARTIFACTS, run)]


def _step(row: Row) -> StepRecord:
    step, position, kind, state, attempt, effects, needs, queued, started, ended, due, *rest = row
    exit_code, error, output, *others = rest
    return StepRecord(
        step,
        position,
        StepKind(kind),
        StepState(state),
        attempt,
        Effects(effects),
        tuple(json.loads(needs)),
        seconds(queued),
        seconds(started),
        seconds(ended),
        seconds(due),
        exit_code,
        error,
        json.loads(output),
        *others,
    )


def _attempt(row: Row) -> AttemptRecord:
    return AttemptRecord(
        run=row["run"],
        step=row["step"],
        number=row["number"],
        state=AttemptState(row["state"]),
        started_at=seconds(row["started_at"]),
        ended_at=seconds(row["ended_at"]),
        exit_code=row["exit_code"],
        signal=row["signal"],
        error=row["error"],
    )
