"""An engine may die at any moment: the next one learns what became of every attempt, exactly once."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from engine.steps.job import AgentSaid, Ended, Lost, PythonJob

from .hosting import Signal, World, hosting, readable

WAIT = """
    import os
    def wait(begun, goes_on):
        with open(goes_on) as gate:
            open(begun, "w").write(str(os.getpid()))
            gate.readline()
        return {"pid": os.getpid()}
    """


async def _in_the_middle(world: World) -> tuple[PythonJob, Signal, int]:
    """A job that runs and waits, the signal that lets it go on, and its process."""
    world.module("steps.py", WAIT)
    begun, goes_on = world.signal("begun"), world.signal("goes_on")
    job = world.python("steps:wait", begun=begun.path, goes_on=goes_on.path)
    world.hosts.start(job)
    return job, goes_on, int(await begun.come())


async def test_a_job_in_the_middle_is_adopted(tmp_path: Path) -> None:
    async with hosting(tmp_path) as world:
        job, goes_on, _ = await _in_the_middle(world)
        await world.engine_ends()
        await world.engine_comes()
        assert world.hosts.take_over([job]) == {job.id}
        goes_on.give()
        ended = await world.end_of(job)
        assert isinstance(ended, Ended)
        assert (ended.exit_code, ended.result["output"].keys()) == (0, {"pid"})


async def test_a_job_that_ended_without_an_engine_is_reported_by_the_next(tmp_path: Path) -> None:
    async with hosting(tmp_path) as world:
        job, goes_on, host = await _in_the_middle(world)
        process = os.pidfd_open(host)
        await world.engine_ends()
        goes_on.give()
        await _end_of(process)
        await world.engine_comes()
        assert world.hosts.take_over([job]) == set()
        assert await world.end_of(job) == Ended(job.id, exit_code=0, result={"output": {"pid": host}})


async def test_an_attempt_is_reported_again_until_it_is_forgotten(tmp_path: Path) -> None:
    async with hosting(tmp_path) as world:
        world.module("steps.py", "def give():\n    return {'n': 1}\n")
        job = world.python("steps:give")
        first = await world.run(job)
        await world.engine_ends()
        await world.engine_comes()
        world.hosts.take_over([job])
        assert await world.end_of(job) == first
        world.hosts.forget(job.id)
        await world.until(lambda: not world.live)
        assert not list((world.home / "hosts").glob("*.jsonl"))


async def test_a_host_killed_without_an_engine_leaves_its_attempt_lost(tmp_path: Path) -> None:
    async with hosting(tmp_path) as world:
        job, _, host = await _in_the_middle(world)
        process = os.pidfd_open(host)
        await world.engine_ends()
        os.kill(host, signal.SIGKILL)
        await _end_of(process)
        await world.engine_comes()
        world.hosts.take_over([job])
        assert await world.end_of(job) == Lost(job.id, "its host was killed from outside")


async def test_a_job_that_no_host_was_sent_never_started(tmp_path: Path) -> None:
    async with hosting(tmp_path) as world:
        job = world.python("steps:give")
        world.hosts.take_over([job])
        assert await world.end_of(job) == Lost(
            job.id, "the engine ended before it was started", started=False
        )


async def test_an_adopted_job_can_be_ended(tmp_path: Path) -> None:
    async with hosting(tmp_path) as world:
        job, _, _ = await _in_the_middle(world)
        await world.engine_ends()
        await world.engine_comes()
        world.hosts.take_over([job])
        world.hosts.end(job.id, 5.0)
        assert await world.end_of(job) == Ended(job.id, signal=signal.SIGTERM)


async def test_a_host_that_works_for_nobody_is_ended(tmp_path: Path) -> None:
    async with hosting(tmp_path) as world:
        await _in_the_middle(world)
        await world.engine_ends()
        await world.engine_comes()
        assert world.hosts.take_over([]) == set()
        await world.until(lambda: not world.live)
        assert world.reports.empty()


async def test_an_agents_events_are_complete_and_in_order_across_engines(tmp_path: Path) -> None:
    async with hosting(tmp_path) as world:
        begun, goes_on = world.signal("begun"), world.signal("goes_on")
        said, heard = world.signal("said"), world.signal("heard")
        waits = f"echo > {begun.path}; read line < {goes_on.path}"
        waits_again = f"echo > {said.path}; read line < {heard.path}"
        job = world.agent(
            {"do": "message", "text": "one"},
            {"do": "tool", "name": "wait", "run": ["sh", "-c", waits]},
            {"do": "message", "text": "two"},
            {"do": "tool", "name": "wait", "run": ["sh", "-c", waits_again]},
            {"do": "message", "text": "three"},
            tools={"wait": "allow"},
        )
        world.hosts.start(job)
        await begun.come()
        await world.engine_ends()
        while not world.reports.empty():
            world.reports.get_nowait()
        await world.engine_comes()
        assert world.hosts.take_over([job]) == {job.id}
        goes_on.give()
        await said.come()
        events: list[str] = []
        while "two" not in events:  # while it still runs: the host has found the new engine
            await _hear(world, events)
        heard.give()
        while "ended" not in events:
            await _hear(world, events)
        started, finished = "tool.started", "tool.finished"
        assert events == ["one", started, finished, "two", started, finished, "three", "ended"]


async def _hear(world: World, events: list[str]) -> None:
    report = await world.report()
    if isinstance(report, AgentSaid):
        assert report.first == len(events)
        events += [str(event.get("text", event["type"])) for event in report.events]
    else:
        events.append("ended")


async def _end_of(process: int) -> None:
    await readable(process)
    os.close(process)
