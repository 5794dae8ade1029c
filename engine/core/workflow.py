"""What the core runs: a compiled workflow. Plain frozen data; `definition/` makes it from a file.

Durations are seconds. Text that may hold `${…}` references is kept as written and resolved when a step
starts. A workflow is pinned by `digest`: the SHA-256 of the file's bytes and of the files it embeds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from engine.core.conditions import Condition
from engine.core.fields import Field
from engine.core.states import Consequence, Effects, OnFailure, StepKind, Verdict


@dataclass(frozen=True, slots=True)
class Retry:
    """How often and when a failed attempt is followed by another.

    `attempts` counts all attempts, the first included. The wait before attempt n+1 is
    `backoff * factor**(n-1)`, at most `cap` seconds, then spread by ±`jitter` (a share from 0 to 1).
    """

    attempts: int = 1
    backoff: float = 1.0
    factor: float = 2.0
    cap: float = 300.0
    jitter: float = 0.1
    non_retryable_exit_codes: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class RunAction:
    """A program: argv, each element a literal or text with references."""

    argv: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScriptAction:
    """Literal shell text, run by `/bin/sh`; nothing is ever substituted into it."""

    text: str


@dataclass(frozen=True, slots=True)
class PythonAction:
    """`module:callable`, called with keyword `arguments` (values may hold references)."""

    target: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AgentAction:
    """The agent's name in `Workflow.agents`, and the prompt (may hold references)."""

    agent: str
    prompt: str


@dataclass(frozen=True, slots=True)
class GateAction:
    """A question to people, and the rules of answering it."""

    title: str
    consequence: Consequence = Consequence.MEDIUM
    show: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    quorum: int = 1
    four_eyes: bool = False
    allowed: tuple[Verdict, ...] = (Verdict.APPROVE, Verdict.REJECT)
    form: Mapping[str, Field] = field(default_factory=dict)
    deadline: float | None = None
    on_deadline: str = "hold"  # hold | reject | fail | approve_default


Action = RunAction | ScriptAction | PythonAction | AgentAction | GateAction


@dataclass(frozen=True, slots=True)
class StepSpec:
    """One step as declared. `line` is its place in the file, 1-based, for messages."""

    id: str
    kind: StepKind
    action: Action
    needs: tuple[str, ...] = ()
    when: Condition | None = None
    if_skipped: str | None = None  # None (the join rule) | "run" | "skip"
    retry: Retry = Retry()
    on_failure: OnFailure = OnFailure.HALT
    timeout: float | None = None
    effects: Effects = Effects.AT_MOST_ONCE
    env: Mapping[str, str] = field(default_factory=dict)
    workdir: str | None = None
    artifacts: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    output: Mapping[str, Field] | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class AgentSpec:
    """A role: which adapter, its settings, and what each tool may do (`allow`, `ask`, `deny`).

    For `use: scripted`, `script` is the parsed script: a list of actions, each a mapping.
    """

    name: str
    use: str
    tools: Mapping[str, str] = field(default_factory=dict)
    script: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Workflow:
    """A validated definition. Steps stand in file order; `needs` is known to be acyclic."""

    name: str
    digest: str
    description: str = ""
    inputs: Mapping[str, Field] = field(default_factory=dict)
    state: Mapping[str, Field] = field(default_factory=dict)
    queue: str = "default"
    concurrency: int | None = None
    agents: Mapping[str, AgentSpec] = field(default_factory=dict)
    steps: tuple[StepSpec, ...] = ()
    folder: str = ""

    @cached_property
    def by_id(self) -> Mapping[str, StepSpec]:
        return {step.id: step for step in self.steps}

    @cached_property
    def position(self) -> Mapping[str, int]:
        return {step.id: index for index, step in enumerate(self.steps)}

    @cached_property
    def dependents(self) -> Mapping[str, tuple[str, ...]]:
        """For each step, the steps that name it in `needs`, in file order."""
        found: dict[str, list[str]] = {step.id: [] for step in self.steps}
        for step in self.steps:
            for need in step.needs:
                found[need].append(step.id)
        return {key: tuple(value) for key, value in found.items()}
