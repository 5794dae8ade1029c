"""The scripted agent does what its script says, and only what its tools allow."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from engine.agents.scripted import MAX_OUTPUT, MAX_SHOWN, perform

GIVEN = {
    "inputs": {"name": "Ada", "count": 3},
    "state": {"version": "1.2.0"},
    "steps": {"build": {"state": "succeeded", "output": {"rows": [1, 2]}}},
    "run": {"id": "r1", "dir": "/somewhere"},
}


@pytest.fixture(autouse=True)
def workdir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Stage:
    """Plays scripts and keeps what the agent said."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def play(self, *script: Mapping[str, Any], tools: Mapping[str, str] | None = None) -> dict[str, Any]:
        return perform(
            self.events.append,
            prompt="Write it.",
            tools=tools or {},
            settings={"script": list(script)},
            given=GIVEN,
        )

    def kinds(self) -> list[str]:
        return [event["type"] for event in self.events]


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_texts_and_values_see_the_run_and_the_prompt(stage: Stage) -> None:
    came_of_it = stage.play(
        {"do": "message", "text": "${prompt} Hello ${inputs.name}, ${steps.build.output.rows}"},
        {"do": "thought", "text": "${run.id}"},
        {"do": "plan", "entries": [{"text": "Greet ${inputs.name}", "status": "completed"}]},
        {"do": "usage", "input_tokens": 10, "output_tokens": 2, "requests": 1, "cost_usd": None},
        {"do": "output", "values": {"count": "${inputs.count}"}},
        {"do": "output", "values": {"rows": ["${steps.build.output.rows}"]}},
        {"do": "state", "values": {"version": "${state.version}-rc"}},
        {"do": "caveat", "text": "not sure about ${inputs.name}"},
        {"do": "decision", "text": "kept ${state.version}"},
    )
    assert stage.events == [
        {"type": "agent.message", "text": "Write it. Hello Ada, [1, 2]"},
        {"type": "agent.thought", "text": "r1"},
        {"type": "agent.plan", "entries": [{"text": "Greet Ada", "status": "completed"}]},
        {"type": "usage", "input_tokens": 10, "output_tokens": 2, "requests": 1, "cost_usd": None},
    ]
    assert came_of_it == {
        "result": {
            "output": {"count": 3, "rows": [[1, 2]]},
            "state": {"version": "1.2.0-rc"},
            "caveats": ["not sure about Ada"],
            "decisions": ["kept 1.2.0"],
        }
    }


def test_a_tools_program_really_runs_and_its_output_can_be_used(stage: Stage, workdir: Path) -> None:
    (workdir / "notes.txt").write_text("two\nlines\n\n")
    came_of_it = stage.play(
        {
            "do": "tool",
            "name": "read",
            "arguments": {"file": "notes of ${inputs.name}"},
            "run": ["cat", "notes.txt"],
            "save": "notes",
        },
        {"do": "output", "values": {"notes": "${results.notes}"}},
        tools={"read": "allow"},
    )
    assert stage.events == [
        {"type": "tool.started", "call": "call-1", "name": "read", "arguments": {"file": "notes of Ada"}},
        {"type": "tool.finished", "call": "call-1", "result": "two\nlines"},
    ]
    assert came_of_it["result"]["output"] == {"notes": "two\nlines"}


def test_a_tool_without_a_program_only_says_that_it_was_called(stage: Stage) -> None:
    stage.play({"do": "tool", "name": "note", "arguments": {}}, tools={"note": "allow"})
    assert stage.kinds() == ["tool.started", "tool.finished"]


@pytest.mark.parametrize(
    ("argv", "reason"),
    [
        (["sh", "-c", "exit 3"], "it ended with exit code 3"),
        (["sh", "-c", "kill -9 $$"], "it was ended by signal 9"),
        (["no-such-program"], "no-such-program cannot be started (No such file or directory)"),
        (["head", "-c", str(MAX_OUTPUT + 1), "/dev/zero"], "it printed more than 1 MiB"),
        (["yes"], "it printed more than 1 MiB"),
    ],
)
def test_a_tool_that_fails_fails_the_agent_unless_it_may(stage: Stage, argv: list[str], reason: str) -> None:
    action = {"do": "tool", "name": "work", "run": argv}
    after = {"do": "message", "text": "went on"}
    assert stage.play(action, after, tools={"work": "allow"}) == {"error": f"The tool work failed: {reason}."}
    assert stage.events[-1] == {"type": "tool.failed", "call": "call-1", "error": reason}
    assert "result" in stage.play({**action, "may_fail": True}, after, tools={"work": "allow"})
    assert stage.events[-1] == {"type": "agent.message", "text": "went on"}


@pytest.mark.parametrize(
    ("tools", "reason"),
    [
        ({"publish": "deny"}, "this agent may not use it"),
        ({"publish": "ask"}, "asking a person from inside an agent is not available in this version"),
        ({"other": "allow"}, "it is not among this agent's tools"),
    ],
)
def test_a_refused_tool_never_runs_and_leaves_the_attempt_failed(
    stage: Stage, workdir: Path, tools: dict[str, str], reason: str
) -> None:
    came_of_it = stage.play(
        {"do": "tool", "name": "publish", "run": ["touch", "published"]},
        {"do": "message", "text": "All done."},
        {"do": "output", "values": {"done": True}},
        tools=tools,
    )
    assert stage.events == [
        {"type": "tool.denied", "call": "call-1", "name": "publish", "reason": reason},
        {"type": "agent.message", "text": "All done."},
    ]
    assert not (workdir / "published").exists()
    assert came_of_it == {"error": f"A denied action is unresolved: publish ({reason})."}


def test_the_event_of_a_talkative_tool_is_short_and_its_result_is_whole(stage: Stage) -> None:
    came_of_it = stage.play(
        {"do": "tool", "name": "talk", "run": ["printf", "%9999d", "1"], "save": "talk"},
        {"do": "output", "values": {"talk": "${results.talk}"}},
        tools={"talk": "allow"},
    )
    assert len(stage.events[-1]["result"]) == MAX_SHOWN
    assert len(came_of_it["result"]["output"]["talk"]) == 9999


def test_files_are_written_inside_the_working_folder(stage: Stage, workdir: Path) -> None:
    stage.play({"do": "write", "file": "notes/${inputs.name}.md", "text": "# ${prompt}\n"})
    assert (workdir / "notes" / "Ada.md").read_text() == "# Write it.\n"


@pytest.mark.parametrize(
    "name", ["../out.txt", "/tmp/opsgate-out.txt", "link/out.txt", "a/../../out.txt", "."]
)
def test_no_file_is_written_outside_of_it(stage: Stage, workdir: Path, name: str) -> None:
    (workdir / "link").symlink_to("/")
    came_of_it = stage.play({"do": "write", "file": name, "text": "x"})
    assert came_of_it["error"].startswith(f"The file {name!r} is outside the working folder")


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        ({"do": "fail", "text": "I give up on ${inputs.name}."}, "I give up on Ada."),
        ({"do": "message", "text": "${results.nothing}"}, "${results.nothing} has no value here"),
        ({"do": "tool", "name": "t", "run": ["${state.missing}"]}, "${state.missing} has no value here"),
        ({"do": "dance"}, "The script has the unknown action 'dance'"),
    ],
)
def test_an_agent_that_cannot_go_on_fails_with_one_sentence(
    stage: Stage, action: dict[str, Any], sentence: str
) -> None:
    came_of_it = stage.play(action, {"do": "message", "text": "went on"}, tools={"t": "allow"})
    assert came_of_it["error"].startswith(sentence)
    assert stage.events == []
