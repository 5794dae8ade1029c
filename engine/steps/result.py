"""The result document a step may leave: one JSON object, read strictly.

{"output": {…}, "state": {…}, "caveats": ["…"], "decisions": ["…"]}      every part optional
"""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

from engine.core.errors import InvalidInput
from engine.steps.untrusted import open_regular

MAX_BYTES = 1 << 20
MAX_DEPTH = 32
MAX_NOTES = 100  # caveats, and as many decisions
MAX_NOTE = 2000  # characters of one of them
OBJECTS = ("output", "state")
NOTES = ("caveats", "decisions")


def read_result(path: Path | str, limit: int = MAX_BYTES) -> dict[str, Any]:
    """The document at `path`; {} when there is none, or an empty file. `limit` is in bytes.

    Raises InvalidInput with one sentence when it is not what a result may be.
    """
    file = open_regular(str(path), label="The result file")
    if file is None:
        return {}
    with os.fdopen(file, "rb") as opened:
        content = opened.read(limit + 1)
    if len(content) > limit:
        raise InvalidInput(f"The result file is larger than {limit} bytes; keep large data as artifacts.")
    return check_result(_parsed(content)) if content.strip() else {}


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(
            content.decode("utf-8"),
            object_pairs_hook=_without_duplicates,
            parse_constant=_refuse_constant,
            parse_float=_finite,
        )
    except UnicodeDecodeError:
        raise InvalidInput("The result file is not UTF-8; write it as UTF-8 JSON.") from None
    except RecursionError:
        raise InvalidInput(_too_deep()) from None
    except ValueError as error:
        raise InvalidInput(f"The result file is not valid JSON ({error}); write one JSON object.") from None


def check_result(document: Any) -> dict[str, Any]:
    """`document` when it is what a result may be. Raises InvalidInput with one sentence when not."""
    if not isinstance(document, dict):
        raise InvalidInput("The result file holds no JSON object; write {…} with output, state and so on.")
    for key, value in document.items():
        if key in OBJECTS:
            if not isinstance(value, dict):
                raise InvalidInput(f"In the result file, {key} is not an object; write {{…}} there.")
        elif key in NOTES:
            _check_notes(key, value)
        else:
            known = ", ".join((*OBJECTS, *NOTES))
            raise InvalidInput(f"The result file has the unknown key {key!a}; allowed are {known}.")
    _check_values(document)
    return document


def _check_notes(key: str, value: Any) -> None:
    if not isinstance(value, list) or not all(isinstance(note, str) for note in value):
        raise InvalidInput(f'In the result file, {key} is not a list of texts; write ["…"] there.')
    if len(value) > MAX_NOTES:
        raise InvalidInput(f"The result file has more than {MAX_NOTES} {key}; sum them up.")
    if any(len(note) > MAX_NOTE for note in value):
        raise InvalidInput(f"In the result file, one of {key} exceeds {MAX_NOTE} characters; shorten it.")


def _check_values(document: dict[str, Any]) -> None:
    """Refuse deep nesting, and text that could not be stored as UTF-8."""
    level: list[Any] = [document]
    for _ in range(MAX_DEPTH):
        inner: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                inner += value.keys()
                inner += value.values()
            elif isinstance(value, list):
                inner += value
            elif isinstance(value, str):
                _check_text(value)
        level = inner
    if level:
        raise InvalidInput(_too_deep())


def _check_text(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise InvalidInput("The result file holds half a surrogate pair; write whole characters.") from None


def _too_deep() -> str:
    return f"The result file nests deeper than {MAX_DEPTH} levels; flatten it."


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key occurs twice in one object")
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number
