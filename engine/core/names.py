"""Names in a workflow file, and how a dotted path finds its value among them.

A name matches `[a-z0-9][a-z0-9._-]{0,63}`, so it may hold dots, and `steps.build.v2.output.rows` does not say
by itself where the step's name ends. The rule, everywhere: at each level **the longest name that exists
wins**; if the rest of the path leads nowhere from there, the next shorter one is tried.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
ROOTS: Final = ("inputs", "state", "steps", "run")
PATH_PATTERN: Final = r"[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*"

MAX_PATH_PARTS: Final = 32
_MAX_CANDIDATES: Final = 200
_LONGEST_COMPARED: Final = 100


class Missing(LookupError):
    """Nothing stands at a path."""


def is_name(text: str) -> bool:
    """Whether `text` may name a workflow, step, input, key, queue or agent."""
    return NAME.fullmatch(text) is not None


def closest(word: str, known: Iterable[str]) -> str:
    """The known word that `word` was probably meant to be, or "" when none is near."""
    candidates = list(known)
    if len(candidates) > _MAX_CANDIDATES or len(word) > _LONGEST_COMPARED:
        return ""
    found = difflib.get_close_matches(word, candidates, n=1, cutoff=0.6)
    return found[0] if found else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A suggestion such as "did you mean `needs`?", or "" when nothing is near."""
    near = closest(word, known)
    return f"did you mean `{near}`?" if near else ""


def prefixes(parts: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every way to read a name off the front of a path, the longest first, with what is left over."""
    for count in range(len(parts), 0, -1):
        yield ".".join(parts[:count]), parts[count:]


def lookup(scope: Mapping[str, Any], path: str) -> Any:
    """The value at the dotted `path` of nested mappings. Raises Missing when there is none."""
    parts = tuple(path.split("."))
    if len(parts) > MAX_PATH_PARTS:
        raise Missing(path)
    return _descend(scope, parts, path)


def _descend(value: Any, parts: tuple[str, ...], path: str) -> Any:
    if not parts:
        return value
    if isinstance(value, Mapping):
        for name, rest in prefixes(parts):
            if name in value:
                try:
                    return _descend(value[name], rest, path)
                except Missing:
                    continue
    raise Missing(path)
