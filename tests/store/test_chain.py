"""Tampering with the history shows, and at which event."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sqlite3

import pytest

from engine.core.facts import EngineTrouble
from engine.home import Home
from engine.store.views import Views

from .build import ALICE, CHAIN, Desk, open_store


@pytest.fixture
async def history(desk: Desk) -> int:
    """The number of events of a run that has ended."""
    await desk.submit("r1", CHAIN, labels={"why": "Prüfung \ud800"})
    await desk.finish("r1")
    await desk.record(EngineTrouble("loop", "naïve"), actor=ALICE, reason="test")
    return desk.writer.head[0]


def tamper(home: Home, *statements: str) -> None:
    """Somebody with write access and no scruples."""
    connection = sqlite3.connect(home.database, isolation_level=None)
    for name in ("event_is_never_changed", "event_is_never_deleted"):
        connection.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        connection.execute(statement)
    connection.close()


async def test_an_untouched_history_is_whole(history: int, views: Views, desk: Desk) -> None:
    found = await views.verify()
    assert (found.bad, found.seq) == (None, history)
    assert (found.seq, found.hash) == desk.writer.head
    assert await views.head() == found


@pytest.mark.parametrize(
    "column", ["at", "run", "step", "type", "actor", "identity", "reason", "data", "hash"]
)
async def test_an_edited_column_is_found(history: int, home: Home, views: Views, column: str) -> None:
    other = "randomblob(32)" if column == "hash" else f"coalesce({column}, '') || '0'"
    tamper(home, f"UPDATE event SET {column} = {other} WHERE seq = 3")
    assert (await views.verify()).bad == 3


async def test_a_deleted_event_is_found(history: int, home: Home, views: Views) -> None:
    tamper(home, "DELETE FROM event WHERE seq = 4")
    assert (await views.verify()).bad == 4


async def test_events_that_changed_places_are_found(history: int, home: Home, views: Views) -> None:
    tamper(
        home,
        "UPDATE event SET seq = 1000 WHERE seq = 4",
        "UPDATE event SET seq = 4 WHERE seq = 5",
        "UPDATE event SET seq = 5 WHERE seq = 1000",
    )
    assert (await views.verify()).bad == 4


async def test_bytes_that_are_no_text_are_found(history: int, home: Home, views: Views) -> None:
    tamper(home, "UPDATE event SET data = CAST(x'ff80' AS TEXT) WHERE seq = 6")
    assert (await views.verify()).bad == 6


async def test_a_cut_tail_differs_from_a_head_kept_elsewhere(history: int, home: Home, views: Views) -> None:
    kept = await views.head()
    tamper(home, f"DELETE FROM event WHERE seq = {history}")
    found = await views.verify()
    assert found.bad is None
    assert (found.seq, found.hash) != (kept.seq, kept.hash)


async def test_anybody_can_compute_the_chain_from_the_documented_rule(history: int, home: Home) -> None:
    connection = sqlite3.connect(home.database)
    previous = bytes(32)
    for row in connection.execute(
        "SELECT seq, at, run, step, attempt, type, actor, identity, reason, data, hash FROM event"
        " ORDER BY seq"
    ):
        listed = [*row[:9], json.loads(row[9])]
        text = json.dumps(listed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        previous = hashlib.sha256(previous + text.encode("utf-8", "backslashreplace")).digest()
        assert previous == row[10]
    connection.close()


async def test_the_chain_goes_on_over_engines(home: Home, history: int, desk: Desk, views: Views) -> None:
    await desk.store.close()
    store = open_store(home)
    later = Desk(home, store, store.start_writer(asyncio.get_running_loop()))
    await later.record(EngineTrouble("loop", "again"))
    await store.close()
    found = await views.verify()
    assert (found.bad, found.seq) == (None, history + 1)


async def test_an_empty_home_has_an_empty_history(views: Views) -> None:
    found = await views.verify()
    assert (found.bad, found.seq, found.hash) == (None, 0, "0" * 64)
