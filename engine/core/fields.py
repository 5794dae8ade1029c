"""Declared values: the typed fields of inputs, shared state, outputs and gate forms, and their check.

Values are JSON values. Nothing is converted in silence: true is not 1, "5" is not 5, 3.0 is no integer.
The one exception is text from a command line, which is read by the type of its field (`texts=True`).
"""

from __future__ import annotations

import json
import math
import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from engine.core.names import did_you_mean

TYPES: Final = ("string", "number", "integer", "boolean", "path", "list", "object")

MAX_PATTERN_VALUE: Final = 256
"""Longest text, in characters, that a `pattern` is tried on: regular expressions may be slow on long ones."""

MAX_INTEGER: Final = 2**63 - 1
MAX_DEPTH: Final = 32
_MAX_SHOWN: Final = 60
_NUMBER: Final = re.compile(r"-?[0-9]{1,32}(\.[0-9]{1,32})?([eE][+-]?[0-9]{1,3})?", re.ASCII)
_INTEGER: Final = re.compile(r"-?[0-9]{1,19}", re.ASCII)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Field:
    """What a value must be.

    `minimum` and `maximum` bound numbers, `min_length` and `max_length` count characters of texts, items of
    lists, keys of objects. `pattern` must match a text from its first to its last character. `items` is the
    field of every item of a list.
    """

    type: str = "string"
    required: bool = False
    default: Any = None
    enum: tuple[Any, ...] | None = None
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    description: str = ""
    items: Field | None = None


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with the value called `name`. `message` says what was expected, and what came."""

    name: str
    message: str

    def __str__(self) -> str:
        return f"{self.name}: {self.message}"


@dataclass(frozen=True, slots=True)
class Checked:
    """The values that fit, defaults filled in and paths made absolute; and all that is wrong."""

    values: dict[str, Any]
    problems: tuple[FieldProblem, ...] = ()


class _Unfit(ValueError):
    """A value does not fit its field; the text says why."""


def check(
    fields: Mapping[str, Field], values: Mapping[str, Any], *, texts: bool = False, base: str = ""
) -> Checked:
    """Check `values` against `fields`.

    `texts` says that the values are command-line texts, to be read by the type of their field. A `path` is
    made absolute against the folder `base` (left as it is when `base` is empty).
    """
    found: dict[str, Any] = {}
    problems = [FieldProblem(name, _undeclared(name, fields)) for name in values if name not in fields]
    for name, field in fields.items():
        value = values.get(name, field.default)
        if name not in values and value is None:
            if field.required:
                problems.append(FieldProblem(name, f"it is required: give {_kind(field.type)}"))
            continue
        try:
            if texts and name in values:
                value = _from_text(field, value)
            found[name] = _fit(field, value, base)
        except _Unfit as unfit:
            problems.append(FieldProblem(name, str(unfit)))
    return Checked(found, tuple(problems))


def shown(value: Any) -> str:
    """A value as a message may quote it: short, on one line, without a control character."""
    if isinstance(value, str):
        value = value[:_MAX_SHOWN]
    text = json.dumps(value, default=lambda other: type(other).__name__)
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 1] + "…"


def describe(value: Any) -> str:
    """A value with its kind, for messages: `the text "5"`, `the number 5`, `a list`."""
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    if value is None:
        return "nothing (null)"
    if isinstance(value, bool):
        return shown(value)
    if isinstance(value, int) and abs(value) > MAX_INTEGER:
        return "a number beyond 64 bits"
    return f"the text {shown(value)}" if isinstance(value, str) else f"the number {shown(value)}"


def same(one: Any, other: Any) -> bool:
    """Equality of JSON values: true is not 1, at any depth; 1 is 1.0."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return isinstance(one, bool) is isinstance(other, bool) and bool(one == other)


def _undeclared(name: str, fields: Mapping[str, Field]) -> str:
    hint = did_you_mean(name, fields)
    if hint:
        return f"there is no such name; {hint}"
    return f"there is no such name; known: {', '.join(sorted(fields)) or 'none'}"


def _kind(word: str) -> str:
    article = "an" if word[0] in "aeiou" else "a"
    return f"{article} {word}" if word != "boolean" else "true or false"


def _from_text(field: Field, text: Any) -> Any:
    """Read a command-line text by the type of its field."""
    if not isinstance(text, str) or field.type in ("string", "path"):
        return text
    if field.type == "boolean":
        return {"true": True, "false": False}.get(text, text)
    if field.type == "integer":
        return int(text) if _INTEGER.fullmatch(text) else text
    if field.type == "number":
        return _number(text)
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise _Unfit(f"expected {_kind(field.type)} as JSON, got the text {shown(text)}") from None


