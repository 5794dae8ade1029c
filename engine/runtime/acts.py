"""What the engine does once facts are stored: start attempts, end them, set timers. And what it hears back.

The only way from a stored fact to the world, and from the world back to a command.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Hashable, Mapping

from engine.core import facts as f
from engine.core.commands import (
    AdoptAttempt,
    Command,
    ExpireGate,
    FinishAttempt,
    LoseAttempt,
    RecordAgent,
    TimeOutAttempt,
    WakeStep,
)
from engine.core.decide import Decision
from engine.core.errors import OpsgateError
from engine.core.run import Run
from engine.core.states import RunState, StepState
from engine.runtime.clock import Clock
from engine.runtime.mailbox import Mailbox
from engine.runtime.prepare import address, parse_address, prepare
from engine.runtime.timers import Timers
from engine.steps.executor import Executor
from engine.steps.job import AgentSaid, Ended, Job, Lost, Report

GRACE = 10.0
"""Seconds between asking a process tree to end (TERM) and killing it."""


class Acts:
    """Follows the mailbox. `chance` returns numbers from 0 to 1 for the jitter of retries."""

    def __init__(
        self,
        mailbox: Mailbox,
        executor: Executor,
        timers: Timers,
        clock: Clock,
        environment: Mapping[str, str],
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._mailbox = mailbox
        self._executor = executor
        self._timers = timers
        self._clock = clock
        self._environment = environment
        self._chance = chance

    def decided(self, decision: Decision) -> None:
        """Nothing to do before the facts are stored."""

    def stored(self, decision: Decision) -> None:
        for fact in decision.facts:
            match fact:
                case f.AttemptStarted(step, attempt):
                    self._start(decision.run, step, attempt)
                case f.AttemptEnded(step, attempt):
                    self._timers.drop((decision.run.id, step))
                    self._executor.forget(address(decision.run.id, step, attempt))
                case f.AttemptTimedOut(step, attempt):
                    self._executor.end(address(decision.run.id, step, attempt), GRACE)
                case f.StepRetrying(step, due):
                    self._post_at(due, (decision.run.id, step), decision.run.id, WakeStep(step))
                case f.GateOpened(gate=gate, deadline=deadline) if deadline is not None:
                    self._post_at(deadline, gate, decision.run.id, ExpireGate(gate))
                case f.GateClosed(gate=gate):
                    self._timers.drop(gate)
                case f.RunCancelling(force):
                    self._end_all(decision.run, force)
                case _:
                    pass

    def restore(self, run: Run) -> list[Job]:
        """Arm the timers of a run left by an earlier engine; returns the jobs of its attempts in flight."""
        for step in run.steps.values():
            if step.state is StepState.RETRY_WAIT and step.due is not None:
                self._post_at(step.due, (run.id, step.id), run.id, WakeStep(step.id))
        for gate in run.open_gates:
            if gate.deadline is not None:
                self._post_at(gate.deadline, gate.id, run.id, ExpireGate(gate.id))
        running = [step.id for step in run.steps.values() if step.state is StepState.RUNNING]
        return [job for step in running if (job := self._job(run, step)) is not None]

    def adopt(self, job_id: str) -> None:
        """An attempt of an earlier engine is alive: go on supervising it."""
        run_id, step, attempt = parse_address(job_id)
        run = self._mailbox.run(run_id)
        self._mailbox.post(run, AdoptAttempt(step, attempt))
        if run.state is RunState.CANCELLING or run.steps[step].timed_out:
            self._executor.end(job_id, 0.0 if run.force else GRACE)
        else:
            self._limit(run, step, attempt)

    def hear(self, report: Report) -> None:
        """An executor's report becomes a command; one about a run that has ended is of no consequence."""
        run_id, step, attempt = parse_address(report.id)
        run = self._mailbox.runs.get(run_id)
        if run is None:
            self._executor.forget(report.id)
            return
        match report:
            case Ended():
                self._mailbox.post(run, self._finish(step, attempt, report))
            case Lost(_, why, started):
                self._mailbox.post(run, LoseAttempt(step, attempt, why, started))
            case AgentSaid(_, first, events):
                self._mailbox.post(run, RecordAgent(step, attempt, first, events))

    def _finish(self, step: str, attempt: int, report: Ended) -> FinishAttempt:
        return FinishAttempt(
            step=step,
            attempt=attempt,
            exit_code=report.exit_code,
            signal=report.signal,
            error=report.error,
            result=report.result,
            artifacts=tuple(f.Artifact(kept.name, kept.size, kept.sha256) for kept in report.artifacts),
            chance=self._chance(),
        )

    def _start(self, run: Run, step: str, attempt: int) -> None:
        """Start the attempt, unless the run has gone on to end it while its start was being stored."""
        live = self._mailbox.runs.get(run.id)
        if live is None or live.state is RunState.CANCELLING:
            self.hear(Ended(address(run.id, step, attempt), error="never started: the run was cancelled"))
            return
        job = self._job(run, step)
        if job is not None:
            self._executor.start(job)
            self._limit(run, step, attempt)

    def _job(self, run: Run, step: str) -> Job | None:
        """The job of the step's attempt; when what it refers to makes none, the attempt ends unstarted."""
        try:
            return prepare(run, run.workflow.by_id[step], self._environment)
        except (OpsgateError, ValueError) as problem:
            self.hear(Ended(address(run.id, step, run.steps[step].attempt), error=str(problem)))
            return None

    def _limit(self, run: Run, step: str, attempt: int) -> None:
        timeout = run.workflow.by_id[step].timeout
        started = run.steps[step].attempt_started_at
        if timeout is None or started is None:
            return
        spent = max(0.0, self._clock.now() - started)
        self._timers.set((run.id, step), timeout - spent, lambda: self._time_out(run.id, step, attempt))

    def _time_out(self, run_id: str, step: str, attempt: int) -> None:
        run = self._mailbox.runs.get(run_id)
        if run is not None:
            self._mailbox.post(run, TimeOutAttempt(step, attempt))

    def _post_at(self, due: float, name: Hashable, run_id: str, command: Command) -> None:
        """Post `command` at the wall-clock time `due`; a clock that was set back meanwhile is waited for."""

        def post() -> None:
            run = self._mailbox.runs.get(run_id)
            if run is None:
                return
            if self._clock.now() < due:
                self._post_at(due, name, run_id, command)
            else:
                self._mailbox.post(run, command)

        self._timers.set(name, due - self._clock.now(), post)

    def _end_all(self, run: Run, force: bool) -> None:
        for step in run.steps.values():
            if step.state is StepState.RUNNING:
                self._timers.drop((run.id, step.id))
                self._executor.end(address(run.id, step.id, step.attempt), 0.0 if force else GRACE)
