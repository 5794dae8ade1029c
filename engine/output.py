"""What the command line prints: JSON for programs, aligned and safe text for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engine.core.display import safe

WIDTH = 80


def print_json(document: Mapping[str, Any]) -> None:
    """One object on one line."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")


def say(text: str) -> None:
    """Text for a person; whatever it holds, no character of it acts on the terminal."""
    sys.stdout.write(safe(text, limit=1 << 20, newlines=True) + "\n")


def complain(text: str) -> None:
    """A sentence on standard error."""
    sys.stderr.write(safe(text, limit=1 << 16, newlines=True) + "\n")


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], width: int = WIDTH) -> None:
    """Aligned columns; the last one takes what is left of `width` and is cut to it."""
    cells = [[safe(cell) for cell in row] for row in rows]
    if not cells:
        return
    columns = list(zip(headings, *cells, strict=True))
    widths = [max(len(cell) for cell in column) for column in columns]
    for row in [list(headings), *cells]:
        sys.stdout.write(_line(row, widths, width) + "\n")


def _line(row: Sequence[str], widths: Sequence[int], width: int) -> str:
    text = "  ".join(cell.ljust(size) for cell, size in zip(row, widths, strict=True)).rstrip()
    return text if len(text) <= width else text[: width - 1] + "…"


def pairs(entries: Iterable[tuple[str, str]]) -> None:
    """Names and values below each other; empty values are left out."""
    known = [(name, value) for name, value in entries if value]
    indent = max((len(name) for name, _ in known), default=0)
    for name, value in known:
        say(f"{name.ljust(indent)}  {value}")
