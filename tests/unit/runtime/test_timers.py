"""Timers fire once, in order, when their time has come, and not before."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import partial

import pytest

from engine.runtime.timers import Timers
from tests.support import PATIENCE

from .clock import HandClock


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def timers(clock: HandClock) -> Timers:
    return Timers(clock)


@pytest.fixture
def fired() -> Iterator[list[str]]:
    yield []


async def test_they_fire_in_the_order_of_their_deadlines(
    clock: HandClock, timers: Timers, fired: list[str]
) -> None:
    for name, delay in (("late", 3.0), ("soon", 1.0), ("later", 5.0), ("also soon", 1.0)):
        timers.set(name, delay, partial(fired.append, name))
    clock.advance(0.999)
    timers.fire_due()
    assert fired == []
    clock.advance(2.001)
    timers.fire_due()
    assert fired == ["soon", "also soon", "late"]
    clock.advance(1000)
    timers.fire_due()
    timers.fire_due()
    assert fired == ["soon", "also soon", "late", "later"]
    timers.close()


async def test_a_name_set_again_has_only_its_new_deadline(
    clock: HandClock, timers: Timers, fired: list[str]
) -> None:
    timers.set("a", 1.0, lambda: fired.append("old"))
    timers.set("a", 5.0, lambda: fired.append("new"))
    clock.advance(2)
    timers.fire_due()
    assert fired == []
    timers.set("a", 1.0, lambda: fired.append("newest"))
    clock.advance(10)
    timers.fire_due()
    assert fired == ["newest"]
    timers.close()


async def test_what_was_dropped_never_fires(clock: HandClock, timers: Timers, fired: list[str]) -> None:
    timers.set("a", 1.0, lambda: fired.append("a"))
    timers.set("b", 1.0, lambda: fired.append("b"))
    timers.drop("a")
    timers.drop("never set")
    clock.advance(1)
    timers.fire_due()
    assert fired == ["b"]
    timers.set("c", 1.0, lambda: fired.append("c"))
    timers.close()
    clock.advance(1)
    timers.fire_due()
    assert fired == ["b"]


async def test_an_action_may_set_and_drop_timers(clock: HandClock, timers: Timers, fired: list[str]) -> None:
    def first() -> None:
        fired.append("first")
        timers.drop("second")
        timers.set("first", 1.0, lambda: fired.append("again"))
        timers.set("at once", -5.0, lambda: fired.append("at once"))

    timers.set("first", 1.0, first)
    timers.set("second", 1.5, lambda: fired.append("second"))
    clock.advance(1.5)
    timers.fire_due()
    assert fired == ["first", "at once"]
    clock.advance(1)
    timers.fire_due()
    assert fired == ["first", "at once", "again"]
    timers.close()


async def test_setting_the_wall_clock_moves_no_timer(
    clock: HandClock, timers: Timers, fired: list[str]
) -> None:
    timers.set("a", 60.0, lambda: fired.append("a"))
    clock.wall += 30 * 86400
    timers.fire_due()
    assert fired == []
    clock.wall -= 60 * 86400
    clock.steady += 60
    timers.fire_due()
    assert fired == ["a"]
    timers.close()


async def test_one_that_fails_silences_no_other(timers: Timers) -> None:
    loop = asyncio.get_running_loop()
    failed: asyncio.Future[BaseException] = loop.create_future()
    fired: asyncio.Future[str] = loop.create_future()
    loop.set_exception_handler(lambda _loop, context: failed.set_result(context["exception"]))

    def fail() -> None:
        raise RuntimeError("a fault of the action's")

    timers.set("bad", 0.0, fail)
    timers.set("good", 0.0, lambda: fired.set_result("good"))
    async with asyncio.timeout(PATIENCE):
        assert str(await failed) == "a fault of the action's"
        assert await fired == "good"
    timers.close()
