"""A home with a real supervisor, seen by one engine after another."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from engine.steps import proc
from engine.steps.supervision import Exit, Live, Refusal, Supervision
from tests.support import wait_for_exit

PATIENCE = 30.0
T = TypeVar("T")
PATH = "/usr/local/bin:/usr/bin:/bin"


class World:
    """What an engine hears from its supervisor; `attach` again is the next engine."""

    supervision: Supervision

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.log = folder / "log"
        self.started: dict[str, Live] = {}
        self.ended: dict[str, Exit] = {}
        self.refused: dict[str, Refusal] = {}
        self.gone = asyncio.Event()
        self._heard = asyncio.Event()

    async def attach(self, idle: float = 60.0) -> None:
        self.supervision = await Supervision.attach(
            self.home,
            on_started=lambda live: self._hear(self.started, live.id, live),
            on_refused=lambda refusal: self._hear(self.refused, refusal.id, refusal),
            on_ended=lambda end: self._hear(self.ended, end.id, end),
            on_gone=self.gone.set,
            idle=idle,
        )

    def _hear(self, known: dict[str, T], job_id: str, what: T) -> None:
        known[job_id] = what
        self._heard.set()

    async def _hears(self, known: Mapping[str, object], job_id: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while job_id not in known:
                self._heard.clear()
                await self._heard.wait()

    def spawn(self, job_id: str, *argv: str, env: Mapping[str, str] | None = None) -> None:
        """Start a program as the attempt `job_id`, RUN/STEP/NUMBER."""
        run, step, number = job_id.split("/")
        own = {"PATH": PATH, "OPSGATE_RUN": run, "OPSGATE_STEP": step, "OPSGATE_ATTEMPT": number}
        self.supervision.spawn(job_id, argv, own if env is None else env, self.folder, self.log)

    async def start(self, job_id: str, *argv: str) -> Live:
        """Spawn and wait until it runs."""
        self.spawn(job_id, *argv)
        await self._hears(self.started, job_id)
        return self.started[job_id]

    async def end_of(self, job_id: str) -> Exit:
        await self._hears(self.ended, job_id)
        return self.ended[job_id]

    async def refusal_of(self, job_id: str) -> Refusal:
        await self._hears(self.refused, job_id)
        return self.refused[job_id]

    async def pid_from(self, name: str) -> int:
        """The number that a step writes to the named pipe `name`; see `pipe`."""
        return int(await asyncio.to_thread((self.folder / name).read_text))

    def pipe(self, name: str) -> str:
        os.mkfifo(self.folder / name)
        return str(self.folder / name)

    def kill_supervisor(self) -> None:
        os.kill(self.supervision.pid, signal.SIGKILL)
        wait_for_exit(self.supervision.pid)


def alive(pid: int) -> bool:
    """Whether it runs; a zombie that its new parent has not reaped yet does not."""
    process = proc.inspect(pid)
    return process is not None and not process.zombie


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    """A world with its supervisor running; nothing of it is left afterwards."""
    made = World(folder)
    await made.attach()
    try:
        yield made
    finally:
        await made.supervision.close()
        await made.attach()
        for live in made.supervision.live:
            made.supervision.end(live.id, 0)
            await made.end_of(live.id)
        await made.supervision.end_orphans()
        assert await made.supervision.quit()
