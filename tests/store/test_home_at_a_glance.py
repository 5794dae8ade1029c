"""Queues, counts, gates and the news: what a dashboard asks again and again."""

from __future__ import annotations

import asyncio

import pytest

from engine.core import commands as c
from engine.core.errors import NotFound
from engine.core.states import Consequence, RunState, Verdict
from engine.home import Home
from engine.store.views import RunFilter, Views

from .build import ALICE, BOB, KNOWN, START, Desk, gate, open_store, workflow

GATES = {
    name: workflow(gate("ask", consequence=consequence, deadline=deadline, users=("alice",)), name=name)
    for name, consequence, deadline in (
        ("low-soon", Consequence.LOW, 60.0),
        ("high-never", Consequence.HIGH, None),
        ("high-late", Consequence.HIGH, 900.0),
        ("high-soon", Consequence.HIGH, 60.0),
    )
}
KNOWN.update({item.digest: item for item in GATES.values()})
DAY = 86_400.0


async def test_an_empty_home_lists_nothing(views: Views) -> None:
    assert (await views.runs()).runs == ()
    assert await views.count() == 0
    assert await views.gates() == []
    assert await views.events() == []
    assert await views.queues() == []
    assert await views.active_runs() == []
    assert await views.last_event() == 0
    assert await views.engine() is None
    assert await views.data_version() == 0
    assert (await views.overview(START)).counts.runs == {}
    with pytest.raises(NotFound):
        await views.run("r1")


async def test_a_database_made_later_is_found(views: Views, home: Home) -> None:
    assert await views.queues() == []
    store = open_store(home)
    assert [queue.name for queue in await views.queues()] == ["default"]
    engine = await views.engine()
    assert engine is not None
    assert (engine.epoch, engine.slots, engine.started_at) == (store.epoch, 2, START)


async def test_every_change_is_news(desk: Desk, views: Views) -> None:
    before = await views.data_version()
    assert before == await views.data_version()
    await desk.submit("r1")
    assert await views.data_version() != before


async def test_news_wake_who_waits_for_them(desk: Desk, views: Views) -> None:
    await views.changed_or(0.01)
    waiter = asyncio.ensure_future(views.changed())
    await desk.submit("r1")
    await asyncio.wait_for(waiter, 10)
    assert (await views.runs()).runs[0].id == "r1"


async def test_a_change_between_two_waits_is_not_missed(desk: Desk, views: Views) -> None:
    await views.changed_or(0.01)
    await desk.submit("r1")
    await asyncio.wait_for(views.changed(), 10)


async def test_a_reader_that_gives_up_leaves_nothing_behind(desk: Desk, views: Views) -> None:
    """Whenever it is cancelled: a transaction left open would show the same moment for ever."""
    for turns in range(12):
        asked = asyncio.ensure_future(views.overview(desk.at))
        for _ in range(turns):
            await asyncio.sleep(0)
        asked.cancel()
        await asyncio.wait([asked])
        await desk.submit(f"r{turns:02}")
        assert (await views.runs(limit=1)).runs[0].id == f"r{turns:02}"
        assert sum((await views.counts(desk.at)).runs.values()) == turns + 1


async def test_counts_follow_every_move(desk: Desk, views: Views) -> None:
    for run in ("r1", "r2", "r3"):
        await desk.submit(run)
    await desk.finish("r1")
    await desk.execute("r2", "one", exit_code=1)
    await desk.submit("r4", GATES["low-soon"])
    counts = await views.counts(desk.at)
    assert counts.runs == {
        RunState.SUCCEEDED: 1,
        RunState.FAILED: 1,
        RunState.QUEUED: 1,
        RunState.WAITING: 1,
    }
    assert (counts.open_gates, counts.failed_lately) == (1, 1)
    assert (await views.counts(desk.at + DAY + 1)).failed_lately == 0
    assert await views.count(RunFilter(states=(RunState.FAILED, RunState.QUEUED))) == 2


async def test_queues_say_what_runs_and_how_long_the_oldest_has_waited(desk: Desk, views: Views) -> None:
    for run in ("r1", "r2", "r3"):
        await desk.submit(run)
    await desk.do("r1", c.StartAttempt("one"))
    (queue,) = await views.queues()
    assert (queue.name, queue.state, queue.slots) == ("default", "open", 2)
    assert (queue.running, queue.queued, queue.oldest) == (1, 2, START + 2)


async def test_a_queue_that_a_workflow_names_comes_with_its_first_run(desk: Desk, views: Views) -> None:
    await desk.submit("r1", queue="delivery")
    await desk.submit("r2", queue="delivery")
    delivery = (await views.queues())[1]
    assert (delivery.name, delivery.slots, delivery.queued) == ("delivery", 2, 2)


async def test_the_gravest_and_most_urgent_gate_comes_first(desk: Desk, views: Views) -> None:
    for number, item in enumerate(GATES.values()):
        await desk.submit(f"r{number}", item)
    await desk.answer("r0", ALICE)
    assert [found.run for found in await views.gates()] == ["r3", "r2", "r1"]
    await desk.answer("r1", ALICE, Verdict.REJECT)
    everything = await views.gates(open_only=False)
    assert [(found.run, found.state) for found in everything[:2]] == [("r3", "open"), ("r2", "open")]
    assert {(found.run, found.state) for found in everything[2:]} == {("r0", "approved"), ("r1", "rejected")}


async def test_a_gate_is_found_by_the_beginning_of_its_id(desk: Desk, views: Views) -> None:
    await desk.submit("r1", GATES["low-soon"])
    (asked,) = desk.runs["r1"].gates
    assert await views.resolve_gate(asked[:2]) == asked
    with pytest.raises(NotFound, match="opsgate gates --all"):
        await views.gate("nothing")


async def test_the_overview_is_all_of_it(desk: Desk, views: Views) -> None:
    await desk.submit("r1")
    await desk.submit("r2", GATES["low-soon"])
    await desk.submit("r3")
    await desk.finish("r3")
    seen = await views.overview(desk.at)
    assert [run.id for run in seen.runs] == ["r2", "r1"]
    assert [found.run for found in seen.gates] == ["r2"]
    assert [queue.name for queue in seen.queues] == ["default"]
    assert seen.counts == await views.counts(desk.at)


async def test_events_come_in_both_directions(desk: Desk, views: Views) -> None:
    await desk.submit("r1")
    await desk.submit("r2")
    await desk.do("r1", c.CancelRun(), BOB, "enough")
    everything = await views.events()
    assert [event.seq for event in everything] == list(range(1, len(everything) + 1))
    assert await views.last_event() == everything[-1].seq
    assert [event.seq for event in await views.events(after=3, limit=2)] == [4, 5]
    assert {event.run for event in await views.events("r2")} == {"r2"}
    assert [event.seq for event in await views.latest_events(limit=2)] == [
        event.seq for event in everything[:-3:-1]
    ]
    assert (await views.latest_events("r2"))[0].seq == await views.last_event("r2")
    cancelled = next(event for event in everything if event.type == "run.cancelling")
    assert (cancelled.actor, cancelled.identity, cancelled.reason) == ("bob", "claimed", "enough")
