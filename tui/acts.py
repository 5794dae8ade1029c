"""What the console asks the engine to do with runs: always after a dialog that says what will happen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine.core.errors import OpsgateError
from engine.core.fields import Field
from tui.screens.dialogs import Choice, Dialog, Question, Reason, challenge, confirm

if TYPE_CHECKING:
    from tui.app import Console

LISTED = 10
"""Runs that a dialog about many names; it counts the others."""

MOST = 50
"""Runs that are ended at once."""


async def end_runs(console: Console, runs: Sequence[str], *, force: bool) -> None:
    """Cancel or kill `runs` after a dialog, and stop at the first that is refused."""
    if not runs:
        console.say("No run is selected.")
        return
    if len(runs) > MOST:
        console.say(f"{len(runs)} runs are marked: end at most {MOST} at once.")
        return
    answer = await console.push_screen_wait(Dialog(await _end_question(console, runs, force=force)))
    if answer is None:
        return
    done = 0
    try:
        for run in runs:
            await console.client.cancel(run, reason=answer.reason, force=force)
            done += 1
    except OpsgateError as error:
        console.command_failed(error)
        return
    verb = "Killed" if force else "Cancelling"
    console.say(f"{verb} {runs[0] if done == 1 else f'{done} runs'}.")


async def _end_question(console: Console, runs: Sequence[str], *, force: bool) -> Question:
    what = f"run {runs[0]}" if len(runs) == 1 else f"{len(runs)} runs"
    lines = [_named(console, run) for run in runs[:LISTED]]
    if len(runs) > LISTED:
        lines.append(f"and {len(runs) - LISTED} more")
    if force:
        lines.append("Their processes are ended at once, with no time to clean up.")
    else:
        lines.append("Processes are asked to end, then killed; nothing more starts. This cannot be undone.")
    if len(runs) > 1:
        verb = "Kill" if force else "Cancel"
        return challenge(f"{verb} {what}?", *lines, act=verb, typed=str(len(runs)))
    if force:
        return challenge(f"Kill {what}?", *lines, act="Kill", typed=runs[0])
    return confirm(f"Cancel {what}?", *lines, act="Cancel the run")


def _named(console: Console, run_id: str) -> str:
    run = console.status.run(run_id)
    return (
        run_id
        if run is None
        else f"{run_id}  {run.workflow}  {run.state}  {run.steps_done}/{run.steps_total}"
    )


async def new_run(console: Console, workflow: str, values: Sequence[str]) -> None:
    """Ask for a workflow, unless it is named, then for its inputs, and submit a run of it."""
    try:
        named = workflow or await _ask_workflow(console)
        if not named:
            return
        bundle = await console.client.bundle(named)
        texts = await _ask_inputs(console, named, await console.client.inputs_of(bundle), _given(values))
        if texts is None:
            return
        answer = await console.client.submit(bundle, texts=texts, folder=Path.cwd())
    except OpsgateError as error:
        console.command_failed(error)
        return
    console.say(f"Submitted {answer['run']}.")
    console.wake()


async def _ask_workflow(console: Console) -> str:
    views = await console.client.views()
    known = sorted({run.workflow for run in (await views.runs(limit=200)).runs})
    lines = ["A file such as ./release.yaml, or the name of a workflow that this home has run."]
    if known:
        lines.append(f"Known here: {', '.join(known)}")
    question = Question(
        "New run: which workflow?",
        tuple(lines),
        (Choice("yes", "Go on", ""),),
        fields={"workflow": Field(required=True, min_length=1)},
    )
    answer = await console.push_screen_wait(Dialog(question))
    return answer.values.get("workflow", "") if answer else ""


async def _ask_inputs(
    console: Console, workflow: str, inputs: Mapping[str, Field], given: Mapping[str, str]
) -> Mapping[str, str] | None:
    """The inputs as texts; None when the operator went back. What the line gave is not asked again."""
    asked = {name: field for name, field in inputs.items() if name not in given}
    lines = [f"{name} = {value}" for name, value in given.items()]
    question = Question(
        f"Start {workflow}?",
        tuple(lines) or ("It is started at once, in its queue.",),
        (Choice("yes", "Start", "y"),),
        fields=asked,
        reason=Reason.NONE,
    )
    answer = await console.push_screen_wait(Dialog(question))
    return None if answer is None else {**given, **answer.values}


def _given(values: Sequence[str]) -> dict[str, str]:
    """`K=V` words as values; a word without `=` stays what it is, and the engine refuses its name."""
    return {name: value for name, _, value in (word.partition("=") for word in values)}
