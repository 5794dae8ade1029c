"""Runs process jobs under the supervisor: prepares the folder, spawns, and reports what came of it."""

from __future__ import annotations

import asyncio
import errno
import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.core.errors import InvalidInput
from engine.steps.collect import with_artifacts
from engine.steps.job import Ended, Lost, ProcessJob, Report
from engine.steps.result import read_result
from engine.steps.supervision import Exit, Refusal, Supervision

DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin"


@dataclass(frozen=True, slots=True)
class Flight:
    """What is needed to report an attempt once it has ended."""

    id: str
    folder: Path
    workdir: Path
    artifacts: tuple[str, ...]
    program: str

    @classmethod
    def of(cls, job: ProcessJob) -> Flight:
        return cls(job.id, job.folder, job.workdir, job.artifacts, job.argv[0])


class ProcessExecutor:
    """Every attempt that is started or taken over is reported exactly once, as Ended or Lost.

    `report` is called on the event loop. Whoever attaches the supervision routes its events here: `refused`
    and `ended` say whether the attempt was one of ours. `store` is the folder of kept artifacts.
    """

    def __init__(self, supervision: Supervision, store: Path, report: Callable[[Report], None]) -> None:
        self._supervision = supervision
        self._store = store
        self._report = report
        self._flights: dict[str, Flight] = {}
        self._collecting: set[asyncio.Task[None]] = set()

    def start(self, job: ProcessJob) -> None:
        """Prepare the attempt's folder and spawn its program. Returns at once."""
        try:
            program = find_program(job.argv[0], job.env)
            prepare(job)
        except InvalidInput as error:
            self._report(Ended(job.id, error=error.message))
            return
        except OSError as error:
            self._report(Ended(job.id, error=f"The attempt's folder cannot be prepared: {error}."))
            return
        self._flights[job.id] = Flight.of(job)
        log = f"{job.folder}/log"
        self._supervision.spawn(job.id, job.argv, job.env, job.workdir, log, program=program)

    def take_over(self, jobs: Iterable[ProcessJob]) -> set[str]:
        """Take over attempts that an earlier engine started; returns the ids of those alive.

        Those that ended meanwhile are reported with their recorded exit, all others as Lost.
        """
        for job in jobs:
            self._flights[job.id] = Flight.of(job)
        return self.reattach(self._supervision)

    def reattach(self, supervision: Supervision) -> set[str]:
        """Go on under another supervision, after a supervisor died; ids and reports as for `take_over`."""
        self._supervision = supervision
        for end in supervision.ended:
            self.ended(end)
        live = {attempt.id for attempt in supervision.live}
        for job_id in self._flights.keys() - live:
            del self._flights[job_id]
            self._report(_lost(job_id, supervision))
        return self._flights.keys() & live

    def end(self, job_id: str, grace: float) -> None:
        """End the attempt's whole process tree: SIGTERM, then SIGKILL after `grace` seconds."""
        if job_id in self._flights:
            self._supervision.end(job_id, grace)

    def refused(self, refusal: Refusal) -> bool:
        """The supervisor could not start it."""
        flight = self._flights.pop(refusal.id, None)
        if flight:
            self._report(Ended(flight.id, error=_refusal_sentence(flight, refusal)))
        return flight is not None

    def ended(self, end: Exit) -> bool:
        """Its tree is gone: collect what it left, then report."""
        flight = self._flights.pop(end.id, None)
        if flight and flight.artifacts:
            task = asyncio.create_task(self._collect_in_thread(flight, end))
            self._collecting.add(task)
            task.add_done_callback(self._collecting.discard)
        elif flight:
            self._report(collect(flight, end, self._store))
        return flight is not None

    async def close(self) -> None:
        """Wait for what is being collected. Live attempts go on under their supervisor, unreported."""
        await asyncio.gather(*self._collecting)

    async def _collect_in_thread(self, flight: Flight, end: Exit) -> None:
        self._report(await asyncio.to_thread(collect, flight, end, self._store))


def prepare(job: ProcessJob) -> None:
    """Make the attempt's folder and what the step finds in it."""
    folder, workdir = str(job.folder), str(job.workdir)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    if workdir.startswith(f"{folder}/"):
        os.makedirs(workdir, mode=0o700, exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    with os.fdopen(os.open(f"{folder}/input.json", flags, 0o600), "wb", buffering=0) as file:
        file.write(json.dumps(job.input, ensure_ascii=False).encode())


def find_program(name: str, env: Mapping[str, str]) -> str:
    """The path to execute: `name` itself when it holds a slash, else what PATH of the step's own `env` says.

    Raises InvalidInput when PATH leads to no executable file.
    """
    if "/" in name:
        return name
    found_file = False
    for folder in env.get("PATH", DEFAULT_PATH).split(":"):
        candidate = f"{folder}/{name}"
        # A relative PATH entry would mean another program in every working folder.
        if folder.startswith("/") and Path(candidate).is_file():
            if os.access(candidate, os.X_OK):
                return candidate
            found_file = True
    if found_file:
        raise InvalidInput(f"The program {name!r} is not executable; give it execute permission.")
    raise InvalidInput(
        f"There is no program {name!r} in the step's PATH; install it or write its whole path."
    )


def collect(flight: Flight, end: Exit, store: Path) -> Ended:
    """The report of an attempt that ran: its exit, its result document, its artifacts.

    An unreadable result is an error only when the exit status says success.
    """
    result: Mapping[str, Any] = {}
    problem = None
    try:
        result = read_result(f"{flight.folder}/result.json")
    except InvalidInput as error:
        problem = error.message if end.code == 0 else None
    ended = Ended(flight.id, end.code, end.signal, problem, result)
    return with_artifacts(ended, flight.workdir, flight.artifacts, store) if flight.artifacts else ended


def _lost(job_id: str, supervision: Supervision) -> Lost:
    started = job_id in {start.id for start in supervision.missing} or not supervision.complete
    why = "its supervisor was lost before it ended" if started else "the engine ended before it was started"
    return Lost(job_id, why, started)


def _refusal_sentence(flight: Flight, refusal: Refusal) -> str:
    reason = refusal.message
    match refusal.where:
        case "workdir":
            return f"The working folder {str(flight.workdir)!r} cannot be entered: {reason}."
        case "program":
            return _program_sentence(flight.program, flight.workdir / flight.program, refusal)
        case _:
            return f"The attempt could not be started ({refusal.where}): {reason}."


def _program_sentence(name: str, path: Path, refusal: Refusal) -> str:
    if path.is_dir():
        return f"The program {name!r} is a folder; name the program in it."
    match refusal.errno:
        case errno.ENOENT if path.exists():
            return f"The program {name!r} names a missing interpreter in its first line; correct it."
        case errno.ENOENT | errno.ENOTDIR:
            return f"There is no program {name!r}; check its path from the working folder."
        case errno.EACCES | errno.EPERM:
            return f"The program {name!r} is not executable; give it execute permission."
        case errno.ENOEXEC:
            return f"The program {name!r} is no executable format; does a script lack its first line, #!?"
        case errno.E2BIG:
            return f"The program {name!r} gets too many or too long arguments; pass the data in a file."
    return f"The program {name!r} cannot be started: {refusal.message}."
