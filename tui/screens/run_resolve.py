"""What became of a step whose process was lost: the question, and the answer's way to the engine."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from engine.core.errors import OpsgateError
from engine.core.fields import Field
from engine.core.states import Resolution
from engine.store.records import RunRecord, StepRecord
from tui.screens.dialogs import Choice, Dialog, Question, Reason

if TYPE_CHECKING:
    from tui.app import Console

OUTPUT = "output"
_CHOICES = (
    Choice(Resolution.HAPPENED, "It happened", "h"),
    Choice(Resolution.RERUN, "Run it again", "r"),
    Choice(Resolution.FAILED, "It failed", "f"),
)
_OUTPUT = Field("object", description="what it would have handed on, if it happened")


def question(run: RunRecord, step: StepRecord) -> Question:
    """What the operator is asked: what happened, and how they know."""
    labels = {choice.word: choice.label for choice in _CHOICES}
    return Question(
        title=f"What became of step {step.id} of run {run.id}?",
        lines=tuple(f"{labels[item]}: {item.meaning}" for item in Resolution),
        warnings=(f"Its effects are declared as {step.effects}: {step.effects.meaning}",),
        choices=_CHOICES,
        reason=Reason.REQUIRED,
        fields={OUTPUT: _OUTPUT},
    )


async def resolve(console: Console, run: RunRecord, step: StepRecord) -> None:
    """Ask, and hand the answer to the engine."""
    answer = await console.push_screen_wait(Dialog(question(run, step)))
    if answer is None:
        return
    output = json.loads(answer.values.get(OUTPUT, "{}"))
    try:
        told = await console.client.resolve(
            run.id, step.id, Resolution(answer.choice), reason=answer.reason, output=output
        )
    except OpsgateError as error:
        console.command_failed(error)
    else:
        console.say(f"Step {step.id} is {told['state']} now.")
    console.wake()
