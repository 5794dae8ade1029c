"""Untrusted text made fit to be shown: hidden and active characters are escaped, never dropped.

Logs, files, names and errors come from outside. A terminal obeys what is in them (cursor moves, clipboard
writes, reversed reading order), so every string goes through `safe` or `safe_bytes` on its way to a screen.
Stored bytes stay as they are. Shown text holds no character that a reader cannot see, but for newlines.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

TAB_WIDTH = 8
MAX_MARKS = 8
"""Combining marks shown on one base character; more of them would paint over the neighbouring lines."""

MIN_LIMIT = 32
"""The smallest display limit: room for the note that text was cut."""

# Code points that are invisible or that act on the terminal. Beside Unicode's control, format, surrogate,
# private and separator classes these are the letters and marks that have no shape of their own (fillers,
# variation selectors, inherent vowels) and the noncharacters.
_BAD_RANGES = (
    (0x00, 0x1F),
    (0x7F, 0x9F),
    (0xAD, 0xAD),
    (0x34F, 0x34F),
    (0x600, 0x605),
    (0x61C, 0x61C),
    (0x6DD, 0x6DD),
    (0x70F, 0x70F),
    (0x890, 0x891),
    (0x8E2, 0x8E2),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x2028, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xD800, 0xF8FF),
    (0xFDD0, 0xFDEF),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFFB),
    (0xFFFE, 0xFFFF),
    (0x110BD, 0x110BD),
    (0x110CD, 0x110CD),
    (0x13430, 0x1343F),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    *((plane * 0x10000 + 0xFFFE, plane * 0x10000 + 0xFFFF) for plane in range(1, 14)),
    (0xE0000, 0x10FFFF),
)
_BAD_CLASS = "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in _BAD_RANGES)
BAD = re.compile(f"[{_BAD_CLASS}]")
"""One character that must never reach a terminal; newline and tab are among them."""

# Text of these characters alone needs no further look; the first combining mark is U+0300.
_PLAIN = re.compile(r"[ -~\u00a0-\u00ac\u00ae-\u02ff\u2010-\u2027\u2030-\u205e\u2190-\u28ff]*")
_RAW_BYTES = range(0xDC80, 0xDD00)  # how `surrogateescape` carries the bytes 0x80 to 0xff


class Piece(NamedTuple):
    """A stretch of shown text; `escaped` when it stands for characters that are not shown as they are."""

    text: str
    escaped: bool


def is_safe(text: str) -> bool:
    """Whether `text`, taken as one line, is shown exactly as it is."""
    if text.isascii():
        return text.isprintable()
    if _PLAIN.fullmatch(text):
        return True
    return BAD.search(text) is None and not any(escaped for _, escaped in _characters(text, newlines=False))


def safe(text: str, *, limit: int = 4096, newlines: bool = False) -> str:
    """`text` with every hidden or active character as a visible escape such as `\\x1b` or `\\u202e`.

    Tabs are expanded. Newlines are escaped too unless `newlines` is set. At most `limit` characters come
    back (`MIN_LIMIT` at least); when text was left out, the end says how many characters. Clean text comes
    back unchanged, and so does text that was made safe before with the same settings.
    """
    if len(text) <= limit and is_safe(text):
        return text
    return "".join(piece.text for piece in pieces(text, limit=limit, newlines=newlines))


def safe_bytes(raw: bytes, *, limit: int = 4096, newlines: bool = False) -> str:
    """UTF-8 bytes as safe text; a byte that is not part of valid UTF-8 is shown as `\\xNN`."""
    return safe(decode(raw), limit=limit, newlines=newlines)


def decode(raw: bytes) -> str:
    """UTF-8 as text, bytes that are not valid carried as lone surrogates, which `safe` shows as `\\xNN`."""
    return raw.decode("utf-8", "surrogateescape")


def pieces(text: str, *, limit: int = 4096, newlines: bool = False) -> list[Piece]:
    """What `safe` returns, in stretches that tell shown characters from escapes and from the cut note."""
    limit = max(limit, MIN_LIMIT)
    if is_safe(text[:limit]):
        return _clean(text, limit)
    shown = []
    length = 0
    for piece in _characters(text, newlines=newlines):
        shown.append(piece)
        length += len(piece.text)
        if length > limit:
            return _merge(_cut(shown, len(text), limit))
    return _merge(shown)


def _clean(text: str, limit: int) -> list[Piece]:
    """The pieces of a text of which the first `limit` characters are safe."""
    if len(text) <= limit:
        return [Piece(text, False)] if text else []
    room = limit - len(_note(len(text)))
    return [Piece(text[:room], False), Piece(_note(len(text) - room), True)]


def hidden_count(text: str) -> int:
    """How many characters of `text` are shown as escapes, newlines and tabs not counted."""
    return sum(
        sum(piece.escaped for piece in _characters(line, newlines=True))
        for line in text.split("\n")
        if not is_safe(line)
    )


def _characters(text: str, *, newlines: bool) -> Iterator[Piece]:
    """One piece for each character, in order."""
    column = 0
    marks = MAX_MARKS  # a mark needs a base: none has come yet
    for character in text:
        piece = _alone(character)
        if piece is not None and not (newlines and character == "\n"):
            marks = MAX_MARKS if piece.escaped else 0
        elif character == "\t":
            piece, marks = Piece(" " * (TAB_WIDTH - column % TAB_WIDTH), False), MAX_MARKS
        elif character == "\n":
            piece, marks, column = Piece(character, False), MAX_MARKS, -1
        else:
            piece = Piece(_escape(character), True) if marks >= MAX_MARKS else Piece(character, False)
            marks += 1
        column += len(piece.text)
        yield piece


@lru_cache(4096)
def _alone(character: str) -> Piece | None:
    """How a character is shown whatever stands around it; None for tabs and marks, which depend on that."""
    if BAD.match(character):
        return None if character == "\t" else Piece(_escape(character), True)
    joins = "\u1161" <= character <= "\u11ff" or "\ud7b0" <= character <= "\ud7ff"  # Hangul letters that join
    return None if joins or unicodedata.category(character)[0] == "M" else Piece(character, False)


def _escape(character: str) -> str:
    """The visible form of one code point. A newline is `\\n`; below U+0080 and raw bytes are `\\xNN`."""
    code = ord(character)
    if character == "\n":
        return "\\n"
    if code in _RAW_BYTES:
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _cut(shown: list[Piece], total: int, limit: int) -> list[Piece]:
    """The first of `shown` that fit in `limit` beside a note that says how many of `total` are left out."""
    room = limit - len(_note(total))
    used = 0
    for index, piece in enumerate(shown):
        used += len(piece.text)
        if used > room:
            return [*shown[:index], Piece(_note(total - index), True)]
    return shown


def _note(count: int) -> str:
    return f"… +{count} more"


def _merge(shown: list[Piece]) -> list[Piece]:
    merged: list[Piece] = []
    run: list[str] = []
    for index, (text, escaped) in enumerate(shown):
        run.append(text)
        if index + 1 == len(shown) or shown[index + 1].escaped != escaped:
            merged.append(Piece("".join(run), escaped))
            run.clear()
    return merged
