"""The script of a scripted agent: a file of actions, played in order.

Compiled, each action is a plain mapping with its kind under `do`, in `AgentSpec.script`:

    {"do": "message" | "thought" | "caveat" | "decision" | "fail", "text": …}
    {"do": "plan", "entries": [{"text": …, "status": "pending" | "in_progress" | "completed"}]}
    {"do": "usage", "input_tokens": n, "output_tokens": n, "requests": n, "cost_usd": n or None}
    {"do": "tool", "name": …, "arguments": {…}, "run": […] or None, "save": … or None}
    {"do": "pause", "seconds": n}
    {"do": "write", "file": …, "text": …}
    {"do": "output" | "state", "values": {…}}

Texts may hold references, resolved when the action runs; besides the usual ones, `${prompt}` and
`${results.NAME}`, the output of the tool call that was saved under NAME.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

from pydantic import ConfigDict, Field

from engine.definition.document import Path
from engine.definition.schema import Entry, Name, Pause, Text

_TEXTS: Final = ("message", "thought", "caveat", "decision", "fail")


class PlanEntry(Entry):
    """One line of the agent's plan."""

    text: Text = Field(description="What is to be done.")
    status: Literal["pending", "in_progress", "completed"] = Field(
        default="pending", description="How far it is."
    )


class UsageEntry(Entry):
    """What the agent has used since the last such action."""

    input_tokens: int = Field(default=0, ge=0, description="Tokens read.")
    output_tokens: int = Field(default=0, ge=0, description="Tokens written.")
    requests: int = Field(default=1, ge=0, description="Calls of the model.")
    cost_usd: float | None = Field(default=None, ge=0, description="Dollars; left out when not known.")


class ToolEntry(Entry):
    """A call of one of the agent's tools."""

    name: Name = Field(description="The tool, one of the agent's `tools`.")
    arguments: dict[str, Any] = Field(default={}, description="What the tool is called with.")
    run: list[str] | None = Field(
        default=None, min_length=1, description="The program that really runs for the call."
    )
    save: Name | None = Field(default=None, description="Keep its standard output as `${results.NAME}`.")


class WriteEntry(Entry):
    """A file to leave in the working folder."""

    file: Text = Field(description="Its name, relative to the working folder.")
    text: str = Field(description="Its content.")


class ActionEntry(Entry):
    """One action: exactly one key."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    message: Text | None = Field(default=None, description="The agent says something.")
    thought: Text | None = Field(default=None, description="The agent thinks something.")
    plan: list[PlanEntry] | None = Field(default=None, description="The agent's plan as it now is.")
    usage: UsageEntry | None = Field(default=None, description="What the agent has used.")
    tool: ToolEntry | None = Field(default=None, description="The agent calls a tool.")
    pause: Pause | None = Field(default=None, description="The agent takes its time.")
    write: WriteEntry | None = Field(default=None, description="The agent writes a file.")
    output: dict[Name, Any] | None = Field(default=None, description="Values of the step's output.")
    state: dict[Name, Any] | None = Field(default=None, description="Values of the shared state.")
    caveat: Text | None = Field(default=None, description="Something the agent is unsure of.")
    decision: Text | None = Field(
        default=None, description="Something the agent has decided, for the record."
    )
    fail: Text | None = Field(default=None, description="The agent gives up; the attempt fails.")


class ScriptFile(Entry):
    """A scripted agent's script."""

    script: list[ActionEntry] = Field(min_length=1, description="The actions, in order.")


def texts(action: ActionEntry) -> Iterator[tuple[Path, str]]:
    """Every text of an action that may hold references, with its path in the action."""
    for path, text in texts_in(action.model_dump(exclude_unset=True)):
        if path not in (("tool", "name"), ("tool", "save")):
            yield path, text


def texts_in(value: Any) -> Iterator[tuple[Path, str]]:
    """Every text inside a plain value, with its path."""
    if isinstance(value, str):
        yield (), value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            for path, text in texts_in(item):
                yield (key, *path), text
    elif isinstance(value, list):
        for number, item in enumerate(value):
            for path, text in texts_in(item):
                yield (number, *path), text


def compiled(file: ScriptFile) -> tuple[Mapping[str, Any], ...]:
    """The actions as the agent's player takes them."""
    return tuple(_compiled(action) for action in file.script)


def _compiled(action: ActionEntry) -> Mapping[str, Any]:
    (kind,) = action.model_fields_set
    value = action.model_dump()[kind]
    if kind in _TEXTS:
        return {"do": kind, "text": value}
    if kind == "plan":
        return {"do": kind, "entries": value}
    if kind == "pause":
        return {"do": kind, "seconds": value}
    if kind in ("output", "state"):
        return {"do": kind, "values": value}
    return {"do": kind, **value}
