"""Values as the console writes them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from enum import StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from engine import wording
from engine.core.states import AttemptState, GateState, RunState, StepState
from tui import format as fmt


@pytest.fixture(autouse=True)
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "CET-1")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("states", [RunState, StepState, AttemptState, GateState])
def test_every_state_has_a_glyph_a_word_and_an_ascii_twin(states: type[StrEnum]) -> None:
    for state in states:
        glyph, plain, word, _ = fmt.look(state)
        assert word == state
        assert cell_len(glyph) == 1
        assert len(plain) == 1
        assert plain.isascii()


def test_a_state_is_shown_with_its_word() -> None:
    assert fmt.state_text("succeeded").plain == "✓ succeeded"
    assert fmt.state_text("succeeded", ascii_only=True).plain == "+ succeeded"
    assert fmt.state_text("retry_wait", note="20s").plain == "↻ retry wait 20s"
    assert fmt.state_text("failed").style == "bold red"


def test_a_state_nobody_knows_is_shown_safely() -> None:
    assert fmt.state_text("\x1b[2J[/]").plain == "? \\x1b[2J[/]"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, "-"),
        (-3, "0s"),
        (0, "0s"),
        (0.42, "0.4s"),
        (0.97, "1s"),
        (59.4, "59s"),
        (59.6, "1m00s"),
        (721, "12m01s"),
        (3599, "59m59s"),
        (11_040, "3h04m"),
        (86_399, "23h59m"),
        (190_800, "2d05h"),
    ],
)
def test_duration(seconds: float | None, shown: str) -> None:
    assert wording.duration(seconds) == shown


@pytest.mark.parametrize(("then", "shown"), [(None, "-"), (1000.0, "0s"), (279.4, "12m00s"), (2000.0, "0s")])
def test_age(then: float | None, shown: str) -> None:
    assert wording.age(then, 1000.0) == shown


@pytest.mark.parametrize(
    ("amount", "shown"),
    [(None, "?"), (0.0, "0.00"), (0.41, "0.41"), (0.001, "<0.01"), (0.005, "0.01"), (1204.5, "1,204.50")],
)
def test_money(amount: float | None, shown: str) -> None:
    assert wording.money(amount) == shown


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (None, "?"),
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 KB"),
        (9318, "9.1 KB"),
        (125_829_120, "120 MB"),
        (5 * 1024**4, "5.0 TB"),
        (5000 * 1024**4, "5000 TB"),
    ],
)
def test_size(amount: int | None, shown: str) -> None:
    assert wording.size(amount) == shown


def test_count() -> None:
    assert wording.count(1204) == "1,204"
    assert wording.count(None) == "?"


def test_times_are_local() -> None:
    noon = 1_763_985_600.0  # 2025-11-24 12:00 UTC
    assert wording.clock(noon) == "13:00:00"
    assert wording.clock(None) == "-"
    assert wording.moment(noon, noon + 60) == "13:00:00"
    assert wording.moment(noon, noon + 86_400) == "2025-11-24 13:00"
    assert wording.moment(None, noon) == "-"


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("a bcd", 3, "a…"),
        ("表表表", 4, "表…"),
        ("abc", 1, "…"),
        ("abc", 0, ""),
        ("", 0, ""),
    ],
)
def test_truncate(text: str, width: int, shown: str) -> None:
    assert fmt.truncate(text, width) == shown


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"])), st.integers(0, 40))
def test_padded_text_has_exactly_the_width(text: str, width: int) -> None:
    assert cell_len(fmt.pad(text, width)) == width
    assert cell_len(fmt.pad(text, width, "right")) == width


def test_pad_aligns() -> None:
    assert fmt.pad("ab", 4) == "ab  "
    assert fmt.pad("ab", 4, "right") == "  ab"
