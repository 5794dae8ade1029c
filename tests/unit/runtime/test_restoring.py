"""What an earlier engine left is taken up again, whatever moment it died at."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from engine.core import commands as c
from engine.core.errors import StorageTrouble
from engine.core.run import new_run
from engine.core.states import StepState
from engine.definition import Bundle, load
from engine.home import Home
from engine.runtime.definitions import Definitions
from engine.runtime.engine import Engine
from engine.runtime.mailbox import Mailbox
from engine.steps.job import Job, Report
from engine.store.changes import StoredDefinition
from engine.store.store import Store
from engine.store.views import Views
from tests.support import PATIENCE

from .clock import HandClock

ASTRAY = """
workflow: astray
inputs: {folder: {type: string, required: true}}
steps:
  - {id: go, run: ['true'], workdir: "${inputs.folder}", effects: none, on_failure: halt}
"""


class Nowhere:
    """An executor that runs nothing and remembers what it was asked to take over."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def open(self, report: Callable[[Report], None], failed: Callable[[StorageTrouble], None]) -> None:
        """Nothing to report."""

    def start(self, job: Job) -> None:
        self.asked.append(job.id)

    def end(self, job_id: str, grace: float) -> None:
        """Nothing runs."""

    async def recover(self, jobs: Sequence[Job]) -> set[str]:
        self.asked += [job.id for job in jobs]
        return set()

    def supervisors(self) -> frozenset[int]:
        return frozenset()

    def forget(self, job_id: str) -> None:
        """Nothing is kept."""

    async def close(self, *, end_live: bool) -> None:
        """Nothing is open."""


async def start_recorded_but_not_made(home: Home) -> None:
    """An engine that dies when the start is stored, before it can tell that no job can be made of it."""
    clock = HandClock()
    home.ensure()
    store = Store.open(home, clock.now(), Definitions().stored, slots=1)
    mailbox = Mailbox(clock, store.start_writer(asyncio.get_running_loop()), lambda _: None)
    bundle = Bundle("astray", ASTRAY.encode(), "astray.yaml", "/", {})
    workflow = load(bundle).workflow
    create = c.CreateRun(inputs={"folder": "not/absolute"}, folder=str(home.run_folder("r1")))
    stored = StoredDefinition(workflow.digest, workflow.name, bundle.to_json())
    run = mailbox.post(new_run("r1", workflow), create, definition=stored).run
    mailbox.post(run, c.StartAttempt("go"))
    await store.close()


async def test_an_attempt_of_which_no_job_can_be_made_fails_instead_of_the_engine(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    await start_recorded_but_not_made(home)
    executor = Nowhere()
    engine = Engine(home, executor)
    async with asyncio.timeout(PATIENCE):
        await engine.start()
        await engine.stop()
    assert executor.asked == []
    async with await Views.open(home.database) as views:
        (step,) = await views.steps("r1")
    assert step.state is StepState.FAILED
    assert "not an absolute path" in str(step.error)
