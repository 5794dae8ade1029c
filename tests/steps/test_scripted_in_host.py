"""An agent in a warm host: its events are reported as they happen, in order, before the attempt's end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engine.steps.job import AgentSaid, Ended

from .hosting import hosting, log_of


async def test_events_are_reported_while_the_agent_runs(tmp_path: Path) -> None:
    async with hosting(tmp_path) as world:
        goes_on = world.signal("goes_on")
        job = world.agent(
            {"do": "message", "text": "Hello ${inputs.name}."},
            {"do": "tool", "name": "wait", "run": ["head", "-n", "1", goes_on.path]},
            {"do": "output", "values": {"name": "${inputs.name}"}},
            tools={"wait": "allow"},
        )
        world.hosts.start(job)
        kinds: list[str] = []
        while kinds[-1:] != ["tool.started"]:
            said = await world.report()
            assert isinstance(said, AgentSaid)
            assert said.first == len(kinds)
            kinds += [event["type"] for event in said.events]
        goes_on.give()
        said = await world.report()
        assert isinstance(said, AgentSaid)
        assert (said.first, said.events) == (2, ({"type": "tool.finished", "call": "call-1", "result": ""},))
        ended = await world.report()
        assert isinstance(ended, Ended)
        assert (ended.exit_code, ended.result["output"]) == (0, {"name": "Ada"})


async def test_the_log_tells_the_story(tmp_path: Path) -> None:
    async with hosting(tmp_path) as world:
        job = world.agent(
            {"do": "message", "text": "Hello."},
            {"do": "plan", "entries": [{"text": "Look", "status": "pending"}]},
            {"do": "tool", "name": "look", "run": ["sh", "-c", "echo seen; echo trouble >&2"]},
            {"do": "tool", "name": "publish", "run": ["true"]},
            {"do": "write", "file": "notes.md", "text": "x"},
            tools={"look": "allow", "publish": "ask"},
        )
        ended = await world.run(job)
        assert log_of(job).splitlines() == [
            "[message] Hello.",
            "[plan] Look (pending)",
            "[tool] look: sh -c echo seen; echo trouble >&2",
            "trouble",
            "[denied] publish: asking a person from inside an agent is not available in this version",
            "[wrote] notes.md",
        ]
        assert (job.workdir / "notes.md").exists()
        assert ended.exit_code == 1
        assert ended.error is not None
        assert ended.error.startswith("A denied action is unresolved: publish")


async def test_a_tool_ends_with_its_agent(tmp_path: Path) -> None:
    async with hosting(tmp_path) as world:
        begun = world.signal("begun")
        command = f"echo $$ > pid; echo > {begun.path}; sleep 1000"
        job = world.agent(
            {"do": "tool", "name": "wait", "run": ["sh", "-c", command]}, tools={"wait": "allow"}
        )
        world.hosts.start(job)
        await begun.come()
        tool = int((job.workdir / "pid").read_text())
        world.hosts.end(job.id, 5.0)
        ended = await world.end_of(job)
        assert isinstance(ended, Ended)
        assert ended.signal is not None
        assert not Path(f"/proc/{tool}").exists()


async def test_an_adapter_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    async with hosting(tmp_path) as world:
        ended = await world.run(replace(world.agent(), adapter="oracle"))
        assert ended.error == "There is no agent adapter 'oracle'; use scripted."
