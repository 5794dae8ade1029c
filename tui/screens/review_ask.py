"""The two questions of a review: approve, reject. What they say is exactly what will happen."""

from __future__ import annotations

from collections.abc import Iterable

from engine.core.states import Consequence, Verdict
from engine.store.records import GateRecord, RunDetail
from tui.screens.dialogs import Choice, Question, Reason
from tui.screens.review_case import Case
from tui.screens.review_form import form_fields
from tui.screens.review_summary import what_follows

WORDS = {Verdict.APPROVE: "Approve", Verdict.REJECT: "Reject"}
SHORT = 3


def short_id(gate: str) -> str:
    """The end of a gate's id, which tells it from its neighbours and takes thought to type: `dqw.2`."""
    run, _, place = gate.rpartition(".")
    return f"{run[-SHORT:]}.{place}"


def ask(verdict: Verdict, case: Case, gate: GateRecord, detail: RunDetail, unread: Iterable[str]) -> Question:
    """The dialog before a decision. `gate` is the gate now, `unread` names what was not seen to its end."""
    shown = case.gate
    grave = shown.consequence is Consequence.HIGH and verdict is Verdict.APPROVE
    missing = [f"{name} has not been read to its end." for name in unread]
    approves = verdict is Verdict.APPROVE
    return Question(
        title=f"{WORDS[verdict]} gate {shown.id}?",
        lines=(
            shown.title,
            *what_follows(verdict, gate, detail),
            f"Your decision is bound to what you saw: digest {shown.digest[:12]}.",
        ),
        warnings=_warnings(case, [] if grave else missing) if approves else (),
        obstacles=tuple(missing) if grave else (),
        choices=(Choice(verdict, WORDS[verdict], "" if grave else "y"),),
        reason=Reason.OPTIONAL if approves else Reason.REQUIRED,
        fields=form_fields(shown.form) if approves else {},
        typed=short_id(shown.id) if grave else "",
    )


def _warnings(case: Case, missing: list[str]) -> tuple[str, ...]:
    caveats = len(case.gate.content.get("caveats", []))
    noun = "caveat" if caveats == 1 else "caveats"
    cautions = [f"{item.label}: {item.caution}." for item in case.exhibits if item.caution]
    return (*([f"{caveats} {noun}: see the summary."] if caveats else []), *cautions, *missing)
