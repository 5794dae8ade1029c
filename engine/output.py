"""What the command line prints: JSON for programs, aligned and safe text for people."""

from __future__ import annotations

import json
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engine.core.display import safe

WIDTH = 80
"""Columns of text that goes to no terminal."""


def print_json(document: Mapping[str, Any]) -> None:
    """One object on one line."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")


def say(text: str, *, newlines: bool = True) -> None:
    """Text for a person; whatever it holds, no character of it acts on the terminal.

    Without `newlines` it stays on its line, so that a hostile value cannot pose as another one.
    """
    sys.stdout.write(safe(text, limit=1 << 20, newlines=newlines) + "\n")


def say_line(text: str) -> None:
    """One line, cut to the terminal's width."""
    sys.stdout.write(_cut(safe(text), width()) + "\n")


def complain(text: str) -> None:
    """A sentence on standard error."""
    sys.stderr.write(safe(text, limit=1 << 16, newlines=True) + "\n")


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Aligned columns; each line is cut to the terminal's width."""
    cells = [[safe(cell) for cell in row] for row in rows]
    if not cells:
        return
    columns = list(zip(headings, *cells, strict=True))
    sizes = [max(map(_columns, column)) for column in columns]
    room = width()
    for row in [list(headings), *cells]:
        padded = (cell + " " * (size - _columns(cell)) for cell, size in zip(row, sizes, strict=True))
        sys.stdout.write(_cut("  ".join(padded).rstrip(), room) + "\n")


def pairs(entries: Iterable[tuple[str, str]]) -> None:
    """Names and values below each other; empty values are left out."""
    known = [(name, value) for name, value in entries if value]
    indent = max((len(name) for name, _ in known), default=0)
    for name, value in known:
        say(f"{name.ljust(indent)}  {value}", newlines=False)


def width() -> int:
    """The columns of the terminal, 80 when standard output is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDTH


def _columns(text: str) -> int:
    """How many columns a terminal gives to safe text."""
    return len(text) if text.isascii() else sum(map(_columns_of, text))


def _columns_of(character: str) -> int:
    if unicodedata.category(character).startswith("M"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "FW" else 1


def _cut(text: str, room: int) -> str:
    """The text if it fits in `room` columns, else its beginning and an ellipsis."""
    if _columns(text) <= room:
        return text
    used = 0
    for index, character in enumerate(text):
        used += _columns_of(character)
        if used > room - 1:
            return text[:index] + "…"
    return text
