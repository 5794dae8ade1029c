"""The event log's rows: a fact on its way in, an event on its way out. `chain.py` hashes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, Final, get_args

from engine.core.facts import EVENT_TYPES, AgentReported, Event, Fact, decode, encode, event_type
from engine.store.chain import Row, to_json, to_text
from engine.store.times import seconds


@dataclass(frozen=True, slots=True)
class Entry:
    """A fact on its way into the log: everything of its row that does not depend on its place."""

    fact: Fact
    type: str
    step: str | None
    attempt: int | None
    data: str


def entry(fact: Fact) -> Entry:
    """Encode a fact. Raises ValueError or TypeError when it holds what JSON cannot say."""
    data = encode(fact)
    empty = _EMPTY[type(fact)]
    step, attempt = data.pop("step", None), data.pop("attempt", None)
    name = event_type(fact)
    if isinstance(fact, AgentReported):
        if (
            name in EVENT_TYPES
        ):  # an agent may call what it did as it likes, but it cannot speak for the engine
            name = AgentReported.type
        else:
            del data["kind"]
    said = {key: value for key, value in data.items() if key not in empty or value != empty[key]}
    return Entry(fact, to_text(name), step, attempt, to_json(said) if said else "{}")


def _empty_fields(kind: type[Any]) -> Mapping[str, Any]:
    """The optional fields of a fact that are empty by default, with their defaults."""
    found = {}
    for item in fields(kind):
        default = item.default if item.default_factory is MISSING else item.default_factory()
        if not default:
            found[item.name] = default
    return found


_EMPTY: Final = {kind: _empty_fields(kind) for kind in get_args(Fact)}


def to_event(row: Row) -> Event:
    """The event of a row with all columns, in the order of `COLUMNS`."""
    seq, at, run, step, attempt, name, actor, identity, reason, data, digest = row
    values = json.loads(data)
    if step is not None:
        values["step"] = step
    if attempt is not None:
        values["attempt"] = attempt
    if name not in EVENT_TYPES:
        values["kind"] = name
    return Event(
        seq=seq,
        at=seconds(at),
        run=run,
        fact=decode(name, values),
        actor=actor,
        identity=identity,
        reason=reason,
        hash=digest.hex(),
    )
