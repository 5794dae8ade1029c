"""Slots are given away as soon as it is decided, by priority, never more than there are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.core import commands as c
from engine.core.facts import AttemptStarted
from engine.core.run import Run, new_run
from engine.core.states import StepState
from engine.definition import Bundle, load
from engine.home import Home
from engine.runtime.definitions import Definitions
from engine.runtime.mailbox import Mailbox
from engine.runtime.scheduler import Scheduler
from engine.store.changes import StoredDefinition
from engine.store.store import Store

from .clock import HandClock

WIDE = """
workflow: wide
LIMIT
defaults: {on_failure: proceed}
steps:
  - {id: a, run: ['true']}
  - {id: b, run: ['true']}
  - {id: c, run: ['true']}
  - {id: d, needs: [a], run: ['true']}
"""


class Desk:
    """A mailbox on a real store with a scheduler, and no executor: attempts end when the test says so."""

    def __init__(self, home: Home, slots: int) -> None:
        self.clock = HandClock()
        home.ensure()
        self.store = Store.open(home, self.clock.now(), Definitions().stored, slots=slots)
        writer = self.store.start_writer(asyncio.get_running_loop())
        self.mailbox = Mailbox(self.clock, writer, lambda trouble: pytest.fail(trouble.message))
        self.scheduler = Scheduler(self.mailbox, {}, slots)
        self.mailbox.follow(self.scheduler)
        self.number = 0

    def submit(self, priority: int = 0, limit: str = "", queue: str = "default") -> Run:
        self.number += 1
        bundle = Bundle("wide", WIDE.replace("LIMIT", limit).encode(), "wide.yaml", "/", {})
        workflow = load(bundle).workflow
        run = new_run(f"r{self.number}", workflow)
        command = c.CreateRun(inputs={}, folder="/", priority=priority, queue=queue)
        stored = StoredDefinition(workflow.digest, workflow.name, bundle.to_json())
        return self.mailbox.post(run, command, definition=stored).run

    def finish(self, run: Run, step: str, exit_code: int = 0) -> None:
        live = self.mailbox.runs[run.id]
        self.mailbox.post(live, c.FinishAttempt(step, live.steps[step].attempt, exit_code))

    def running(self) -> list[str]:
        return [
            f"{run.id}.{step.id}"
            for run in self.mailbox.runs.values()
            for step in run.steps.values()
            if step.state is StepState.RUNNING
        ]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    made = Desk(Home(tmp_path / "home"), slots=2)
    yield made
    await made.store.close()


async def test_nothing_starts_before_it_is_open_or_after_it_is_closed(desk: Desk) -> None:
    run = desk.submit()
    assert (desk.running(), desk.scheduler.queued) == ([], 3)
    desk.scheduler.open()
    assert (desk.running(), desk.scheduler.queued, desk.scheduler.active) == (["r1.a", "r1.b"], 1, 2)
    desk.scheduler.close()
    desk.finish(run, "a")
    assert (desk.running(), desk.scheduler.queued, desk.scheduler.active) == (["r1.b"], 2, 1)


async def test_a_slot_that_is_free_goes_to_the_most_urgent_run_then_to_the_oldest(desk: Desk) -> None:
    desk.scheduler.open()
    first = desk.submit()
    desk.submit()
    desk.submit(priority=5)
    for step in ("a", "b"):
        desk.finish(first, step)
    assert desk.running() == ["r3.a", "r3.b"]
    for step in ("a", "b", "c", "d"):
        desk.finish(desk.mailbox.runs["r3"], step)
    assert desk.running() == ["r1.c", "r1.d"]


async def test_a_run_that_limits_itself_leaves_the_slot_to_others(desk: Desk) -> None:
    desk.scheduler.open()
    desk.submit(limit="concurrency: 1")
    desk.submit()
    assert desk.running() == ["r1.a", "r2.a"]
    desk.finish(desk.mailbox.runs["r1"], "a")
    assert desk.running() == ["r1.b", "r2.a"]


async def test_a_cancelled_run_leaves_the_line(desk: Desk) -> None:
    desk.scheduler.open()
    desk.submit()
    second = desk.submit()
    assert desk.scheduler.queued == 4
    desk.mailbox.post(second, c.CancelRun())
    assert desk.scheduler.queued == 1
    assert desk.scheduler.active == 2


async def test_a_restored_attempt_holds_its_slot(desk: Desk) -> None:
    desk.scheduler.open()
    run = desk.submit()
    later = Scheduler(desk.mailbox, {}, 2)
    later.restore(desk.mailbox.runs[run.id])
    assert (later.active, later.queued) == (2, 1)
    later.open()
    assert (later.active, later.queued) == (2, 1), "no slot is free, so nothing is admitted"


async def test_no_step_is_started_twice(desk: Desk) -> None:
    starts: list[str] = []

    class Watch:
        def decided(self, decision: object) -> None: ...

        def stored(self, decision: object) -> None:
            facts = getattr(decision, "facts", ())
            starts.extend(fact.step for fact in facts if isinstance(fact, AttemptStarted))

    desk.mailbox.follow(Watch())
    desk.scheduler.open()
    run = desk.submit()
    for step in ("a", "b", "c", "d"):
        desk.finish(run, step)
    await desk.store.close()
    await asyncio.sleep(0)
    assert sorted(starts) == ["a", "b", "c", "d"]
