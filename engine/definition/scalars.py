"""Plain scalars by the YAML 1.2 core schema, without the spellings that surprise.

`true` and `false` are the only booleans; `no`, `on` and `12:30:45` are texts. An integer is decimal, or
hexadecimal or octal with the prefix `0x` or `0o`. Refused rather than guessed: `True` and the like, a
decimal number with a leading zero, `.inf`, `.nan`, numbers beyond 64 bits.
"""

from __future__ import annotations

import math
import re
from typing import Final

from engine.core.fields import MAX_INTEGER

FORBIDDEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
"""Control characters, and characters that reorder what stands around them, except tab and line ends."""

_NULLS: Final = frozenset({"", "~", "null"})
_BOOLEANS: Final = {"true": True, "false": False}
_OTHER_CASE: Final = frozenset({"True", "TRUE", "False", "FALSE", "Null", "NULL"})
_INTEGER: Final = re.compile(r"[-+]?[0-9]+", re.ASCII)
_PREFIXED: Final = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+", re.ASCII)
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_LEADING_ZERO: Final = re.compile(r"[-+]?0[0-9]", re.ASCII)
_NOT_FINITE: Final = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_LONGEST_NUMBER: Final = 64


class ScalarProblem(ValueError):
    """A plain scalar that is refused. `suggestion` says how to write what was probably meant."""

    def __init__(self, message: str, suggestion: str) -> None:
        super().__init__(message)
        self.suggestion = suggestion


def plain(text: str) -> str | int | float | bool | None:
    """The value of an unquoted scalar. Raises ScalarProblem."""
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if text in _OTHER_CASE:
        raise ScalarProblem(f"`{text}` is ambiguous", f'write `{text.lower()}`, or "{text}" for the text')
    if _NOT_FINITE.fullmatch(text):
        raise ScalarProblem(f"`{text}` is not a finite number", "write a number, or put a text in quotes")
    return _number(text) if _FLOAT.fullmatch(text) or _PREFIXED.fullmatch(text) else text


def _number(text: str) -> int | float:
    if len(text) > _LONGEST_NUMBER:
        raise ScalarProblem("a number has at most 64 characters", "put a text in quotes")
    if _LEADING_ZERO.match(text):
        raise ScalarProblem(
            f"`{text}` begins with a zero, which some read as octal",
            f'write `{text.lstrip("+-0") or "0"}`, or "{text}" for the text',
        )
    value: int | float
    if _INTEGER.fullmatch(text):
        value = int(text)
    elif _PREFIXED.fullmatch(text):
        value = int(text, 0)
    else:
        value = float(text)
    if abs(value) > MAX_INTEGER if isinstance(value, int) else math.isinf(value):
        raise ScalarProblem(f"`{text}` is too large", "put a text in quotes")
    return value
