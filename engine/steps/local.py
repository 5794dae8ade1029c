"""The executor of this machine: processes and warm python hosts, all under one supervisor."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from engine.core.errors import EngineUnavailable, StorageTrouble
from engine.home import Home
from engine.steps.hosts import HostJob, Hosts
from engine.steps.job import AgentSaid, Ended, Job, Lost, ProcessJob, Report
from engine.steps.process import ProcessExecutor
from engine.steps.supervision import Exit, Live, Refusal, Supervision

STOP_GRACE = 5.0
"""Seconds between TERM and KILL for attempts that are ended together with the engine."""


class LocalExecutor:
    """Routes jobs to what runs them, and the supervisor's events to whom they concern.

    When the supervisor is killed, another one is started, what the dead one ran is ended, and its attempts
    are reported as Lost. Nothing is reported as lost before its processes are gone. When none can be started,
    nothing is reported any more: that is for the next engine to find out.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._live: set[str] = set()
        self._quiet = asyncio.Event()
        self._ending = False
        self._held: list[Report] | None = None
        self._waiting: list[Job] = []
        self._supervisor_gone = False
        self._reviving: asyncio.Task[None] | None = None

    async def open(self, report: Callable[[Report], None], failed: Callable[[StorageTrouble], None]) -> None:
        self._report = report
        self._failed = failed
        self._supervision = await self._attach()
        self._processes = ProcessExecutor(self._supervision, self._home.artifacts, self._pass_on)
        self._hosts = Hosts(self._home.path, self._supervision, self._home.artifacts, self._pass_on)
        await self._hosts.open()

    def supervisors(self) -> frozenset[int]:
        return frozenset({self._supervision.pid})

    def start(self, job: Job) -> None:
        self._live.add(job.id)
        if self._reviving is not None:
            self._waiting.append(job)
        elif isinstance(job, ProcessJob):
            self._processes.start(job)
        else:
            self._hosts.start(job)

    def end(self, job_id: str, grace: float) -> None:
        for job in [job for job in self._waiting if job.id == job_id]:
            self._waiting.remove(job)
            self._pass_on(Ended(job_id, error="It was never started: ended on request."))
        self._processes.end(job_id, grace)
        self._hosts.end(job_id, grace)

    async def recover(self, jobs: Sequence[Job]) -> set[str]:
        self._live.update(job.id for job in jobs)
        processes = [job for job in jobs if isinstance(job, ProcessJob)]
        hosted: list[HostJob] = [job for job in jobs if not isinstance(job, ProcessJob)]
        self._hold()
        alive = self._processes.take_over(processes) | self._hosts.take_over(hosted)
        await self._end_orphans()
        if self._reviving is None:
            self._tell_held()
        return alive

    def forget(self, job_id: str) -> None:
        self._supervision.forget([job_id])
        self._hosts.forget(job_id)

    async def close(self, *, end_live: bool) -> None:
        if self._reviving is not None:
            await self._reviving
        if end_live and self._reviving is None:
            await self._end_all()
        await self._processes.close()
        await self._hosts.close()
        await self._supervision.quit()
        await self._supervision.close()

    async def _attach(self) -> Supervision:
        return await Supervision.attach(
            self._home.path,
            on_started=self._started,
            on_refused=self._refused,
            on_ended=self._ended,
            on_gone=self._gone,
        )

    def _started(self, live: Live) -> None:
        """Nothing follows from it: that the attempt starts was recorded before."""

    def _refused(self, refusal: Refusal) -> None:
        if not self._hosts.refused(refusal):
            self._processes.refused(refusal)

    def _ended(self, end: Exit) -> None:
        if not self._hosts.ended(end):
            self._processes.ended(end)

    def _gone(self) -> None:
        self._supervisor_gone = True
        if self._reviving is None:
            self._hold()
            self._reviving = asyncio.create_task(self._revive())

    async def _revive(self) -> None:
        """Start another supervisor; nobody can say how what the dead one ran goes on, so it is ended."""
        while self._supervisor_gone:
            self._supervisor_gone = False
            try:
                self._supervision = await self._attach()
            except (OSError, EngineUnavailable) as error:
                self._failed(
                    StorageTrouble(
                        f"The supervisor was lost, and no other can be started: {error}. "
                        f"Check {self._home.path}, then start the engine again."
                    )
                )
                return
            self._processes.reattach(self._supervision)
            self._hosts.reattach(self._supervision)
            await self._end_orphans()
        self._tell_held()
        self._reviving = None
        waiting, self._waiting = self._waiting, []
        for job in waiting:
            self.start(job)

    async def _end_orphans(self) -> None:
        """End what may still run of the attempts that are about to be reported as lost."""
        held = self._held or []
        await self._supervision.end_orphans(report.id for report in held if isinstance(report, Lost))

    def _hold(self) -> None:
        """Keep reports back until what still runs of the lost attempts has been ended."""
        if self._held is None:
            self._held = []

    def _tell_held(self) -> None:
        held, self._held = self._held or [], None
        for report in held:
            self._pass_on(report)

    async def _end_all(self) -> None:
        """End every attempt: what it had done by then, nobody knows."""
        self._ending = True
        for job_id in self._live:
            self.end(job_id, STOP_GRACE)
        if self._live:
            self._quiet.clear()
            await self._quiet.wait()

    def _pass_on(self, report: Report) -> None:
        if self._held is not None and not isinstance(report, AgentSaid):
            self._held.append(report)
            return
        if isinstance(report, AgentSaid):
            self._report(report)
            return
        self._live.discard(report.id)
        if self._ending and isinstance(report, Ended) and report.exit_code != 0:
            report = Lost(report.id, "it was ended together with its engine")
        self._report(report)
        if not self._live:
            self._quiet.set()
