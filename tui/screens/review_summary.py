"""The first tab of a review, as lines: the question, what is shown, what follows, who may decide."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.text import Text

from engine.core.states import Consequence, GateState, StepState, Verdict
from engine.store.records import GateRecord, RunDetail
from engine.wording import age, count, duration, moment, size
from tui.safe import safe_text
from tui.screens.dialog_parts import hint
from tui.screens.review_case import Case, Exhibit
from tui.screens.review_form import form_fields

LABEL = 12
TITLE_WIDTH = 76
"""Characters of a question that stand above the tabs on a small screen; a longer one is repeated here."""

WEIGHTS = {Consequence.HIGH: "bold red", Consequence.MEDIUM: "bold yellow", Consequence.LOW: ""}


@dataclass(frozen=True, slots=True)
class Summary:
    """All that the summary tells. `gate` is the gate now, `unread` what was not seen to its end."""

    case: Case
    gate: GateRecord
    detail: RunDetail
    unread: frozenset[str]
    now: float

    def lines(self) -> list[Text]:
        shown = self.case.gate
        weight = shown.consequence
        return [
            *([safe_text(shown.title, "bold", limit=2000)] if len(shown.title) > TITLE_WIDTH else []),
            _pair("consequence", f"{weight.upper()}: {weight.meaning}", WEIGHTS[weight]),
            *self._exhibits(),
            *self._caveats(),
            *self._consequences(),
            *self._decisions(),
            *self._circumstances(),
        ]

    def _exhibits(self) -> Iterator[Text]:
        if self.case.exhibits:
            yield _head("To be judged")
        tab = 1
        for item in self.case.exhibits:
            tab += item.has_tab
            yield from self._exhibit(item, tab)

    def _exhibit(self, item: Exhibit, tab: int) -> Iterator[Text]:
        name = safe_text(f"  {item.label}", "bold").append("  ")
        if item.damage:
            yield name.append_text(safe_text(item.damage, "bold red"))
            return
        if item.document is not None:
            what = f"{item.document.kind}, {size(item.document.size)}, tab {tab}"
            read = ", not read to its end yet" if item.label in self.unread else ", read"
            name.append(f"{what}{read}", "not bold")
        elif item.text is not None:
            name.append_text(safe_text(item.text, "not bold", limit=2000))
        else:
            name.append("nothing: the step that makes it did not run", "yellow not bold")
        yield name
        if item.caution:
            yield Text(f"    {item.caution}", "bold yellow")

    def _caveats(self) -> Iterator[Text]:
        caveats = self.case.gate.content.get("caveats", [])
        if caveats:
            yield _head(f"Caveats ({len(caveats)})")
        for caveat in caveats:
            yield safe_text(f"  {caveat['step']}: {caveat['text']}", "yellow", limit=2000)

    def _consequences(self) -> Iterator[Text]:
        yield _head("What follows")
        for verdict in self.case.gate.allowed:
            for line in what_follows(verdict, self.gate, self.detail):
                yield safe_text(f"  {verdict}: {line}")

    def _decisions(self) -> Iterator[Text]:
        if self.gate.decisions:
            yield _head("Decisions")
        for item in self.gate.decisions:
            how = "" if item.identity == "kernel" else f" ({item.identity})"
            said = (
                f"  {item.verdict} by {item.actor}{how} at {moment(item.at, self.now)}: {item.reason or '-'}"
            )
            yield safe_text(said, limit=2000)

    def _circumstances(self) -> Iterator[Text]:
        gate, run = self.case.gate, self.detail.run
        yield _head("Circumstances")
        yield _pair("who decides", who_decides(gate, run.starter))
        yield _pair("approvals", f"{self.gate.approvals} of {gate.quorum}")
        for name, field in form_fields(gate.form).items():
            yield _pair("asks for", f"{name}: {hint(field)}")
        yield _pair("due", _due(gate, self.now))
        yield _pair("opened", f"{moment(gate.opened_at, self.now)}, {age(gate.opened_at, self.now)} ago")
        yield _pair("gate", f"{gate.id}, step {gate.step} of run {run.id}, started by {run.starter}")
        yield _pair("workflow", f"{run.workflow}, definition {run.definition[:12]}")
        yield _pair("digest", gate.digest)


def what_follows(verdict: Verdict, gate: GateRecord, detail: RunDetail) -> list[str]:
    """What a decision leads to, in sentences."""
    if verdict is Verdict.REJECT:
        return ["The run ends as rejected; nothing after this gate starts."]
    missing = gate.quorum - gate.approvals - 1
    if missing > 0:
        return [f"Your approval is recorded; {count(missing)} more are needed."]
    next_steps = [step for step in detail.steps if gate.step in step.needs and not step.state.is_final]
    if not next_steps:
        return ["The gate closes; no step needs it."]
    lines = []
    for step in next_steps:
        others = [need for need in step.needs if need != gate.step and not _has_ended(detail, need)]
        when = f"starts once {', '.join(others)} ended" if others else "starts at once"
        lines.append(f"Step {step.id} {when}. It is {step.effects}: {step.effects.meaning}")
    return lines


def who_decides(gate: GateRecord, starter: str) -> str:
    """Who may decide the gate, in words."""
    users, roles = gate.candidates.get("users", []), gate.candidates.get("roles", [])
    people = ", ".join([*users, *(f"role {role}" for role in roles)]) or "any approver"
    return f"{people}; not {starter}, who started the run" if gate.four_eyes else people


def banner(case: Case, gate: GateRecord, now: float) -> Text | None:
    """What the operator must not miss: the gate is closed, it changed, or what it shows is damaged."""
    if gate.state is not GateState.OPEN:
        last = gate.decisions[-1] if gate.decisions else None
        who = f" by {last.actor}" if last else ""
        why = f": {last.reason}" if last and last.reason else ""
        return safe_text(
            f"This gate is {gate.state}{who} since {moment(gate.closed_at, now)}{why}", "bold yellow"
        )
    if gate.digest != case.gate.digest:
        said = f"It changed since it was shown: {case.gate.digest[:12]} is {gate.digest[:12]} now."
        return Text(f"{said} Press ctrl+r to look at it again.", "bold red")
    if case.damages:
        return safe_text(f"It cannot be approved. {' '.join(case.damages)}", "bold red")
    return None


def _has_ended(detail: RunDetail, step: str) -> bool:
    return any(item.id == step and StepState(item.state).is_final for item in detail.steps)


def _due(gate: GateRecord, now: float) -> str:
    if gate.deadline is None:
        return "no deadline"
    left = gate.deadline - now
    when = f"in {duration(left)}" if left > 0 else "OVERDUE"
    return f"{moment(gate.deadline, now)} ({when}); then: {gate.on_deadline.replace('_', ' ')}"


def _head(title: str) -> Text:
    return Text(title, "dim underline")


def _pair(name: str, value: str, style: str = "") -> Text:
    return Text(f"  {name:<{LABEL}}", "dim").append_text(safe_text(value, f"not dim {style}", limit=2000))
