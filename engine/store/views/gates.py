"""Gates and their decisions."""

from __future__ import annotations

import json
from collections import defaultdict

from engine.core.errors import NotFound
from engine.core.states import Consequence, GateKind, GateState, Verdict
from engine.store.records import DecisionRecord, GateRecord
from engine.store.times import seconds
from engine.store.views.find import resolve
from engine.store.views.reader import Read, Reader, Row

_ORDER = """
ORDER BY closed_at IS NOT NULL, closed_at DESC,
    CASE consequence WHEN 'high' THEN 0 WHEN 'medium' THEN 1 ELSE 2 END,
    deadline IS NULL, deadline, opened_at, id
LIMIT ?
"""
_MANY = 1000


class GateViews(Reader):
    """The inbox, and what was decided."""

    async def gates(self, *, open_only: bool = True, limit: int = _MANY) -> list[GateRecord]:
        """Open gates, the gravest and most urgent first; then, if asked for, closed ones, latest first."""
        async with self.snapshot() as read:
            return await read_gates(read, "gate.state = 'open'" if open_only else "true", limit=limit)

    async def gate(self, gate: str) -> GateRecord:
        """One gate with its content and decisions. Raises NotFound."""
        async with self.snapshot() as read:
            found = await read_gates(read, "gate.id = ?", gate)
        if not found:
            raise NotFound(f"There is no gate {gate}. List them with `opsgate gates --all`.")
        return found[0]

    async def resolve_gate(self, prefix: str) -> str:
        """The id of the only gate that begins with `prefix`. Raises NotFound, Ambiguous."""
        async with self.reading() as read:
            return await resolve(read, "gate", prefix)


async def read_gates(read: Read, condition: str, *values: str, limit: int = _MANY) -> list[GateRecord]:
    """The gates that meet `condition`, SQL of our own with `values` for its question marks."""
    decisions: defaultdict[str, list[DecisionRecord]] = defaultdict(list)
    chosen = f"SELECT gate.id FROM gate WHERE {condition} {_ORDER}"
    for row in await read.rows(
        f"SELECT * FROM decision WHERE gate IN ({chosen}) ORDER BY seq", *values, limit
    ):
        decisions[row["gate"]].append(_decision(row))
    rows = await read.rows(f"SELECT * FROM gate WHERE {condition} {_ORDER}", *values, limit)
    return [_gate(row, tuple(decisions[row["id"]])) for row in rows]


def _decision(row: Row) -> DecisionRecord:
    return DecisionRecord(
        seq=row["seq"],
        actor=row["actor"],
        identity=row["identity"],
        verdict=Verdict(row["verdict"]),
        digest=row["digest"],
        at=seconds(row["at"]),
        reason=row["reason"],
        form=json.loads(row["form"]),
    )


def _gate(row: Row, decisions: tuple[DecisionRecord, ...]) -> GateRecord:
    return GateRecord(
        id=row["id"],
        run=row["run"],
        step=row["step"],
        state=GateState(row["state"]),
        kind=GateKind(row["kind"]),
        title=row["title"],
        consequence=Consequence(row["consequence"]),
        content=json.loads(row["content"]),
        digest=row["digest"],
        revision=row["revision"],
        candidates=json.loads(row["candidates"]),
        four_eyes=bool(row["four_eyes"]),
        quorum=row["quorum"],
        allowed=tuple(map(Verdict, json.loads(row["allowed"]))),
        form=json.loads(row["form"]),
        on_deadline=row["on_deadline"],
        approvals=row["approvals"],
        opened_at=seconds(row["opened_at"]),
        deadline=seconds(row["deadline"]),
        closed_at=seconds(row["closed_at"]),
        decisions=decisions,
    )
