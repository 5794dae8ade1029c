"""An artifact as numbered lines fit to be shown: text, a diff, JSON, or bytes in hexadecimal."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from enum import StrEnum

from rich.style import Style
from rich.text import Text

from engine.core.display import decode, hidden_count, safe
from tui.safe import safe_text

LIMIT = 1 << 20
"""Bytes of a document that are shown."""

PIECE = 1000
"""Characters of a line that are handled at once, so that no row costs as much as a line of a megabyte."""

HEX_ROW = 16
_PROBE = 1 << 16
_ALL = 16 * PIECE  # the longest that a piece can become by its escapes
_ADDED, _REMOVED, _PLACE = Style(color="green"), Style(color="red"), Style(color="cyan")
_NAMES = Style(bold=True)
_JSON_KEY = re.compile(r'"(?:[^"\\]|\\.)*"(?=\s*:)')


class Kind(StrEnum):
    TEXT = "text"
    DIFF = "diff"
    JSON = "json"
    BINARY = "binary"


class Document:
    """`raw` as lines. `hidden` counts the characters that are shown as escapes.

    A very long line comes in several pieces; all that is asked by number is about a piece.
    Nothing is interpreted: JSON is coloured, not formatted again, for what is judged are these very bytes.
    `size` is given when `raw` is only the beginning of something longer.
    """

    def __init__(self, raw: bytes, name: str = "", kind: Kind | None = None, size: int | None = None) -> None:
        self.kind = kind or _kind_of(raw, name)
        self.size = len(raw) if size is None else size
        shown = raw[:LIMIT]
        self.cut = self.size - len(shown)
        """Bytes that are not shown, because the document is too long."""
        self.lines, self._numbers = _hex_rows(shown) if self.kind is Kind.BINARY else _text_lines(shown)
        self.hidden = (
            0 if self.kind is Kind.BINARY else sum(hidden_count(decode(line)) for line in self.lines)
        )

    @property
    def line_count(self) -> int:
        """Lines, however many pieces they have."""
        return self._numbers[-1] + 1 if self._numbers else 0

    def label(self, number: int) -> str:
        """The number of the line that begins with this piece, counted from 1; empty inside a line."""
        begins = number == 0 or self._numbers[number - 1] != self._numbers[number]
        return str(self._numbers[number] + 1) if begins else ""

    def plain(self, number: int) -> str:
        """What is shown of piece `number`, without its styles."""
        line = self.lines[number]
        return _hex(number, line) if self.kind is Kind.BINARY else safe(decode(line), limit=_ALL)

    def text(self, number: int) -> Text:
        """What is shown of piece `number`, with its styles."""
        line = self.lines[number]
        if self.kind is Kind.BINARY:
            return Text(_hex(number, line))
        text = safe_text(decode(line), limit=_ALL)
        if self.kind is Kind.DIFF:
            text.style = _diff_style(self.lines[bisect_left(self._numbers, self._numbers[number])])
        elif self.kind is Kind.JSON:
            text.highlight_regex(_JSON_KEY, _PLACE)
        return text


def _kind_of(raw: bytes, name: str) -> Kind:
    if b"\0" in raw[:_PROBE]:
        return Kind.BINARY
    if name.endswith((".diff", ".patch")) or raw.startswith((b"diff --git ", b"--- ")):
        return Kind.DIFF
    return Kind.JSON if name.endswith(".json") else Kind.TEXT


def _text_lines(raw: bytes) -> tuple[list[bytes], list[int]]:
    """Pieces of lines, and for each piece the number of its line."""
    lines = raw.split(b"\n")
    pieces: list[bytes] = []
    numbers: list[int] = []
    for number, line in enumerate(lines if lines[-1] else lines[:-1]):
        parts = [line] if len(line) <= PIECE else list(_parts(decode(line)))
        pieces += parts
        numbers += [number] * len(parts)
    return pieces, numbers


def _parts(line: str) -> Iterator[bytes]:
    for start in range(0, len(line), PIECE):
        yield line[start : start + PIECE].encode("utf-8", "surrogateescape")


def _hex_rows(raw: bytes) -> tuple[list[bytes], list[int]]:
    rows = [raw[start : start + HEX_ROW] for start in range(0, len(raw), HEX_ROW)]
    return rows, list(range(len(rows)))


def _hex(number: int, row: bytes) -> str:
    """`00000010  7f 45 …  |.E…|`, as hexdump writes it."""
    letters = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in row)
    return f"{number * HEX_ROW:08x}  {row.hex(' '):<{HEX_ROW * 3}} |{letters}|"


def _diff_style(line: bytes) -> Style:
    if line.startswith((b"+++ ", b"--- ", b"diff ", b"index ")):
        return _NAMES
    if line.startswith(b"@@"):
        return _PLACE
    if line.startswith(b"+"):
        return _ADDED
    return _REMOVED if line.startswith(b"-") else Style()
