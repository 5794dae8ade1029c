"""Recovery: fold what an earlier engine left, take over its attempts, set its timers again."""

from __future__ import annotations

from engine.runtime.acts import Acts
from engine.runtime.mailbox import Mailbox
from engine.runtime.scheduler import Scheduler
from engine.steps.executor import Executor
from engine.steps.job import Job
from engine.store.store import Store


async def recover(
    store: Store, mailbox: Mailbox, scheduler: Scheduler, acts: Acts, executor: Executor
) -> None:
    """Bring every run that had not ended back to life, exactly as its events say.

    Attempts found alive are adopted; those whose end is on record are finished; of the others nobody knows
    what they did, and each step's `effects` decides what that means.
    """
    jobs: list[Job] = []
    for run in store.open_runs():
        mailbox.runs[run.id] = run
        scheduler.restore(run)
        jobs.extend(acts.restore(run))
    alive = await executor.recover(jobs)
    for job in jobs:
        if job.id in alive:
            acts.adopt(job.id)
