"""Queues, counts, and all of the dashboard as of one moment."""

from __future__ import annotations

from engine.core.states import RunState
from engine.store.records import Counts, EngineRecord, Overview, QueueRecord
from engine.store.times import micros, seconds
from engine.store.views.gates import read_gates
from engine.store.views.queues import read_queues
from engine.store.views.reader import Read, Reader
from engine.store.views.runs import read_active

LATELY = 86_400.0
"""Seconds that count as lately."""


class DashboardViews(Reader):
    """The whole home at a glance."""

    async def queues(self) -> list[QueueRecord]:
        """All queues by name, with what runs and waits now."""
        async with self.snapshot() as read:
            return list((await read_queues(read)).values())

    async def counts(self, now: float) -> Counts:
        """The numbers of a status line; `now` in seconds since 1970."""
        async with self.snapshot() as read:
            return await _read_counts(read, now)

    async def overview(self, now: float) -> Overview:
        """Counts, queues, active runs and open gates as of one moment."""
        async with self.snapshot() as read:
            queues = await read_queues(read)
            return Overview(
                counts=await _read_counts(read, now),
                queues=tuple(queues.values()),
                runs=tuple(await read_active(read, queues)),
                gates=tuple(await read_gates(read, "gate.state = 'open'")),
            )

    async def engine(self) -> EngineRecord | None:
        """The engine that wrote last; None when there was none yet."""
        async with self.reading() as read:
            row = await read.row("SELECT epoch, pid, boot, started_at, version, slots FROM engine")
        if row is None:
            return None
        return EngineRecord(row[0], row[1], row[2], seconds(row[3]), row[4], row[5])


async def _read_counts(read: Read, now: float) -> Counts:
    tally = await read.rows("SELECT state, runs FROM tally WHERE runs > 0")
    gates = await read.row("SELECT count(*) FROM gate WHERE state = 'open'")
    failed = await read.row(
        "SELECT count(*) FROM run INDEXED BY run_failed WHERE state = 'failed' AND ended_at >= ?",
        micros(now - LATELY),
    )
    return Counts(
        runs={RunState(row["state"]): row["runs"] for row in tally},
        open_gates=gates[0] if gates else 0,
        failed_lately=failed[0] if failed else 0,
    )
