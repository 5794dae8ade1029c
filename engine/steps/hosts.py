"""Runs python and agent jobs in warm hosts and reports what came of them.

`host.py` is the other side and says what passes between the two; `host_pool.py` keeps the hosts.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.core.errors import InvalidInput
from engine.steps.agent_events import AgentEvents
from engine.steps.collect import with_artifacts
from engine.steps.host_journal import Message, journals
from engine.steps.host_pool import Host, HostPool, is_host
from engine.steps.job import AgentJob, Ended, Lost, PythonJob, Report
from engine.steps.result import check_result
from engine.steps.supervision import Exit, Refusal, Supervision

HostJob = PythonJob | AgentJob

OUR_PATH = Path(__file__).parents[2]
ADAPTERS = {"scripted": "engine.agents.scripted:perform"}
IDLE = 60.0  # seconds a host is kept with nothing to do
STRANGER_GRACE = 2.0  # seconds for a host of an earlier engine whose work nobody waits for


@dataclass(slots=True)
class _Flight:
    """A job and the host that has it. `sent` is False while the host is still starting."""

    job: HostJob
    host: Host
    events: AgentEvents
    sent: bool = False


class Hosts:
    """Every attempt that is started or taken over is reported exactly once, as Ended or Lost; what an agent
    says comes before that, as AgentSaid.

    `report` is called on the event loop. Whoever attaches the supervision routes its events here: `refused`
    and `ended` say whether they were about a host. `home` is the engine's home, `store` the folder of kept
    artifacts, `idle` the seconds that a host is kept with nothing to do.
    """

    def __init__(
        self,
        home: Path,
        supervision: Supervision,
        store: Path,
        report: Callable[[Report], None],
        idle: float = IDLE,
    ) -> None:
        self._store = store
        self._report = report
        self._pool = HostPool(home / "hosts", supervision, idle, self._ready, self._heard)
        self._flights: dict[str, _Flight] = {}  # by host
        self._unforgotten: dict[str, Host] = {}  # by attempt: whose journal still has to remember it
        self._collecting: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Listen for hosts. Raises OSError when the home cannot hold their socket."""
        self._pool.open()

    def start(self, job: HostJob) -> None:
        """Have the job done by a host that is ready, or by a new one. Returns at once."""
        if isinstance(job, AgentJob) and job.adapter not in ADAPTERS:
            known = ", ".join(sorted(ADAPTERS))
            self._report(Ended(job.id, error=f"There is no agent adapter {job.adapter!r}; use {known}."))
            return
        flight = self._board(job, self._pool.host_for(path_of(job)))
        if flight.host.is_connected:
            self._send(flight)

    def take_over(self, jobs: Iterable[HostJob]) -> set[str]:
        """Take over attempts that an earlier engine started; returns the ids of those alive.

        Those that ended meanwhile are reported as their host's journal says, all others as Lost.
        """
        found = {host_id: journal.words() for host_id, journal in journals(self._pool.folder).items()}
        begun = {
            job_id: (host_id, word)
            for host_id, words in found.items()
            for job_id, word in words.items()
            if "stale" not in word
        }
        exits = {end.id: end for end in self._pool.supervision.ended if is_host(end.id)}
        for job in jobs:
            if job.id in begun:
                self._resume(job, *begun[job.id], exits)
            else:
                started = not self._pool.supervision.complete
                self._report(Lost(job.id, "the engine ended before it was started", started))
        for host in self._pool:
            if not host.busy:
                self._pool.end(host, STRANGER_GRACE)
        for host_id in found.keys() | exits.keys():
            self._tidy(self._pool.get(host_id) or Host(host_id, self._pool.folder))
        return {flight.job.id for flight in self._flights.values()}

    def reattach(self, supervision: Supervision) -> set[str]:
        """Go on under another supervision after the supervisor died: what the old one ran counts as lost.

        Returns the ids of the attempts still alive.
        """
        self._pool.supervision = supervision
        live = {each.id for each in supervision.live}
        for host in self._pool:
            if host.id not in live:
                self._pool.remove(host)
                if flight := self._flights.pop(host.id, None):
                    why = "its supervisor was lost before it ended"
                    self._settle(flight, Lost(flight.job.id, why, flight.sent))
        return {flight.job.id for flight in self._flights.values()}

    def end(self, job_id: str, grace: float) -> None:
        """End the attempt's host with its whole process tree: SIGTERM, then SIGKILL after `grace` seconds."""
        for flight in self._flights.values():
            if flight.job.id == job_id:
                self._pool.end(flight.host, grace)

    def forget(self, job_id: str) -> None:
        """The attempt's end is recorded durably elsewhere."""
        if host := self._unforgotten.pop(job_id, None):
            self._tidy(host)

    def refused(self, refusal: Refusal) -> bool:
        """The supervisor could not start a host."""
        if host := self._pool.get(refusal.id):
            self._pool.remove(host)
            if flight := self._flights.pop(host.id, None):
                why = f"No python host can be started ({refusal.where}): {refusal.message}."
                self._report(Ended(flight.job.id, error=why))
        return is_host(refusal.id)

    def ended(self, end: Exit) -> bool:
        """A host's tree is gone; if it had a job, so is that."""
        if host := self._pool.get(end.id):
            self._pool.remove(host)
            if flight := self._flights.pop(host.id, None):
                self._conclude(flight, host.journal.words().get(flight.job.id, {}), end)
            self._tidy(host)
        return is_host(end.id)

    async def close(self) -> None:
        """Wait for what is being collected. Busy hosts go on, unreported; idle ones end."""
        self._pool.close()
        await asyncio.gather(*self._collecting)

    def _board(self, job: HostJob, host: Host) -> _Flight:
        flight = self._flights[host.id] = _Flight(job, host, AgentEvents(job.id, job.folder))
        return flight

    def _send(self, flight: _Flight) -> None:
        try:
            flight.host.journal.sent(flight.job.id)
        except OSError as error:
            del self._flights[flight.host.id]
            self._pool.release(flight.host)
            why = f"Its start cannot be noted ({error.strerror}); make room, then run it again."
            self._report(Ended(flight.job.id, error=why))
            return
        flight.sent = True
        flight.host.send(as_call(flight.job))

    def _ready(self, host: Host) -> None:
        flight = self._flights.get(host.id)
        if flight and flight.sent:
            self._tell(flight)
        elif flight and not host.ending:
            self._send(flight)

    def _heard(self, host: Host, message: Message) -> None:
        flight = self._flights.get(host.id)
        if flight is None:
            return
        job = flight.job
        if message.get("said") == job.id:
            self._tell(flight)
        elif message.get("stale") == job.id:
            del self._flights[host.id]
            host.hang_up()
            self.start(job)
        elif message.get("done") == job.id and message.get("stays") and not host.ending:
            del self._flights[host.id]
            self._pool.release(host)
            self._conclude(flight, message, None)

    def _tell(self, flight: _Flight) -> None:
        """Report what an agent has said since the last time."""
        if isinstance(flight.job, AgentJob) and (said := flight.events.more()):
            self._report(said)

    def _resume(self, job: HostJob, host_id: str, word: Message, exits: Mapping[str, Exit]) -> None:
        """Wait for an attempt of an earlier engine, or report it when its host is gone or done with it."""
        host = self._pool.get(host_id)
        flight = _Flight(job, host or Host(host_id, self._pool.folder), AgentEvents(job.id, job.folder), True)
        if host and not word.get("stays"):
            host.occupy(path_of(job))
            self._flights[host_id] = flight
            self._tell(flight)
        else:
            self._conclude(flight, word, exits.get(host_id))

    def _conclude(self, flight: _Flight, word: Message, end: Exit | None) -> None:
        """Report an attempt that is over: by its host's last word about it, else by the host's own end."""
        self._tell(flight)
        job_id = flight.job.id
        if "done" in word:
            self._settle(flight, outcome(job_id, word))
        elif not flight.sent:
            asked = flight.host.ending
            why = "ended on request" if asked else f"host not coming up; read {self._pool.folder / 'log'}"
            self._report(Ended(job_id, error=f"It was never called: {why}."))
        elif "stale" in word:
            self.start(flight.job)
        elif end is None:
            self._settle(flight, Lost(job_id, "its host vanished before it ended"))
        elif end.signal == signal.SIGKILL and not flight.host.ending:
            self._settle(flight, Lost(job_id, "its host was killed from outside"))
        else:
            self._settle(flight, cut_short(job_id, end))

    def _settle(self, flight: _Flight, report: Ended | Lost) -> None:
        """Report it, with its artifacts; the journal remembers it until `forget`."""
        self._unforgotten[flight.job.id] = flight.host
        if isinstance(report, Ended) and flight.job.artifacts:
            task = asyncio.create_task(self._collect(flight.job, report))
            self._collecting.add(task)
            task.add_done_callback(self._collecting.discard)
        else:
            self._report(report)

    async def _collect(self, job: HostJob, ended: Ended) -> None:
        keeping = (ended, job.workdir, job.artifacts, self._store)
        self._report(await asyncio.to_thread(with_artifacts, *keeping))

    def _tidy(self, host: Host) -> None:
        """Drop what is on record about a host that is gone and whose attempts are all forgotten."""
        needed = any(each.id == host.id for each in self._unforgotten.values())
        if self._pool.get(host.id) is None and not needed:
            host.journal.delete()
            self._pool.supervision.forget([host.id])


