"""Workflows, and a desk from which runs are commanded and stored as the engine would."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.core import commands as c
from engine.core.decide import decide
from engine.core.errors import StorageTrouble
from engine.core.facts import ENGINE, Actor, Fact
from engine.core.fields import Field
from engine.core.run import Run, new_run
from engine.core.states import Effects, OnFailure, StepKind, Verdict
from engine.core.workflow import AgentAction, AgentSpec, GateAction, Retry, RunAction, StepSpec, Workflow
from engine.home import Home
from engine.store.store import Store
from engine.store.writer import Change, StoredAnswer, StoredDefinition, Writer

START = 1_770_000_000.0
ALICE = Actor("alice", "kernel")
BOB = Actor("bob", "claimed")


def step(name: str, *needs: str, **declared: Any) -> StepSpec:
    return StepSpec(name, StepKind.RUN, RunAction(("true",)), needs, timeout=300.0, **declared)


def gate(name: str, *needs: str, **asked: Any) -> StepSpec:
    return StepSpec(name, StepKind.GATE, GateAction(**{"title": "Go on?", **asked}), needs)


def workflow(*steps: StepSpec, name: str = "sample", **declared: Any) -> Workflow:
    return Workflow(name, name.ljust(64, "0"), steps=steps, **declared)


CHAIN = workflow(step("one"), step("two", "one"), step("three", "two"), name="chain")

FULL = workflow(
    step("fetch", retry=Retry(attempts=2, backoff=60.0, jitter=0.0), effects=Effects.NONE),
    StepSpec(
        "write",
        StepKind.AGENT,
        AgentAction("writer", "Write it."),
        ("fetch",),
        writes=("version",),
        timeout=300.0,
    ),
    gate("approve", "write", quorum=2, users=("alice", "bob"), form={"note": Field("string")}),
    step("shaky", on_failure=OnFailure.PROCEED, effects=Effects.NONE),
    step("pay", "approve", "shaky", effects=Effects.IRREVERSIBLE),
    name="full",
    state={"version": Field("string")},
    agents={"writer": AgentSpec("writer", "scripted")},
)
"""A workflow with something of everything."""

KNOWN = {item.digest: item for item in (CHAIN, FULL)}


def known_workflow(digest: str, _bundle: Mapping[str, Any]) -> Workflow:
    return KNOWN[digest]


def open_store(home: Home, slots: int = 2) -> Store:
    home.ensure()
    return Store.open(home, START, known_workflow, slots=slots)


@dataclass
class Desk:
    """Decides commands, stores what follows, and knows the runs as they are then."""

    home: Home
    store: Store
    writer: Writer
    at: float = START
    runs: dict[str, Run] = field(default_factory=dict)

    async def submit(self, run: str, workflow: Workflow = CHAIN, **given: Any) -> Run:
        """Create a run; the clock moves on by a second first."""
        self.at += 1.0
        self.runs[run] = new_run(run, workflow)
        definition = StoredDefinition(workflow.digest, workflow.name, {"name": workflow.name})
        command = c.CreateRun(**{"inputs": {}, "folder": f"/runs/{run}", **given})
        return await self.do(run, command, ALICE, definition=definition)

    async def do(
        self,
        run: str,
        command: c.Command,
        actor: Actor = ENGINE,
        reason: str | None = None,
        *,
        definition: StoredDefinition | None = None,
        answer: StoredAnswer | None = None,
    ) -> Run:
        """Decide and store one command. Raises StorageTrouble."""
        decision = decide(self.runs[run], command, self.at, actor, reason)
        change = Change(decision.facts, self.at, actor, reason, decision.run, definition, answer)
        await self.put(change)
        self.runs[run] = decision.run
        return decision.run

    async def record(self, *facts: Fact, actor: Actor = ENGINE, reason: str | None = None) -> None:
        await self.put(Change(facts, self.at, actor, reason, None))

    async def put(self, change: Change) -> None:
        """Store one change. Raises StorageTrouble."""
        trouble = await self.sent(change)
        if trouble is not None:
            raise trouble

    def sent(self, change: Change) -> asyncio.Future[StorageTrouble | None]:
        """Hand over one change; the future is the answer."""
        answer: asyncio.Future[StorageTrouble | None] = asyncio.get_running_loop().create_future()
        self.writer.put(change, answer.set_result)
        return answer

    async def execute(self, run: str, name: str, exit_code: int = 0, **ended: Any) -> Run:
        """Start an attempt and end it a second later."""
        number = (await self.do(run, c.StartAttempt(name))).steps[name].attempt
        self.at += 1.0
        return await self.do(run, c.FinishAttempt(name, number, exit_code, **ended))

    async def finish(self, run: str) -> Run:
        """Execute every step of a chain."""
        for name in self.runs[run].steps:
            await self.execute(run, name)
        return self.runs[run]

    async def answer(self, run: str, actor: Actor, verdict: Verdict = Verdict.APPROVE, **form: str) -> Run:
        """Decide the run's open gate on what it shows."""
        (asked,) = self.runs[run].open_gates
        return await self.do(run, c.DecideGate(asked.id, verdict, asked.digest, form), actor, "because")
