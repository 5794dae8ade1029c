"""The history: events as they are stored, and the check of their chain."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any, Final

from engine.store.chain import COLUMNS, GENESIS, Verification, verify
from engine.store.database import open_reading
from engine.store.records import EventRecord
from engine.store.times import seconds
from engine.store.trouble import as_trouble
from engine.store.views.reader import Reader, Row

_EVENTS: Final = f"SELECT {COLUMNS} FROM event"
ATTEMPT_EVENTS: Final = ("attempt.adopted", "attempt.ended", "attempt.started", "attempt.timed_out")
"""The engine's own events about an attempt; all others that name an attempt are its agent's."""

_NO_AGENT: Final = ", ".join(f"'{name}'" for name in ATTEMPT_EVENTS)


class EventViews(Reader):
    """What happened, by number."""

    async def events(self, run: str | None = None, *, after: int = 0, limit: int = 500) -> list[EventRecord]:
        """Events with a number above `after`, earliest first; of one run, or of everything."""
        return await self._events("seq > ?", [after], run, "seq", limit)

    async def latest_events(
        self, run: str | None = None, *, before: int | None = None, limit: int = 500
    ) -> list[EventRecord]:
        """Events with a number below `before`, latest first; of one run, or of everything."""
        bound = 2**63 - 1 if before is None else before
        return await self._events("seq < ?", [bound], run, "seq DESC", limit)

    async def agent_events(
        self, run: str, step: str, *, after: int = 0, limit: int = 500
    ) -> list[EventRecord]:
        """What the agent of a step reported (messages, tools, usage), earliest first."""
        condition = f"seq > ? AND step = ? AND attempt IS NOT NULL AND type NOT IN ({_NO_AGENT})"
        return await self._events(condition, [after, step], run, "seq", limit)

    async def last_event(self, run: str | None = None) -> int:
        """The number of the latest event, 0 when there is none."""
        found = await self.latest_events(run, limit=1)
        return found[0].seq if found else 0

    async def head(self) -> Verification:
        """The end of the log as it claims to be; `verify` finds out whether that is true."""
        found = await self.latest_events(limit=1)
        return Verification(None, found[0].seq, found[0].hash) if found else _EMPTY

    async def verify(self) -> Verification:
        """Check the whole chain, which takes some seconds for a million events."""
        return await asyncio.to_thread(_verify, self._path)

    async def _events(
        self, condition: str, values: list[Any], run: str | None, order: str, limit: int
    ) -> list[EventRecord]:
        if run is not None:
            condition, values = f"{condition} AND run = ?", [*values, run]
        async with self.reading() as read:
            rows = await read.rows(f"{_EVENTS} WHERE {condition} ORDER BY {order} LIMIT ?", *values, limit)
        return [_event(row) for row in rows]


_EMPTY: Final = Verification(None, 0, GENESIS.hex())


def _verify(path: Path) -> Verification:
    with as_trouble(path):
        connection = open_reading(path)
        if connection is None:
            return _EMPTY
        try:
            return verify(connection)
        finally:
            connection.close()


def _event(row: Row) -> EventRecord:
    return EventRecord(
        seq=row["seq"],
        at=seconds(row["at"]),
        run=row["run"],
        step=row["step"],
        attempt=row["attempt"],
        type=row["type"],
        actor=row["actor"],
        identity=row["identity"],
        reason=row["reason"],
        data=json.loads(row["data"]),
        hash=row["hash"].hex(),
    )
