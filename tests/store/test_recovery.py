"""What the next engine finds: the runs as they were, its place in the log, the answers already given."""

from __future__ import annotations

import sqlite3

import pytest

from engine.core import commands as c
from engine.core.errors import NotFound, StorageTrouble
from engine.home import Home

from .build import FULL, START, Desk, open_store


async def test_the_next_engine_finds_the_open_runs_as_they_were(desk: Desk, home: Home) -> None:
    await desk.submit("r1", FULL)
    await desk.do("r1", c.StartAttempt("fetch"))
    await desk.submit("r2")
    await desk.submit("r3")
    await desk.finish("r3")
    await desk.store.close()
    store = open_store(home)
    assert store.open_runs() == [desk.runs["r1"], desk.runs["r2"]]
    assert store.lookup.run("r3") == desk.runs["r3"]
    assert store.last_run_id() == "r3"


async def test_a_run_is_found_by_its_key_and_its_gates(desk: Desk) -> None:
    await desk.submit("r1", FULL, key="nightly")
    await desk.execute("r1", "fetch")
    await desk.execute("r1", "write")
    (asked,) = desk.runs["r1"].gates
    lookup = desk.store.lookup
    assert lookup.run_by_key("full", "nightly") == "r1"
    assert lookup.run_by_key("chain", "nightly") is None
    assert lookup.run_of_gate(asked) == desk.runs["r1"]
    for unknown in (lookup.run, lookup.run_of_gate):
        with pytest.raises(NotFound):
            unknown("nothing")


async def test_the_past_is_still_there(desk: Desk) -> None:
    before = await desk.submit("r1")
    seq = desk.writer.head[0]
    await desk.finish("r1")
    assert desk.store.lookup.run("r1", until=seq) == before


async def test_queues_are_known(desk: Desk) -> None:
    assert desk.store.lookup.has_queue("default")
    assert not desk.store.lookup.has_queue("nowhere")
    assert desk.store.slots() == {}


async def test_a_run_without_its_beginning_is_refused(desk: Desk, home: Home) -> None:
    await desk.submit("r1")
    await desk.do("r1", c.StartAttempt("one"))
    await desk.store.close()
    raw = sqlite3.connect(home.database, isolation_level=None)
    raw.execute("DROP TRIGGER event_is_never_deleted")
    raw.execute("DELETE FROM event WHERE seq = 1")
    raw.close()
    with pytest.raises(StorageTrouble, match="damaged at event 2"):
        open_store(home).open_runs()


async def test_times_come_back_exactly(desk: Desk) -> None:
    desk.at = START + 0.123457
    run = await desk.submit("r1")
    assert desk.store.lookup.run("r1").created_at == run.created_at
