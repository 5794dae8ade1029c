"""What is to be said about one step: its state, what it waits for, what went wrong, what it may do again."""

from __future__ import annotations

import json
from collections.abc import Iterator

from rich.text import Text

from engine.core.states import Effects, StepKind, StepState
from engine.store.records import AttemptRecord, StepRecord
from engine.wording import duration
from tui.format import state_text
from tui.safe import safe_text
from tui.screens.run_picture import Picture

WHAT_TO_DO = "Find out whether its effect took place, then press r and say so."


def note(picture: Picture, *, ascii_only: bool = False) -> list[Text]:
    """The lines about the selected step, the most urgent first."""
    step = picture.step
    state = state_text(step.state, ascii_only=ascii_only)
    lines = [state.append(f"  {step.state.meaning}", "not bold dim")]
    if step.error:
        lines.append(safe_text(step.error, "bold red", limit=2000))
    if step.state is StepState.INDETERMINATE:
        lines.append(Text(WHAT_TO_DO, "bold magenta"))
    elif step.waiting_for:
        lines.append(safe_text(step.waiting_for[:1].upper() + step.waiting_for[1:] + ".", "yellow"))
    lines += _facts(picture, step)
    return lines


def _facts(picture: Picture, step: StepRecord) -> Iterator[Text]:
    if len(picture.attempts) > 1:
        yield from map(_attempt, picture.attempts)
    yield from (
        safe_text(f"caveat: {item.text}", "yellow") for item in picture.detail.caveats if item.step == step.id
    )
    if step.kind is not StepKind.GATE:
        yield _pair("effects", f"{step.effects}: {Effects(step.effects).meaning}")
    if step.needs:
        yield _pair("needs", ", ".join(step.needs))
    if step.tokens:
        yield _pair("tokens", f"{step.tokens:,}")
    if step.output:
        yield _pair("output", json.dumps(step.output, ensure_ascii=False))


def _attempt(attempt: AttemptRecord) -> Text:
    took = None if attempt.ended_at is None else attempt.ended_at - attempt.started_at
    ended = f"exit code {attempt.exit_code}" if attempt.exit_code else ""
    ended = f"signal {attempt.signal}" if attempt.signal is not None else ended
    parts = [attempt.state.replace("_", " "), duration(took) if took is not None else "", ended]
    if attempt.error != ended:
        parts.append(attempt.error or "")
    return _pair(f"try {attempt.number}", "  ".join(part for part in parts if part))


def _pair(name: str, value: str) -> Text:
    return Text(f"{name:<8} ", "dim").append_text(safe_text(value, "not dim", limit=2000))
