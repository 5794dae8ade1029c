"""A gate in a few lines, for the inbox; the review shows everything that is to be judged."""

from __future__ import annotations

import json
from collections.abc import Iterator

from rich.text import Text

from engine.store.records import GateRecord
from engine.wording import moment
from tui.safe import safe_text

_VALUE_LIMIT = 200


def summary(gate: GateRecord) -> list[Text]:
    """The question and what surrounds it, made safe."""
    return [safe_text(gate.title, "bold"), *map(safe_text, _lines(gate))]


def _lines(gate: GateRecord) -> Iterator[str]:
    yield f"{gate.consequence}: {gate.consequence.meaning}"
    yield ""
    yield f"run       {gate.run}, step {gate.step}"
    yield f"opened    {moment(gate.opened_at, gate.opened_at)}"
    if gate.deadline is not None:
        yield f"due       {moment(gate.deadline, gate.opened_at)}, then {gate.on_deadline}"
    people = [
        *gate.candidates.get("users", []),
        *(f"role {role}" for role in gate.candidates.get("roles", [])),
    ]
    four_eyes = ", not the person who started the run" if gate.four_eyes else ""
    yield f"decides   {', '.join(people) or 'any approver'}{four_eyes}"
    yield f"approvals {gate.approvals} of {gate.quorum}"
    for decision in gate.decisions:
        reason = f": {decision.reason}" if decision.reason else ""
        yield f"{decision.verdict:<9} by {decision.actor} ({decision.identity}){reason}"
    for caveat in gate.content.get("caveats", []):
        yield f"caveat    {caveat['step']}: {caveat['text']}"
    if shown := gate.content.get("show", []):
        yield ""
        yield "To be judged:"
        for item in shown:
            yield f"  {item['item']}  {_brief(item)}"


def _brief(item: dict[str, object]) -> str:
    if item["kind"] != "value":
        return f"({item['kind']})"
    value = item["value"]
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _VALUE_LIMIT else f"{text[:_VALUE_LIMIT]}…"
