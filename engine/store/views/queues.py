"""Queues: what runs in them, and what waits."""

from __future__ import annotations

from collections.abc import Mapping

from engine.store.records import QueueRecord, QueueState
from engine.store.times import seconds
from engine.store.views.reader import Read

_QUEUES = """
SELECT queue.name, queue.state, coalesce(queue.slots, engine.slots, 0) AS slots
FROM queue LEFT JOIN engine ON engine.id = 1
ORDER BY queue.name
"""
_LIVE = """
SELECT run.queue AS name, step.state AS state, count(*) AS number, min(step.queued_at) AS oldest
FROM step JOIN run ON run.id = step.run
WHERE step.ended_at IS NULL AND step.state IN ('queued', 'running')
GROUP BY run.queue, step.state
"""


async def read_queues(read: Read) -> Mapping[str, QueueRecord]:
    """All queues by name."""
    live = {(row["name"], row["state"]): row for row in await read.rows(_LIVE)}
    found = {}
    for row in await read.rows(_QUEUES):
        name = row["name"]
        queued, running = live.get((name, "queued")), live.get((name, "running"))
        found[name] = QueueRecord(
            name=name,
            state=QueueState(row["state"]),
            slots=row["slots"],
            running=running["number"] if running else 0,
            queued=queued["number"] if queued else 0,
            oldest=seconds(queued["oldest"]) if queued else None,
        )
    return found
