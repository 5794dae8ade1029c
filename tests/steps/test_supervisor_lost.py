"""The supervisor dies under an engine: what is asked meanwhile counts, and a loss that lasts is said."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from engine.core.errors import StorageTrouble
from engine.home import Home
from engine.steps import supervision
from engine.steps.job import Ended, Lost, ProcessJob, Report
from engine.steps.local import LocalExecutor
from tests.support import PATIENCE, wait_for_exit, wait_for_file

STUBBORN = 'trap \'\' TERM; echo up > "$1"; while :; do read -r line < "$2"; done'


class Desk:
    """One engine's executor, and what it reports."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.executor = LocalExecutor(home)
        self.reports: asyncio.Queue[Report] = asyncio.Queue()
        self.trouble: asyncio.Future[StorageTrouble] = asyncio.get_running_loop().create_future()

    async def open(self) -> None:
        await self.executor.open(self.reports.put_nowait, self.trouble.set_result)

    def job(self, number: int, *argv: str) -> ProcessJob:
        folder = self.home.path / "attempts" / str(number)
        env = {"OPSGATE_RUN": "r", "OPSGATE_STEP": "s", "OPSGATE_ATTEMPT": str(number)}
        return ProcessJob(f"r/s/{number}", folder, folder / "work", env, {}, (), argv)

    async def stubborn(self, number: int) -> None:
        """Start an attempt that has to be killed, and wait until it runs."""
        up, pipe = self.home.path / "up", self.home.path / "pipe"
        os.mkfifo(pipe)
        self.executor.start(self.job(number, "/bin/sh", "-c", STUBBORN, "sh", str(up), str(pipe)))
        await asyncio.to_thread(wait_for_file, up)

    async def report(self) -> Report:
        async with asyncio.timeout(PATIENCE):
            return await self.reports.get()

    def kill_supervisor(self) -> None:
        (pid,) = self.executor.supervisors()
        os.kill(pid, signal.SIGKILL)
        wait_for_exit(pid)


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    home = Home(tmp_path / "home")
    home.ensure()
    made = Desk(home)
    await made.open()
    yield made
    async with asyncio.timeout(PATIENCE):
        await made.executor.close(end_live=True)


async def lost(desk: Desk) -> None:
    """The supervisor dies, and the executor has noticed it."""
    before = desk.executor.supervisors()
    desk.kill_supervisor()
    async with asyncio.timeout(PATIENCE):
        while desk.executor.supervisors() == before:
            await asyncio.sleep(0)


async def test_an_attempt_ended_before_it_could_start_never_starts(desk: Desk) -> None:
    await desk.stubborn(1)
    await lost(desk)
    witness = desk.home.path / "witness"
    desk.executor.start(desk.job(2, "/bin/sh", "-c", ': > "$1"', "sh", str(witness)))
    desk.executor.end("r/s/2", 0.0)
    told = {report.id: report for report in [await desk.report(), await desk.report()]}
    assert told["r/s/1"] == Lost("r/s/1", "its supervisor was lost before it ended")
    assert told["r/s/2"] == Ended("r/s/2", error="It was never started: ended on request.")
    desk.executor.start(desk.job(3, "/bin/true"))
    assert await desk.report() == Ended("r/s/3", exit_code=0)
    assert not witness.exists()


async def test_a_second_supervisor_that_dies_as_well_loses_no_report(desk: Desk) -> None:
    await desk.stubborn(1)
    await lost(desk)
    desk.executor.start(desk.job(2, "/bin/true"))
    await lost(desk)
    told = {report.id: report for report in [await desk.report(), await desk.report()]}
    assert told["r/s/1"] == Lost("r/s/1", "its supervisor was lost before it ended")
    assert told["r/s/2"] == Ended("r/s/2", exit_code=0)


async def test_one_that_does_not_answer_keeps_no_engine_from_ending(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervision, "ANSWER_WITHIN", 0.01)
    (pid,) = desk.executor.supervisors()
    os.kill(pid, signal.SIGSTOP)
    try:
        async with asyncio.timeout(PATIENCE):
            await desk.executor.close(end_live=False)
    finally:
        os.kill(pid, signal.SIGCONT)
    monkeypatch.undo()
    desk.executor = LocalExecutor(desk.home)
    await desk.open()


async def test_when_no_other_can_be_started_the_engine_is_told(desk: Desk) -> None:
    folder, aside = desk.home.path / "supervisor", desk.home.path / "aside"
    folder.rename(aside)
    folder.write_text("no folder")
    try:
        desk.kill_supervisor()
        async with asyncio.timeout(PATIENCE):
            trouble = await desk.trouble
        assert "no other can be started" in trouble.message
    finally:
        with suppress(FileNotFoundError):
            folder.unlink()
        shutil.move(aside, folder)