def path_of(job: HostJob) -> Path:
    """The folder that comes first on sys.path: the workflow's, or the one that holds our own packages."""
    return job.path if isinstance(job, PythonJob) else OUR_PATH


def as_call(job: HostJob) -> dict[str, Any]:
    """The job as a host gets it (see host.Job)."""
    if isinstance(job, PythonJob):
        target, arguments = job.target, dict(job.arguments)
    else:
        target = ADAPTERS[job.adapter]
        arguments = {
            "prompt": job.prompt,
            "tools": dict(job.tools),
            "settings": dict(job.settings),
            "given": dict(job.input),
        }
    return {
        "id": job.id,
        "target": target,
        "arguments": arguments,
        "path": str(path_of(job)),
        "folder": str(job.folder),
        "workdir": str(job.workdir),
        "env": dict(job.env),
        "input": dict(job.input),
        "agent": isinstance(job, AgentJob),
    }


def outcome(job_id: str, word: Message) -> Ended:
    """What a host's `done` says."""
    if "error" in word:
        return Ended(job_id, exit_code=1, error=str(word["error"]))
    try:
        return Ended(job_id, exit_code=0, result=check_result(word.get("result")))
    except InvalidInput as problem:
        return Ended(job_id, exit_code=0, error=problem.message)


def cut_short(job_id: str, end: Exit) -> Ended:
    """A host that ended in the middle of a job: no exit status of it is a success."""
    if end.signal is not None:
        return Ended(job_id, signal=end.signal)
    error = f"It ended its own process (exit code {end.code}) instead of returning."
    return Ended(job_id, exit_code=end.code, error=error)
