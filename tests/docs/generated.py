"""The parts of the documentation that are made from the code, so that they cannot say anything else.

    python -m tests.docs.generated        # writes them into docs/

A part stands in its page between `<!-- generated: NAME -->` and `<!-- end -->`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, Field, fields
from functools import partial
from typing import get_args

from engine.core import states
from engine.core.errors import OpsgateError
from engine.core.facts import AgentReported, Fact
from engine.core.states import Word
from engine.steps.job import AgentSaid
from tests.docs.pages import DOCS
from tui.command_text import key_label
from tui.commands import COMMANDS

_PART = re.compile(r"(<!-- generated: ([\w.]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_REPORT = re.compile(r"`([a-z.]+)` \{([^}]*(?:\{[^}]*\}[^}]*)?)\}")
_PLACE = ("step", "attempt")
"""Columns of every event, and therefore not among its data."""


def table(headings: tuple[str, ...], body: Iterable[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    return "".join((_row(headings), "|" + "---|" * len(headings) + "\n", *map(_row, body)))


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |\n"


def sentence(doc: str | None) -> str:
    """The first paragraph of a docstring, on one line."""
    return " ".join((doc or "").split("\n\n")[0].split())


def vocabulary(words: type[Word]) -> str:
    """A vocabulary with the sentence that each of its words carries."""
    return table(("Word", "Meaning"), ((f"`{word.value}`", word.meaning) for word in words))


def events() -> str:
    """Every event that the engine itself writes."""
    kinds = (kind for part in get_args(Fact) for kind in (get_args(part) or (part,)))
    return table(
        ("Type", "Meaning", "Data"),
        (
            (f"`{kind.type}`", sentence(kind.__doc__), " ".join(map(_named, data_fields(kind))))
            for kind in kinds
            if kind is not AgentReported
        ),
    )


def data_fields(kind: type[object]) -> list[Field[object]]:
    """The fields of a fact that stand in the event's data."""
    return [item for item in fields(kind) if item.name not in _PLACE]  # type: ignore[arg-type]  # facts are dataclasses


def _named(item: Field[object]) -> str:
    default = item.default if item.default_factory is MISSING else item.default_factory()
    return f"`{item.name}`" if default else f"`{item.name}`?"


def agent_events() -> str:
    """Every event that an agent can cause."""
    found = _REPORT.findall(" ".join((AgentSaid.__doc__ or "").split()))
    return table(("Type", "Data"), ((f"`{name}`", f"`{data}`") for name, data in found))


def console_commands() -> str:
    """The console's command table: keys, the words of its `:` line, and what each command does."""
    return table(
        ("Where", "Keys", "Command line", "What it does"),
        (
            (
                ", ".join(scope.value for scope in command.scopes),
                " ".join(f"`{_cell(key_label(key))}`" for key in command.keys),
                " ".join(f"`:{_cell(f'{word} {command.arguments}'.strip())}`" for word in command.words),
                command.help,
            )
            for command in COMMANDS
        ),
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def error_tree() -> str:
    """The classes, each below what it is a special case of."""
    lines = [f"{'  ' * depth + kind.__name__:<26}{kind.code:<20}{kind.exit_code}" for depth, kind in tree()]
    return "\n".join(("```text", f"{'class':<26}{'code':<20}exit code", *lines, "```", ""))


def tree(kind: type[OpsgateError] = OpsgateError, depth: int = 0) -> list[tuple[int, type[OpsgateError]]]:
    """All errors in the order of their tree, with their depth in it."""
    below = [item for child in kind.__subclasses__() for item in tree(child, depth + 1)]
    return [(depth, kind), *below]


WORDS = [
    kind
    for kind in vars(states).values()
    if isinstance(kind, type) and issubclass(kind, Word) and kind is not Word
]
PARTS: Mapping[str, Callable[[], str]] = {
    **{kind.__name__: partial(vocabulary, kind) for kind in WORDS},
    "events": events,
    "agent_events": agent_events,
    "error_tree": error_tree,
    "console.commands": console_commands,
}
PAGES = ("states.md", "events.md", "errors.md", "console.md")


def current(text: str) -> str:
    """The page with its generated parts made anew."""
    return _PART.sub(lambda part: f"{part[1]}{PARTS[part[2]]()}{part[3]}", text)


def names(text: str) -> list[str]:
    """The generated parts of a page, in order."""
    return [part[2] for part in _PART.finditer(text)]


def main() -> None:
    for name in PAGES:
        path = DOCS / name
        path.write_text(current(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
