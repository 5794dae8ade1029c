"""Run ids sort by time and never repeat, whatever the clock does."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from engine.runtime.ids import Ids

from .clock import HandClock


def test_an_id_is_short_and_plain() -> None:
    ids = Ids(HandClock())
    assert re.fullmatch(r"r[0-9a-z]{8}", ids.run())


@given(st.lists(st.floats(-1e6, 1e6), max_size=50))
def test_ids_grow_even_when_the_clock_steps_back(steps: list[float]) -> None:
    clock = HandClock()
    ids = Ids(clock)
    made = [ids.run()]
    for step in steps:
        clock.wall += step
        made.append(ids.run())
    assert made == sorted(set(made))


def test_ids_go_on_after_the_last_one_of_an_earlier_engine() -> None:
    clock = HandClock()
    last = Ids(clock).run()
    clock.wall -= 3 * 86400
    assert Ids(clock, last).run() > last


def test_a_clock_from_before_the_epoch_still_gives_ids() -> None:
    clock = HandClock(wall=0.0)
    ids = Ids(clock)
    assert ids.run() < ids.run()


def test_time_shows_in_the_order_of_ids() -> None:
    clock = HandClock()
    first = Ids(clock).run()
    clock.advance(0.002)
    second = Ids(clock).run()
    clock.advance(365 * 86400)
    assert first < second < Ids(clock).run()
