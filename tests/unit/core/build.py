"""Workflows in a few words, and a run that can be played command by command."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from engine.core import commands as c
from engine.core import facts as f
from engine.core.conditions import parse
from engine.core.decide import decide
from engine.core.facts import ENGINE, Actor
from engine.core.run import Gate, Run, Step, new_run
from engine.core.states import Resolution, StepKind, Verdict
from engine.core.workflow import GateAction, RunAction, StepSpec, Workflow

ALICE = Actor("alice", "kernel", frozenset({"staff"}))
BOB = Actor("bob", "kernel", frozenset({"release"}))
CAROL = Actor("carol", "kernel", frozenset({"release", "staff"}))


def step(name: str, *needs: str, when: str | None = None, **declared: Any) -> StepSpec:
    condition = None if when is None else parse(when)
    return StepSpec(name, StepKind.RUN, RunAction(("true",)), needs, condition, **declared)


def gate(
    name: str, *needs: str, when: str | None = None, on_step: dict[str, Any] | None = None, **asked: Any
) -> StepSpec:
    """A gate step; `asked` are the parts of its question, `on_step` those of the step around it."""
    condition = None if when is None else parse(when)
    action = GateAction(**{"title": "Go on?", **asked})
    return StepSpec(name, StepKind.GATE, action, needs, condition, **(on_step or {}))


def workflow(*steps: StepSpec, **declared: Any) -> Workflow:
    return Workflow("sample", "d" * 64, steps=steps, **declared)


def brief(fact: f.RunFact) -> str:
    """A fact in a few words: `step.ended a flagged`."""
    words = [fact.type]
    for name in ("step", "state", "by"):
        word = getattr(fact, name, None)
        if word is not None:
            words.append(str(word))
    return " ".join(words)


@dataclass
class Play:
    """A run, what happened to it, and a clock that stands still unless a test moves it."""

    workflow: Workflow
    inputs: dict[str, Any] = field(default_factory=dict)
    starter: Actor = ALICE
    at: float = 1000.0
    log: list[f.RunFact] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.run: Run = new_run("r1", self.workflow)
        self.do(c.CreateRun(self.inputs, "/runs/r1"), self.starter)

    def do(self, command: c.Command, actor: Actor = ENGINE, reason: str | None = None) -> list[str]:
        """Decide `command`, go on from there, and return what followed, in brief."""
        decision = decide(self.run, command, self.at, actor, reason)
        self.run = decision.run
        self.log.extend(decision.facts)
        return [brief(fact) for fact in decision.facts]

    def start(self, name: str = "a") -> list[str]:
        return self.do(c.StartAttempt(name))

    def finish(self, name: str = "a", exit_code: int = 0, **ended: Any) -> list[str]:
        """End the attempt in flight of a step."""
        return self.do(c.FinishAttempt(name, self.step(name).attempt, exit_code, **ended))

    def execute(self, name: str = "a", exit_code: int = 0, **ended: Any) -> list[str]:
        """Start an attempt and end it."""
        return self.start(name) + self.finish(name, exit_code, **ended)

    def lose(self, name: str = "a", *, started: bool = True) -> list[str]:
        return self.do(c.LoseAttempt(name, self.step(name).attempt, "it vanished", started))

    def answer(
        self,
        verdict: Verdict = Verdict.APPROVE,
        actor: Actor = BOB,
        reason: str | None = "because",
        *,
        name: str = "g",
        digest: str | None = None,
        **form: str,
    ) -> list[str]:
        """Decide the gate of step `name`, by default on what it shows."""
        shown = self.gate(name)
        command = c.DecideGate(shown.id, verdict, shown.digest if digest is None else digest, form)
        return self.do(command, actor, reason)

    def resolve(
        self, resolution: Resolution, name: str = "a", actor: Actor = BOB, **output: Any
    ) -> list[str]:
        return self.do(c.ResolveStep(name, resolution, output), actor)

    def cancel(self, *, force: bool = False, reason: str | None = None) -> list[str]:
        return self.do(c.CancelRun(force), BOB, reason)

    def step(self, name: str = "a") -> Step:
        return self.run.steps[name]

    def gate(self, name: str = "g") -> Gate:
        return next(shown for shown in self.run.gates.values() if shown.step == name)
