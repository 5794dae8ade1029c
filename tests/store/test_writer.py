"""The writer: durable before it answers, in order, many changes to a commit."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable

import pytest

from engine.core import commands as c
from engine.core.decide import decide
from engine.core.errors import InvalidInput, StorageTrouble
from engine.core.facts import ENGINE, EngineStopped, EngineTrouble, StepEnded
from engine.core.states import StepState
from engine.home import Home
from engine.store.writer import MAX_BATCH, MAX_SMALL, Change, StoredAnswer
from tests.support import PATIENCE

from .build import START, Desk, open_store


def note(text: str) -> Change:
    return Change((EngineTrouble("test", text),), START, ENGINE, None, None)


def notes(home: Home) -> list[str]:
    """The stored notes, read with a connection of our own."""
    connection = sqlite3.connect(home.database)
    found = [row[0] for row in connection.execute("SELECT data ->> 'error' FROM event ORDER BY seq")]
    connection.close()
    return found


async def test_what_is_answered_is_stored(desk: Desk, home: Home) -> None:
    await desk.put(note("one"))
    assert notes(home) == ["one"]


async def test_changes_put_together_share_commits(desk: Desk, home: Home) -> None:
    await desk.put(note("first"))
    before = desk.writer.commits
    await asyncio.gather(*(desk.sent(note(str(number))) for number in range(1200)))
    assert notes(home) == ["first", *map(str, range(1200))]
    assert 1200 / MAX_BATCH <= desk.writer.commits - before <= 20


async def test_answers_come_in_order(desk: Desk) -> None:
    answered: list[int] = []

    def answer(number: int) -> Callable[[StorageTrouble | None], None]:
        return lambda _trouble: answered.append(number)

    for number in range(300):
        desk.writer.put(note(str(number)), answer(number))
    await desk.put(note("last"))
    assert answered == list(range(300))


async def test_an_answer_that_fails_keeps_no_other_from_its_own(desk: Desk) -> None:
    heard: list[str] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, context: heard.append(str(context["exception"])))

    def fail(_trouble: StorageTrouble | None) -> None:
        raise RuntimeError("a fault of the caller's")

    desk.writer.put(note("one"), fail)
    await desk.put(note("two"))
    assert heard == ["a fault of the caller's"]


async def test_an_answer_that_fails_holds_up_nothing_behind_it(desk: Desk) -> None:
    loop = asyncio.get_running_loop()
    failed = loop.create_future()
    loop.set_exception_handler(lambda _loop, context: failed.set_result(context["exception"]))
    behind = loop.create_future()

    def fail(_trouble: StorageTrouble | None) -> None:
        raise RuntimeError("a fault of the caller's")

    for number in range(MAX_SMALL + 1):  # more than the loop stores by itself, so that a thread has them
        desk.writer.put(note(str(number)), fail if number == MAX_SMALL else lambda _: None)
    loop.call_soon(desk.writer.put, note("behind"), behind.set_result)
    async with asyncio.timeout(PATIENCE):
        await failed
        assert await behind is None


async def test_closing_stores_and_answers_what_is_pending(home: Home) -> None:
    store = open_store(home)
    writer = store.start_writer(asyncio.get_running_loop())
    answers: list[StorageTrouble | None] = []
    for number in range(50):
        writer.put(note(str(number)), answers.append)
    await store.close()
    assert answers == [None] * 50
    assert len(notes(home)) == 50


async def test_a_value_that_json_cannot_say_is_refused_and_the_writer_goes_on(desk: Desk, home: Home) -> None:
    await desk.submit("r1")
    bad = StepEnded("one", StepState.SUCCEEDED, None, {"x": float("nan")})
    with pytest.raises(InvalidInput, match="cannot be stored"):
        desk.writer.put(Change((bad,), START, ENGINE, None, desk.runs["r1"]), lambda _: None)
    await desk.finish("r1")


async def test_an_older_engine_can_write_no_more(desk: Desk, home: Home) -> None:
    await desk.put(note("mine"))
    newer = open_store(home)
    with pytest.raises(StorageTrouble, match="Another engine took over"):
        await desk.put(note("too late"))
    with pytest.raises(StorageTrouble, match="Another engine took over"):
        await desk.put(note("still too late"))
    assert notes(home) == ["mine"]
    await newer.close()


async def test_a_change_that_breaks_a_rule_stops_everything(desk: Desk, home: Home) -> None:
    await desk.submit("r1")
    run = desk.runs["r1"]
    decision = decide(run, c.StartAttempt("one"), desk.at)
    twice = Change(decision.facts * 2, desk.at, ENGINE, None, decision.run)
    with pytest.raises(StorageTrouble, match="please report it"):
        await desk.put(twice)
    with pytest.raises(StorageTrouble, match="please report it"):
        await desk.put(note("later"))
    assert "attempt.started" not in {
        row[0] for row in sqlite3.connect(home.database).execute("SELECT type FROM event")
    }


async def test_an_answer_is_kept_with_its_change(desk: Desk) -> None:
    await desk.submit("r1")
    answer = StoredAnswer("key-1", "cancel", "d1", "alice", {"run": "r1", "state": "cancelled"})
    await desk.do("r1", c.CancelRun(), answer=answer)
    assert desk.store.lookup.answer("key-1") == answer
    assert desk.store.lookup.answer("key-2") is None


async def test_an_answer_without_facts_is_kept_too(desk: Desk) -> None:
    answer = StoredAnswer("key-1", "decide", "d1", "alice", {"state": "approved"})
    await desk.put(Change((), START, ENGINE, None, None, answer=answer))
    assert desk.store.lookup.answer("key-1") == answer


async def test_the_engine_s_own_facts_belong_to_no_run(desk: Desk, home: Home) -> None:
    await desk.record(EngineStopped("detach"), reason="done")
    (row,) = sqlite3.connect(home.database).execute("SELECT run, type, actor, reason FROM event")
    assert row == (None, "engine.stopped", "engine", "done")
