"""A decision in the making: a private copy of the run, and the facts that were added to it so far."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.core.facts import ENGINE, Actor, RunFact
from engine.core.fold import fold
from engine.core.run import Run
from engine.core.workflow import StepSpec


@dataclass(slots=True)
class Draft:
    """`run` already contains every fact in `facts`; the run it was copied from is untouched."""

    run: Run
    at: float
    actor: Actor = ENGINE
    reason: str | None = None
    facts: list[RunFact] = field(default_factory=list)

    def add(self, fact: RunFact) -> None:
        fold(self.run, fact, self.at, self.actor, self.reason)
        self.facts.append(fact)

    def spec(self, step: str) -> StepSpec:
        return self.run.workflow.by_id[step]
