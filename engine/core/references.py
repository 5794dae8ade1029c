"""References: `${inputs.x}`, `${state.k}`, `${steps.ID.output.k}`, `${run.id}` inside declared text.

Substitution happens once and is never looked at again: a value that itself holds `${…}` stays as it is.
There is no logic and no default. `$${` stands for a literal `${`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from engine.core.names import PATH_PATTERN, Missing, lookup

_PART: Final = re.compile(r"\$\$\{|\$\{([^{}]*)\}?")
_PATH: Final = re.compile(PATH_PATTERN)


class ReferenceProblem(ValueError):
    """A reference that cannot be read, leads nowhere, or whose value does not fit its place."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One `${path}`."""

    path: str


Part = str | Reference


def parse(text: str) -> tuple[Part, ...]:
    """`text` as literal pieces and references, in order. Raises ReferenceProblem for a malformed one."""
    parts: list[Part] = []
    literal = ""
    place = 0
    for match in _PART.finditer(text):
        literal += text[place : match.start()]
        place = match.end()
        if match.group() == "$${":
            literal += "${"
            continue
        if literal:
            parts.append(literal)
        literal = ""
        parts.append(_reference(match))
    literal += text[place:]
    return (*parts, literal) if literal else tuple(parts)


def _reference(match: re.Match[str]) -> Reference:
    path = match.group(1)
    if not match.group().endswith("}"):
        raise ReferenceProblem(
            "a reference is not closed: end it with `}`, or write `$${` for the characters"
        )
    if not _PATH.fullmatch(path):
        raise ReferenceProblem(
            f"{match.group()!a} is no reference: write `${{inputs.NAME}}`, or `$${{` for the characters"
        )
    return Reference(path)


def names(text: str) -> tuple[str, ...]:
    """The paths of all references in `text`, in order. Raises ReferenceProblem for a malformed one."""
    return tuple(part.path for part in parse(text) if isinstance(part, Reference))


def resolve(text: str, scope: Mapping[str, Any]) -> Any:
    """`text` with every reference replaced by its value in `scope`.

    When the whole text is one reference, its value keeps its type. Otherwise the result is text: numbers and
    true/false as JSON writes them, lists and objects as JSON. Raises ReferenceProblem.
    """
    parts = parse(text)
    if len(parts) == 1 and isinstance(parts[0], Reference):
        return _at(parts[0], scope)
    return _joined(parts, scope)


def resolve_text(text: str, scope: Mapping[str, Any]) -> str:
    """Like `resolve`, and always text: for titles, prompts, paths and environment values."""
    return _joined(parse(text), scope)


def resolve_value(value: Any, scope: Mapping[str, Any]) -> Any:
    """`value` with every text in it resolved, at any depth. Keys are left as they are."""
    if isinstance(value, str):
        return resolve(value, scope)
    if isinstance(value, Mapping):
        return {key: resolve_value(item, scope) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [resolve_value(item, scope) for item in value]
    return value


def resolve_argv(argv: Sequence[str], scope: Mapping[str, Any]) -> tuple[str, ...]:
    """The arguments of a program, each element exactly one argument.

    An element that begins with a reference must not turn into an option: when its text starts with `-` it
    is refused, unless the declared element `--` stands before it. Raises ReferenceProblem.
    """
    resolved: list[str] = []
    options_ended = False
    for number, element in enumerate(argv):
        parts = parse(element)
        text = _joined(parts, scope, allow_structures=False)
        begins_with_reference = bool(parts) and isinstance(parts[0], Reference)
        if begins_with_reference and text.startswith("-") and not options_ended:
            raise ReferenceProblem(
                f"argument {number} ({element}) would begin with `-` and be taken for an option: "
                "put the element `--` before it, or write the option out"
            )
        if "\0" in text:
            raise ReferenceProblem(f"argument {number} ({element}) would hold a NUL character")
        options_ended = options_ended or element == "--"
        resolved.append(text)
    return tuple(resolved)


def _joined(parts: Iterable[Part], scope: Mapping[str, Any], *, allow_structures: bool = True) -> str:
    return "".join(
        part if isinstance(part, str) else _text(part, _at(part, scope), allow_structures) for part in parts
    )


def _at(reference: Reference, scope: Mapping[str, Any]) -> Any:
    try:
        return lookup(scope, reference.path)
    except Missing:
        raise ReferenceProblem(
            f"${{{reference.path}}} has no value here: nothing was given, declared as default or handed on"
        ) from None


def _text(reference: Reference, value: Any, allow_structures: bool) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        raise ReferenceProblem(f"${{{reference.path}}} is null, which has no text")
    if isinstance(value, Mapping | list | tuple) and not allow_structures:
        raise ReferenceProblem(
            f"${{{reference.path}}} is a list or an object, which is no single argument: "
            "read it from the file that OPSGATE_INPUT names"
        )
    return json.dumps(value, ensure_ascii=False)
