"""A home with a real supervisor and real hosts, and the code that a workflow would bring."""

from __future__ import annotations

import asyncio
import os
import signal
import textwrap
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from engine.steps.hosts import HostJob, Hosts
from engine.steps.job import AgentJob, AgentSaid, Ended, Lost, PythonJob, Report
from engine.steps.supervision import Exit, Live, Refusal, Supervision

PATIENCE = 30.0


class Signal:
    """A FIFO between a test and a step: either side tells the other to go on."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.path = str(path)
        self._fd = os.open(path, os.O_RDWR | os.O_NONBLOCK)

    def give(self) -> None:
        os.write(self._fd, b"\n")

    async def come(self) -> str:
        """Wait until the step gave it; what it wrote."""
        await readable(self._fd)
        return os.read(self._fd, 1024).decode()

    def close(self) -> None:
        os.close(self._fd)


class World:
    """One engine's view of a home: `engine_ends` and `engine_comes` change which engine that is."""

    supervision: Supervision
    hosts: Hosts

    def __init__(self, folder: Path, idle: float) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.code = folder / "code"
        self.code.mkdir()
        self.live: dict[str, int] = {}
        self.reports: asyncio.Queue[Report] = asyncio.Queue()
        self.changed = asyncio.Event()
        self.gone = asyncio.Event()
        self._idle = idle
        self._signals: list[Signal] = []
        self._jobs = 0

    async def engine_comes(self) -> None:
        self.supervision = await self._attach()
        self.live = {live.id: live.pid for live in self.supervision.live}
        self.hosts = Hosts(
            self.home, self.supervision, self.folder / "store", self.reports.put_nowait, self._idle
        )
        await self.hosts.open()

    async def engine_ends(self) -> None:
        await self.hosts.close()
        await self.supervision.close()

    async def supervisor_dies(self) -> None:
        """Kill it; the engine starts another and ends what the dead one ran."""
        os.kill(self.supervision.pid, signal.SIGKILL)
        async with asyncio.timeout(PATIENCE):
            await self.gone.wait()
        self.supervision = await self._attach()
        self.live = {}
        self.hosts.reattach(self.supervision)
        await self.supervision.end_orphans()

    async def _attach(self) -> Supervision:
        return await Supervision.attach(
            self.home,
            on_started=self._started,
            on_refused=self._refused,
            on_ended=self._ended,
            on_gone=self.gone.set,
            idle=1.0,
        )

    async def close(self) -> None:
        await self.hosts.close()
        for host in self.live:
            self.supervision.end(host, 0.0)
        await self.until(lambda: not self.live)
        assert await self.supervision.quit()
        await self.supervision.close()
        for each in self._signals:
            each.close()

    def module(self, name: str, text: str) -> None:
        """Code of the workflow's own."""
        file = self.code / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(text))

    def signal(self, name: str) -> Signal:
        made = Signal(self.folder / name)
        self._signals.append(made)
        return made

    def python(self, target: str, /, env: Mapping[str, str] | None = None, **arguments: Any) -> PythonJob:
        return PythonJob(**self._attempt(env), target=target, arguments=arguments, path=self.code)

    def agent(self, *script: Mapping[str, Any], tools: Mapping[str, str] | None = None) -> AgentJob:
        return AgentJob(
            **self._attempt(None),
            adapter="scripted",
            prompt="Be quick.",
            tools=tools or {},
            settings={"script": list(script)},
        )

    def _attempt(self, env: Mapping[str, str] | None) -> dict[str, Any]:
        self._jobs += 1
        folder = self.folder / "runs" / str(self._jobs)
        return {
            "id": f"run/step/{self._jobs}",
            "folder": folder,
            "workdir": folder / "work",
            "env": {"PATH": "/usr/bin:/bin", **(env or {})},
            "input": {"inputs": {"name": "Ada"}, "state": {}, "steps": {}, "run": {"id": "run"}},
            "artifacts": (),
        }

    async def report(self) -> Report:
        async with asyncio.timeout(PATIENCE):
            return await self.reports.get()

    async def end_of(self, job: HostJob) -> Ended | Lost:
        """The report of the attempt's end; what an agent said before is dropped."""
        while isinstance(report := await self.report(), AgentSaid):
            pass
        assert report.id == job.id
        return report

    async def run(self, job: HostJob) -> Ended:
        self.hosts.start(job)
        report = await self.end_of(job)
        assert isinstance(report, Ended)
        return report

    async def call(self, target: str, /, **arguments: Any) -> Ended:
        return await self.run(self.python(target, **arguments))

    async def until(self, happened: Any) -> None:
        """Wait until `happened()`, looking again whenever a host starts or ends."""
        async with asyncio.timeout(PATIENCE):
            while not happened():
                self.changed.clear()
                await self.changed.wait()

    def _started(self, live: Live) -> None:
        self.live[live.id] = live.pid
        self.changed.set()

    def _refused(self, refusal: Refusal) -> None:
        self.hosts.refused(refusal)
        self.changed.set()

    def _ended(self, end: Exit) -> None:
        self.live.pop(end.id, None)
        self.hosts.ended(end)
        self.changed.set()


@asynccontextmanager
async def hosting(folder: Path, idle: float = 60.0) -> AsyncIterator[World]:
    """A world with an engine in it. No process of it is left afterwards."""
    world = World(folder, idle)
    await world.engine_comes()
    try:
        yield world
    finally:
        await world.close()


async def readable(fd: int) -> None:
    """Wait until there is something to read, or, for the descriptor of a process, until it has ended."""
    loop = asyncio.get_running_loop()
    found = asyncio.Event()
    loop.add_reader(fd, found.set)
    try:
        async with asyncio.timeout(PATIENCE):
            await found.wait()
    finally:
        loop.remove_reader(fd)


def log_of(job: HostJob) -> str:
    return (job.folder / "log").read_text()