def _number(text: str) -> Any:
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text


def _fit(field: Field, value: Any, base: str) -> Any:
    fitted = _READERS[field.type](field, value, base)
    if field.enum is not None and not any(same(value, choice) for choice in field.enum):
        choices = ", ".join(shown(choice) for choice in field.enum)
        raise _Unfit(f"expected one of {choices}, got {describe(value)}")
    return fitted


def _string(field: Field, value: Any, _base: str) -> str:
    if not isinstance(value, str):
        raise _Unfit(f"expected a string, got {describe(value)}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _Unfit("expected text, got bytes that are not UTF-8") from None
    _check_length(field, len(value), "characters")
    if field.pattern is not None:
        _check_pattern(field.pattern, value)
    return value


def _check_pattern(pattern: str, value: str) -> None:
    if len(value) > MAX_PATTERN_VALUE:
        raise _Unfit(
            f"expected at most {MAX_PATTERN_VALUE} characters, since it has a pattern; got {len(value)}"
        )
    if not _compiled(pattern).fullmatch(value):
        raise _Unfit(f"expected text that matches {pattern}, got {describe(value)}")


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _number_value(field: Field, value: Any, _base: str) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Unfit(f"expected a number, got {describe(value)}")
    _check_finite(value)
    _check_range(field, value)
    return value


def _integer(field: Field, value: Any, _base: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _Unfit(f"expected an integer, got {describe(value)}")
    _check_finite(value)
    _check_range(field, value)
    return value


def _check_finite(value: float) -> None:
    if isinstance(value, float) and not math.isfinite(value):
        raise _Unfit("expected a finite number")
    if isinstance(value, int) and abs(value) > MAX_INTEGER:
        raise _Unfit("expected a number that fits in 64 bits")


def _check_range(field: Field, value: float) -> None:
    if field.minimum is not None and value < field.minimum:
        raise _Unfit(f"expected at least {_bound(field.minimum)}, got {shown(value)}")
    if field.maximum is not None and value > field.maximum:
        raise _Unfit(f"expected at most {_bound(field.maximum)}, got {shown(value)}")


def _bound(value: float) -> str:
    """A bound as its author wrote it: the file's reader makes a float of every number."""
    return shown(int(value) if value == int(value) else value)


def _boolean(_field: Field, value: Any, _base: str) -> bool:
    if not isinstance(value, bool):
        raise _Unfit(f"expected true or false, got {describe(value)}")
    return value


def _path(field: Field, value: Any, base: str) -> str:
    text = _string(field, value, base)
    if not text or _CONTROL.search(text):
        raise _Unfit("expected a path: not empty, without control characters")
    return posixpath.normpath(posixpath.join(base, text)) if base else text


def _list(field: Field, value: Any, base: str) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise _Unfit(f"expected a list, got {describe(value)}")
    _check_plain(value, 0)
    _check_length(field, len(value), "items")
    if field.items is None:
        return list(value)
    return [_item(field.items, item, base, number) for number, item in enumerate(value, start=1)]


def _item(field: Field, item: Any, base: str, number: int) -> Any:
    try:
        return _fit(field, item, base)
    except _Unfit as unfit:
        raise _Unfit(f"item {number}: {unfit}") from None


def _object(field: Field, value: Any, _base: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise _Unfit(f"expected an object, got {describe(value)}")
    _check_plain(value, 0)
    _check_length(field, len(value), "keys")
    return dict(value)


def _check_length(field: Field, length: int, unit: str) -> None:
    if field.min_length is not None and length < field.min_length:
        raise _Unfit(f"expected at least {field.min_length} {unit}, got {length}")
    if field.max_length is not None and length > field.max_length:
        raise _Unfit(f"expected at most {field.max_length} {unit}, got {length}")


def _check_plain(value: Any, depth: int) -> None:
    """Refuse what JSON cannot say, and what is nested too deeply."""
    if depth > MAX_DEPTH:
        raise _Unfit(f"expected at most {MAX_DEPTH} levels of nesting")
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise _Unfit("expected an object whose keys are texts")
        for item in value.values():
            _check_plain(item, depth + 1)
    elif isinstance(value, list | tuple):
        for item in value:
            _check_plain(item, depth + 1)
    elif isinstance(value, bool) or value is None or isinstance(value, str):
        return
    elif isinstance(value, int | float):
        _check_finite(value)
    else:
        raise _Unfit(f"expected a JSON value, got {type(value).__name__}")


_READERS: Final[Mapping[str, Callable[[Field, Any, str], Any]]] = {
    "string": _string,
    "number": _number_value,
    "integer": _integer,
    "boolean": _boolean,
    "path": _path,
    "list": _list,
    "object": _object,
}
