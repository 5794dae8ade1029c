"""What a `:` line does: the command table's verbs, on what is selected or on the ids behind them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from engine.core.errors import InvalidInput, NotFound, Refused
from tui.command_text import complete, parse
from tui.commands import Command, why_not

if TYPE_CHECKING:
    from tui.app import Console
    from tui.screens.base import ConsoleScreen

_TABS = {
    "run.show": None,
    "run.log": "log",
    "run.state": "state",
    "run.events": "events",
    "run.artifacts": "artifacts",
}


async def run_line(screen: ConsoleScreen, line: str) -> None:
    """Do what `line` says. Raises OpsgateError, such as InvalidInput for an unknown verb."""
    command, arguments = parse(line)
    act = _WITH_ARGUMENTS.get(command.id)
    if act is not None and (arguments or command.id in _NEEDS_ARGUMENTS):
        await act(screen.console, command, arguments)
    elif arguments:
        raise InvalidInput(f"{line.split()[0]} takes nothing behind it.")
    else:
        await screen.perform(command)


def completed(line: str) -> str:
    """The line with its verb written out as far as it is certain."""
    if not line or " " in line:
        return line
    found = complete(line)
    if len(found) == 1:
        return f"{found[0]} "
    return _shared(found) if found else line


def _shared(words: Sequence[str]) -> str:
    shared = words[0]
    for word in words:
        while not word.startswith(shared):
            shared = shared[:-1]
    return shared


async def _open_run(console: Console, command: Command, arguments: Sequence[str]) -> None:
    run, step = (*arguments, None)[:2]
    if len(arguments) > 2 or (step and command.id != "run.log"):
        raise InvalidInput(f"That is too much: {command.words[0]} {command.arguments}.")
    views = await console.client.views()
    await console.open_run(await views.resolve_run(str(run)), tab=_TABS[command.id], step=step)


async def _end_runs(console: Console, command: Command, arguments: Sequence[str]) -> None:
    views = await console.client.views()
    runs = [await views.resolve_run(prefix) for prefix in arguments]
    console.end_runs(list(dict.fromkeys(runs)), force=command.id == "run.kill")


async def _open_gate(console: Console, command: Command, arguments: Sequence[str]) -> None:
    """A decision is bound to what was seen, so it needs its gate in view: all of these open the review."""
    if len(arguments) > 1:
        raise InvalidInput(f"One gate at a time: {command.words[0]} GATE.")
    views = await console.client.views()
    await console.open_gate(await views.resolve_gate(arguments[0]))


async def _resolve(console: Console, command: Command, arguments: Sequence[str]) -> None:
    """Ask what became of the step; there is no other way to give the reason that is needed."""
    if len(arguments) != 2:
        raise InvalidInput(f"A run and its step: {command.words[0]} {command.arguments}.")
    views = await console.client.views()
    detail = await views.detail(await views.resolve_run(arguments[0]))
    step = next((step for step in detail.steps if step.id == arguments[1]), None)
    if step is None:
        raise NotFound(f"Run {detail.run.id} has no step {arguments[1]}. See `show {detail.run.id}`.")
    reason = why_not(command, replace(console.situation(), step=step.state))
    if reason:
        raise Refused(f"Step {step.id}: {reason}.")
    from tui.screens.run_resolve import resolve  # its dialogs: not for the first frame

    console.run_worker(resolve(console, detail.run, step), group="act")


async def _new_run(console: Console, _: Command, arguments: Sequence[str]) -> None:
    workflow, *values = (*arguments, "")[: max(len(arguments), 1)]
    console.new_run(workflow, values)


_WITH_ARGUMENTS: dict[str, Callable[[Console, Command, Sequence[str]], Awaitable[None]]] = {
    **dict.fromkeys(_TABS, _open_run),
    "run.cancel": _end_runs,
    "run.kill": _end_runs,
    "gate.review": _open_gate,
    "gate.approve": _open_gate,
    "gate.reject": _open_gate,
    "run.resolve": _resolve,
    "run.new": _new_run,
}
_NEEDS_ARGUMENTS = {"run.new"}
