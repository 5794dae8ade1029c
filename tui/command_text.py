"""The command table as text: the `:` line, the footer, the help page; and a check of the table itself."""

from __future__ import annotations

import difflib
import shlex
import textwrap
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from engine.core.errors import InvalidInput
from tui.commands import COMMANDS, Command, Scope, Situation, in_scopes, why_not

UNFOLDED = 10_000
"""A width in which every line fits."""


class Hint(NamedTuple):
    """One entry of the footer; `possible` is false when it is shown greyed."""

    key: str
    label: str
    possible: bool


class Parsed(NamedTuple):
    """A `:` line understood: the command and the words after its verb."""

    command: Command
    arguments: tuple[str, ...]


def parse(line: str) -> Parsed:
    """Understand a `:` line such as `cancel r-8f31`. Raises `InvalidInput` with the nearest verb."""
    try:
        verb, *rest = shlex.split(line) or [""]
    except ValueError:
        raise InvalidInput("The line has an open quote: close it.") from None
    if verb in _BY_WORD:
        return Parsed(_BY_WORD[verb], tuple(rest))
    near = difflib.get_close_matches(verb, _BY_WORD, n=1)
    advice = f"did you mean {near[0]!r}?" if near else "press ? for all commands."
    raise InvalidInput(f"There is no command {verb!r}: {advice}")


def complete(prefix: str) -> list[str]:
    """The verbs that begin with `prefix`, sorted."""
    return sorted(word for word in _BY_WORD if word.startswith(prefix))


def hints(scopes: Sequence[Scope], now: Situation) -> list[Hint]:
    """The footer's entries, most specific first; the footer shows as many as fit."""
    return [
        Hint(key_label(command.keys[0]), command.hint, not why_not(command, now))
        for command in in_scopes(scopes)
        if command.hint and command.keys
    ]


def help_text(scopes: Sequence[Scope], now: Situation, width: int = UNFOLDED) -> str:
    """The `?` page: for each scope its keys, verbs and sentences, and why a command is not possible now."""
    blocks = []
    told: set[str] = set()
    for scope in reversed(list(scopes)):
        commands = [command for command in COMMANDS if scope in command.scopes and command.id not in told]
        told.update(command.id for command in commands)
        if commands:
            blocks.append(
                "\n".join([_TITLES[scope], *(_help_line(command, now, width) for command in commands)])
            )
    return "\n\n".join(blocks)


def _help_line(command: Command, now: Situation, width: int) -> str:
    keys = " ".join(key_label(key) for key in command.keys)
    verb = f":{command.words[0]} {command.arguments}".rstrip() if command.words else ""
    reason = why_not(command, now)
    return folded(
        f"  {keys:<9} {verb:<22}", command.help + (f" (not now: {reason})" if reason else ""), width
    )


def folded(head: str, sentence: str, width: int) -> str:
    """`head` and `sentence`, which goes on below itself where `width` characters are not enough."""
    room = max(width - len(head) - 1, 20)
    below = "\n" + " " * (len(head) + 1)
    return f"{head} {below.join(textwrap.wrap(sentence, room))}"


def key_label(key: str) -> str:
    """How a key is written in the footer and the help."""
    return {"pagedown": "pgdn", "pageup": "pgup", "escape": "esc"}.get(key, key)


RESERVED = frozenset({"ctrl+a", "ctrl+b", "ctrl+s", "ctrl+q", "ctrl+z"} | {f"f{n}" for n in range(1, 25)})
"""Keys that terminals, tmux and screen keep for themselves; `alt` is reserved as well (escape ambiguity)."""

_TOP = (Scope.GLOBAL, Scope.VIEWS, Scope.LISTS)
_SHARED_FOCUS = (
    (*_TOP, Scope.RUNS),
    (*_TOP, Scope.GATES),
    (*_TOP, Scope.HISTORY),
    (Scope.GLOBAL, Scope.VIEWS, Scope.LOG),
    (Scope.GLOBAL, Scope.RUN, Scope.LISTS),
    (Scope.GLOBAL, Scope.REVIEW, Scope.DOCUMENT),
)


def clashes(commands: Sequence[Command]) -> list[str]:
    """What is wrong with a table: keys with two meanings under one focus, reserved keys, repeated names."""
    found = [
        f"{command.id}: {key} is reserved"
        for command in commands
        for key in command.keys
        if key in RESERVED or key.startswith("alt+")
    ]
    for scopes in _SHARED_FOCUS:
        live = [command for command in commands if set(command.scopes) & set(scopes)]
        found += _repeated(
            ((key, command.id) for command in live for key in command.keys), " + ".join(scopes)
        )
    found += _repeated(((word, command.id) for command in commands for word in command.words), "verbs")
    found += _repeated(((command.id, command.title) for command in commands), "ids")
    return list(dict.fromkeys(found))


def _repeated(pairs: Iterable[tuple[str, str]], where: str) -> list[str]:
    owner: dict[str, str] = {}
    return [
        f"{name} belongs to {owner[name]} and {whose} in {where}"
        for name, whose in pairs
        if owner.setdefault(name, whose) != whose
    ]


_TITLES = {
    Scope.GLOBAL: "Everywhere",
    Scope.VIEWS: "Views",
    Scope.LISTS: "Lists",
    Scope.RUNS: "Runs",
    Scope.RUN: "This run",
    Scope.LOG: "Log",
    Scope.DOCUMENT: "Text",
    Scope.GATES: "Gates",
    Scope.REVIEW: "Gate review",
    Scope.HISTORY: "History",
}

_BY_WORD = {word: command for command in COMMANDS for word in command.words}
