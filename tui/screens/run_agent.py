"""What an agent did: its words, plan, tool calls with arguments and results, and what it used."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.text import Text

from engine.client import Views
from engine.store.records import EventRecord, StepRecord
from engine.wording import clock, money
from tui.safe import safe_text
from tui.screens.run_panes import TextPane
from tui.widgets.pageview import PageView

INDENT = " " * 17
SHOWN = 2000
LINES = 40
_PLACE = ("step", "attempt", "position", "kind")
_USED = {"input_tokens": "in", "output_tokens": "out", "cost_usd": "USD"}
_STATUS = {"completed": "[x]", "in_progress": "[>]", "pending": "[ ]"}


class AgentPane(TextPane):
    """The transcript of an agent step, growing while it runs."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 # Textual's name
        self._view = PageView(hang=len(INDENT), follow=True)
        super().__init__("Agent", self._view, id=id)

    async def load(self, views: Views, run: str, step: StepRecord) -> None:
        events = await views.agent_events(run, step.id, limit=5000)
        cost = f"  {money(step.cost_usd)} USD" if step.cost_usd is not None else ""
        self.title = f"Agent {step.id}  {step.tokens:,} tokens{cost}"
        self._view.show(list(transcript(events)) or [Text("The agent has reported nothing yet.", "dim")])


def transcript(events: Iterable[EventRecord]) -> Iterator[Text]:
    """The events as lines: time and kind, then what was said, done or used."""
    attempt = None
    for event in events:
        if event.attempt != attempt:
            attempt = event.attempt
            yield Text(f"Attempt {attempt}", "bold")
        yield from _lines(event)


def _lines(event: EventRecord) -> Iterator[Text]:
    data = event.data.get("data", event.data)
    at = clock(event.at)
    match event.type:
        case "agent.message":
            yield from _block(at, "says", str(data.get("text", "")), "")
        case "agent.thought":
            yield from _block(at, "thinks", str(data.get("text", "")), "dim italic")
        case "agent.plan":
            yield from _block(at, "plans", "\n".join(_entries(data)), "")
        case "tool.started":
            call = f"{data.get('name', '?')} {_json(data.get('arguments'))}".rstrip()
            yield from _block(at, "tool >", call, "cyan")
        case "tool.finished":
            yield from _block(at, "tool <", _plain(data.get("result")), "")
        case "tool.failed":
            yield from _block(at, "tool x", str(data.get("error", "")), "red")
        case "tool.denied":
            said = f"{data.get('name', '?')} was denied: {data.get('reason', '')}"
            yield from _block(at, "denied", said, "bold red")
        case "usage":
            yield from _block(at, "usage", _used(data), "dim")
        case other:
            rest = {key: value for key, value in data.items() if key not in _PLACE}
            yield from _block(at, other, _json(rest), "dim")


def _block(at: str, kind: str, said: str, style: str) -> Iterator[Text]:
    """The first line names time and kind, those below are indented."""
    first, *rest = said[:SHOWN].split("\n")[:LINES]
    head = Text(f"{at} ", "dim").append(f"{kind:<8}", "bold not dim")
    yield head.append_text(safe_text(first, f"not dim {style}"))
    for line in rest:
        yield Text(INDENT).append_text(safe_text(line, style))
    left = len(said) - SHOWN
    if left > 0:
        yield Text(f"{INDENT}… {left:,} more characters: see the events", "dim")


def _entries(data: Mapping[str, Any]) -> Iterator[str]:
    for entry in data.get("entries", ()):
        if isinstance(entry, Mapping):
            yield f"{_STATUS.get(str(entry.get('status')), '[ ]')} {entry.get('text', '')}"


def _used(data: Mapping[str, Any]) -> str:
    return "  ".join(f"{_USED.get(key, key)} {value}" for key, value in data.items() if key not in _PLACE)


def _json(value: object) -> str:
    return "" if value in (None, {}, []) else json.dumps(value, ensure_ascii=False)


def _plain(value: object) -> str:
    return value if isinstance(value, str) else _json(value) or "(nothing)"
