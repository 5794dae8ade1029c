"""From the model's errors to sentences for the author, each at its place in the file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from engine.core.fields import describe, shown
from engine.core.names import did_you_mean
from engine.definition.document import Findings, Path
from engine.definition.schema import SAID, json_schema

LATER_KEYS: Final = frozenset(
    {"http", "wait", "map", "call", "repeat", "plan", "undo", "budget", "finally", "on", "steps"}
)
"""Keys of the format that this version does not run."""

LATER_WORDS: Final[Mapping[str, frozenset[str]]] = {
    "on_failure": frozenset({"retry", "fallback", "escalate"}),
    "allowed": frozenset({"edit", "send_back", "respond", "hold"}),
    "use": frozenset({"cli", "acp", "pydantic_ai"}),
}
"""Words of the format that this version does not know, by key."""

_EXPECTED: Final = {
    "string_type": "a text",
    "bool_type": "true or false",
    "int_type": "an integer",
    "int_from_float": "an integer",
    "float_type": "a number",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}
_BOUNDS: Final = {
    "greater_than_equal": ("at least", "ge"),
    "less_than_equal": ("at most", "le"),
    "string_too_long": ("at most", "max_length"),
    "too_short": ("at least", "min_length"),
    "string_too_short": ("at least", "min_length"),
}
_UNITS: Final = {
    "string_too_long": " characters",
    "string_too_short": " character",
    "too_short": " entry",
}
_OLD_BOOLEANS: Final = {"yes": "true", "on": "true", "no": "false", "off": "false"}


def not_available(what: str) -> str:
    """The sentence for what the format knows and this version does not."""
    return f"`{what}` is not available in this version of opsgate"


def note_errors(error: ValidationError, model: type[BaseModel], findings: Findings) -> None:
    """Add every error of a failed validation to `findings`."""
    for details in error.errors(include_url=False):
        _note(details, model, findings)


def _note(details: ErrorDetails, model: type[BaseModel], findings: Findings) -> None:
    path, value = tuple(details["loc"]), details["input"]
    kind = details["type"]
    if path and path[-1] == "[key]":
        findings.key_error(path[:-1], f"`{path[-2]}`: {details['msg']}")
    elif kind == "extra_forbidden":
        _note_unknown_key(path, model, findings)
    elif kind == "missing":
        findings.error(path[:-1], f"{_subject(path[:-1])}the key `{path[-1]}` is missing")
    elif _later_word(path, value):
        findings.error(path, f"{_subject(path)}{not_available(_later_word(path, value))}")
    else:
        message, suggestion = _sentence(details)
        findings.error(path, _subject(path) + message, suggestion)


def _note_unknown_key(path: Path, model: type[BaseModel], findings: Findings) -> None:
    key = str(path[-1])
    if key in LATER_KEYS:
        findings.key_error(path, not_available(key))
        return
    known = _known_keys(model, path[:-1])
    suggestion = did_you_mean(key, known) or f"known here: {', '.join(known)}"
    findings.key_error(path, f"unknown key {shown(key)}", suggestion)


def _subject(path: Path) -> str:
    """The words that name what a problem is about: the nearest key, and the position in a list."""
    keys = [part for part in path if isinstance(part, str)]
    if not keys:
        return ""
    position = f", entry {path[-1] + 1}" if isinstance(path[-1], int) else ""
    return f"`{keys[-1]}`{position}: "


def _sentence(details: ErrorDetails) -> tuple[str, str]:
    kind, value, context = details["type"], details["input"], details.get("ctx", {})
    if kind == SAID:
        return details["msg"], ""
    if kind in _EXPECTED:
        return f"expected {_EXPECTED[kind]}, got {describe(value)}", _type_hint(kind, value)
    if kind in ("literal_error", "enum"):
        return _choice(str(context.get("expected", "")), value)
    if kind in _BOUNDS:
        words, key = _BOUNDS[kind]
        return f"expected {words} {context[key]}{_UNITS.get(kind, '')}, got {_measured(kind, value)}", ""
    return f"{describe(value)} does not fit here", ""


def _measured(kind: str, value: Any) -> str:
    return f"{len(value)}" if kind in _UNITS else shown(value)


def _type_hint(kind: str, value: Any) -> str:
    if kind == "string_type" and isinstance(value, bool | int | float):
        return f'put it in quotes: "{shown(value)}"'
    if kind == "bool_type" and isinstance(value, str) and value.lower() in _OLD_BOOLEANS:
        return f"write `{_OLD_BOOLEANS[value.lower()]}`"
    if kind == "list_type" and isinstance(value, str):
        return f"write [{shown(value)}]"
    return ""


def _choice(expected: str, value: Any) -> tuple[str, str]:
    words = expected.replace(" or ", ", ").replace("'", "").split(", ")
    hint = did_you_mean(value, words) if isinstance(value, str) else ""
    return f"expected one of {', '.join(words)}; got {describe(value)}", hint


def _later_word(path: Path, value: Any) -> str:
    """The word of a later version that stands at `path`, or ""."""
    keys = [part for part in path if isinstance(part, str)]
    words = LATER_WORDS.get(keys[-1], frozenset()) if keys else frozenset()
    if isinstance(value, Mapping) and len(value) == 1:
        value = next(iter(value))
    return value if isinstance(value, str) and value in words else ""


def _known_keys(model: type[BaseModel], path: Path) -> list[str]:
    """The keys that the model knows in the mapping at `path`."""
    schema = _schema(model)
    node: Mapping[str, Any] = schema
    for part in path:
        node = _followed(schema, _below(node, part))
    return list(_followed(schema, node).get("properties", {}))


def _below(node: Mapping[str, Any], part: str | int) -> Mapping[str, Any]:
    if isinstance(part, int):
        return node.get("items", {})  # type: ignore[no-any-return]  # a JSON Schema is a mapping throughout
    if part in node.get("properties", {}):
        return node["properties"][part]  # type: ignore[no-any-return]  # as above
    return next(iter(node.get("patternProperties", {}).values()), {})


def _followed(schema: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = node.get("$ref", "")
    return schema["$defs"][reference.rpartition("/")[2]] if reference else node


@lru_cache(maxsize=4)
def _schema(model: type[BaseModel]) -> Mapping[str, Any]:
    return json_schema(model)
