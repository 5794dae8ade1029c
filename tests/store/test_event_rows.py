"""An event read back is the fact that was stored, whatever text it holds."""

from __future__ import annotations

import sqlite3
from dataclasses import fields
from enum import StrEnum
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core import facts as f
from engine.core.states import AttemptState, StepState
from engine.store import chain, log
from engine.store.views.events import ATTEMPT_EVENTS

TEXTS = st.text(st.characters(), max_size=20)  # lone surrogates and NUL among them
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
ARTIFACTS = st.builds(f.Artifact, TEXTS, st.integers(0, 2**40), st.just("a" * 64))
BY_NAME: dict[str, st.SearchStrategy[Any]] = {
    "artifacts": st.lists(ARTIFACTS, max_size=2).map(tuple),
    "caveats": st.lists(TEXTS, max_size=2).map(tuple),
    "decisions": st.lists(TEXTS, max_size=2).map(tuple),
}


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return st.sampled_from(list(hint))
    plain: dict[Any, st.SearchStrategy[Any]] = {
        str: TEXTS,
        int: st.integers(0, 2**53),
        float: st.floats(0, 2e9),
        bool: st.booleans(),
    }
    if hint in plain:
        return plain[hint]
    if type(None) in get_args(hint):
        (inner,) = [part for part in get_args(hint) if part is not type(None)]
        return st.none() | values_of(inner)
    return st.dictionaries(TEXTS, JSON, max_size=3)


def facts_of(kind: type[Any]) -> st.SearchStrategy[f.Fact]:
    hints = get_type_hints(kind)
    chosen = {
        item.name: BY_NAME[item.name] if item.name in BY_NAME else values_of(hints[item.name])
        for item in fields(kind)
    }
    if kind is f.AgentReported:
        chosen["kind"] = st.sampled_from(["agent.message", "usage", "run.ended", "agent.reported"])
    return st.builds(kind, **chosen)


FACTS = st.one_of([facts_of(kind) for kind in get_args(f.Fact)])


def readable(value: Any) -> Any:
    """Tuples and lists are one thing in JSON."""
    if isinstance(value, dict):
        return {key: readable(item) for key, item in value.items()}
    return [readable(item) for item in value] if isinstance(value, list | tuple) else value


@given(FACTS)
def test_a_stored_fact_reads_back_equal(fact: f.Fact) -> None:
    database = sqlite3.connect(":memory:")
    row = chain.Chain(0, chain.GENESIS).append(log.entry(fact), 1_000_001, "r1", f.ENGINE, None)
    stored = database.execute(f"SELECT {', '.join('?' * len(row))}", row).fetchone()
    database.close()
    event = log.to_event(stored)
    assert type(event.fact) is type(fact)
    assert readable(f.encode(event.fact)) == readable(f.encode(fact))
    assert (event.seq, event.at, event.run) == (1, 1.000001, "r1")


@given(TEXTS)
def test_any_text_can_be_stored(text: str) -> None:
    database = sqlite3.connect(":memory:")
    (stored,) = database.execute("SELECT ?", (chain.to_text(text),)).fetchone()
    database.close()
    assert stored == text or any("\ud800" <= character <= "\udfff" for character in text)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1: {2}}])
def test_what_json_cannot_say_is_refused(value: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        log.entry(f.StepEnded("s", StepState.SUCCEEDED, None, {"x": value}))


def test_what_says_nothing_is_not_written() -> None:
    ended = f.AttemptEnded("s", 1, AttemptState.SUCCEEDED, exit_code=0)
    assert log.entry(ended).data == '{"exit_code":0,"state":"succeeded"}'


def test_an_agent_cannot_speak_for_the_engine() -> None:
    forged = f.AgentReported("s", 1, 0, "run.ended", {"state": "succeeded"})
    assert log.entry(forged).type == "agent.reported"
    assert log.entry(f.AgentReported("s", 1, 0, "tool.started", {})).type == "tool.started"


def test_the_events_about_an_attempt_are_told_from_an_agent_s() -> None:
    """The views sort an agent's events out by these names; a new fact about an attempt must join them."""
    about_attempts = {
        kind.type
        for kind in get_args(f.Fact)
        if kind is not f.AgentReported and any(item.name == "attempt" for item in fields(kind))
    }
    assert set(ATTEMPT_EVENTS) == about_attempts
