"""Hosts are started as they are needed, kept while they are warm, and ended once idle or old."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engine.steps.host import MAX_JOBS
from engine.steps.job import Ended, Lost

from .hosting import hosting

WHO = "import os\ndef pid():\n    return {'pid': os.getpid()}\n"


async def test_a_blank_host_is_kept_beside_those_at_work(tmp_path: Path) -> None:
    async with hosting(tmp_path) as world:
        world.module("who.py", WHO)
        await world.call("who:pid")
        await world.until(lambda: len(world.live) == 2)
        first = set(world.live)
        await world.run(replace(world.python("who:pid"), path=tmp_path))
        await world.until(lambda: len(world.live) == 3)
        assert first < set(world.live)


async def test_jobs_at_the_same_time_have_a_host_each(tmp_path: Path) -> None:
    async with hosting(tmp_path) as world:
        world.module(
            "steps.py",
            """
            import os
            def meet(mine, theirs):
                open(mine, "w").write("x")
                open(theirs).readline()
                return {"pid": os.getpid()}
            """,
        )
        begun = [world.signal(f"begun{number}") for number in range(4)]
        goes_on = [world.signal(f"goes_on{number}") for number in range(4)]
        for one, other in zip(begun, goes_on, strict=True):
            world.hosts.start(world.python("steps:meet", mine=one.path, theirs=other.path))
        for one in begun:
            await one.come()
        for other in goes_on:
            other.give()
        ends = [await world.report() for _ in begun]
        pids = {end.result["output"]["pid"] for end in ends if isinstance(end, Ended)}
        assert len(pids) == 4


async def test_idle_hosts_end_and_leave_nothing(tmp_path: Path) -> None:
    async with hosting(tmp_path, idle=0.01) as world:
        world.module("who.py", WHO)
        ended = await world.call("who:pid")
        world.hosts.forget(ended.id)
        await world.until(lambda: not world.live)
        assert not list((world.home / "hosts").glob("*.jsonl"))
        assert (await world.call("who:pid")).exit_code == 0


async def test_a_host_ends_after_so_many_jobs(tmp_path: Path) -> None:
    async with hosting(tmp_path) as world:
        world.module("who.py", WHO)
        pids = [(await world.call("who:pid")).result["output"]["pid"] for _ in range(MAX_JOBS + 1)]
        assert len(set(pids[:MAX_JOBS])) == 1
        assert pids[-1] not in pids[:MAX_JOBS]


async def test_every_attempt_is_reported_when_the_supervisor_dies(tmp_path: Path) -> None:
    async with hosting(tmp_path) as world:
        begun = world.signal("begun")
        world.module("steps.py", "def spin(begun):\n    open(begun, 'w').write('x')\n    while True: pass\n")
        job = world.python("steps:spin", begun=begun.path)
        world.hosts.start(job)
        await begun.come()
        await world.supervisor_dies()
        assert await world.end_of(job) == Lost(job.id, "its supervisor was lost before it ended")
        world.module("who.py", WHO)
        assert (await world.call("who:pid")).exit_code == 0
