"""The supervisor is killed: every step it ran is unknown, never a success, and its tree is ended."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.steps.job import Ended, Lost, ProcessJob, Report
from engine.steps.process import ProcessExecutor
from tests.steps.supervising import PATIENCE, World, alive, world

HIDDEN = """
import os, signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
    open(sys.argv[1], "w").write(str(os.getpid()))
signal.pause()
"""


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as made:
        yield made


async def killed(home: World) -> None:
    home.kill_supervisor()
    async with asyncio.timeout(PATIENCE):
        await home.gone.wait()


def job(home: World, number: int, *argv: str) -> ProcessJob:
    folder = home.folder / str(number)
    env = {"PATH": "/usr/bin:/bin", "OPSGATE_RUN": "r", "OPSGATE_STEP": "s", "OPSGATE_ATTEMPT": str(number)}
    return ProcessJob(f"r/s/{number}", folder, folder / "work", env, {}, (), argv)


async def test_its_trees_are_ended_even_what_ignores_sigterm(home: World) -> None:
    pipe = home.pipe("pid")
    live = await home.start("r/s/1", sys.executable, "-I", "-S", "-c", HIDDEN, pipe)
    hidden = await home.pid_from("pid")
    await killed(home)
    assert alive(live.pid)
    assert alive(hidden)
    await home.attach()
    assert [start.id for start in home.supervision.missing] == ["r/s/1"]
    found = await home.supervision.end_orphans()
    assert [(orphan.id, orphan.processes) for orphan in found] == [("r/s/1", 2)]
    assert not alive(live.pid)
    assert not alive(hidden)


async def test_ended_orphans_are_not_missing_any_more(home: World) -> None:
    await home.start("r/s/1", "/bin/sleep", "1000")
    await killed(home)
    await home.attach()
    await home.supervision.end_orphans()
    await home.supervision.close()
    await home.attach()
    assert home.supervision.missing == ()


async def test_a_lost_attempt_stays_on_record_until_its_loss_is_durable(home: World) -> None:
    await home.start("r/s/1", "/bin/sleep", "1000")
    await killed(home)
    await home.attach()
    await home.supervision.end_orphans(["r/s/1"])
    await home.supervision.close()
    await home.attach()
    reports: list[Report] = []
    executor = ProcessExecutor(home.supervision, home.folder / "store", reports.append)
    executor.take_over([job(home, 1, "/bin/sleep", "1000")])
    assert reports == [Lost("r/s/1", "its supervisor was lost before it ended", started=True)]
    home.supervision.forget(["r/s/1"])
    await home.supervision.close()
    await home.attach()
    assert home.supervision.missing == ()


async def test_an_orphan_that_no_record_knows_is_found_by_its_environment(home: World) -> None:
    live = await home.start("r/s/1", "/bin/sleep", "1000")
    await killed(home)
    (home.home / "supervisor" / "record.jsonl").unlink()
    await home.attach()
    assert home.supervision.missing == ()
    await home.supervision.end_orphans(["r/s/1"])
    assert not alive(live.pid)


async def test_a_process_with_a_recycled_pid_is_spared(home: World) -> None:
    stranger = await asyncio.create_subprocess_exec("/bin/sleep", "1000", start_new_session=True)
    await killed(home)
    file = home.home / "supervisor" / "record.jsonl"
    boot = json.loads(file.read_text().splitlines()[0])["boot"]
    start = {"at": "asked", "id": "r/s/1", "pid": stranger.pid, "start": 1, "boot": boot, "marks": ["A=b"]}
    with file.open("a") as record:
        record.write(json.dumps(start) + "\n")
    await home.attach()
    assert [each.pid for each in home.supervision.missing] == [stranger.pid]
    assert await home.supervision.end_orphans() == ()
    assert stranger.returncode is None
    stranger.kill()
    await stranger.wait()


async def test_the_executor_reports_what_ran_as_lost_and_what_had_ended_as_ended(home: World) -> None:
    reports: list[Report] = []
    executor = ProcessExecutor(home.supervision, home.folder / "store", reports.append)
    executor.start(job(home, 1, "/bin/sleep", "1000"))
    executor.start(job(home, 2, "/bin/sh", "-c", "exit 3"))
    await home.end_of("r/s/2")
    await killed(home)
    await home.attach()
    assert executor.reattach(home.supervision) == set()
    await home.supervision.end_orphans()
    by_id = {report.id: report for report in reports}
    assert by_id["r/s/1"] == Lost("r/s/1", "its supervisor was lost before it ended", started=True)
    assert by_id["r/s/2"] == Ended("r/s/2", exit_code=3)


async def test_what_the_supervisor_never_heard_of_certainly_never_ran(home: World) -> None:
    reports: list[Report] = []
    executor = ProcessExecutor(home.supervision, home.folder / "store", reports.append)
    assert executor.take_over([job(home, 1, "/bin/true")]) == set()
    assert reports == [Lost("r/s/1", "the engine ended before it was started", started=False)]
