"""What the engine asks the writer to store: facts, and the run as it is after them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.core.facts import Actor, Fact
from engine.core.run import Run


@dataclass(frozen=True, slots=True)
class StoredDefinition:
    """A workflow's files as they were submitted: a JSON value that `definition/` can load again."""

    digest: str
    name: str
    bundle: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The answer to a request. `digest` stands for all that was asked, so that a reused key is noticed."""

    key: str
    verb: str
    digest: str
    actor: str
    answer: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """Facts that happened together, at one time and by one actor: stored completely or not at all.

    `run` already contains the facts, and is not changed any more by whoever hands it over. It is None for
    facts about the engine itself. `definition` comes with a run's first change.
    """

    facts: tuple[Fact, ...]
    at: float
    actor: Actor
    reason: str | None
    run: Run | None
    definition: StoredDefinition | None = None
    answer: StoredAnswer | None = None
