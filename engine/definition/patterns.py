"""Regular expressions from a workflow file: can they be read, and could they run away?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_REPEAT: Final = re.compile(r"(?:[*+]|\{[0-9]*,[0-9]*\})([+?]?)")
_CLASS: Final = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)


def fault(pattern: str) -> str:
    """What is wrong with a pattern, as the end of a sentence; "" when it may be used."""
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return f"it is no regular expression: {error}"
    if _runs_away(pattern):
        return "a repeat inside a repeat can take for ever: make the inner one possessive (`++` or `*+`)"
    return ""


@dataclass(slots=True)
class _Group:
    """An open group. `repeats` says that what it matches can be cut in several ways."""

    atomic: bool
    repeats: bool = False


def _runs_away(pattern: str) -> bool:
    """Whether an open-ended repeat that gives back characters stands inside another one."""
    groups = [_Group(atomic=False)]
    place = 0
    while place < len(pattern):
        closed = None
        if pattern[place] == "\\":
            place += 2
        elif pattern[place] == "[" and (found := _CLASS.match(pattern, place)):
            place = found.end()
        elif pattern[place] == "(":
            groups.append(_Group(atomic=pattern.startswith("(?>", place)))
            place += 2 if pattern.startswith("(?", place) else 1
            continue
        else:
            closed = groups.pop() if pattern[place] == ")" else None
            place += 1
        inner = closed is not None and closed.repeats and not closed.atomic
        repeat = _REPEAT.match(pattern, place)
        gives_back = repeat is not None and repeat.group(1) != "+"
        if inner and gives_back:
            return True
        groups[-1].repeats |= gives_back or (inner and repeat is None)
        place = repeat.end() if repeat else place
    return False
