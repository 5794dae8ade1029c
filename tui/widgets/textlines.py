"""What views of text share: searching, marking matches, wrapping."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.cells import chop_cells
from rich.style import Style
from rich.text import Text

from engine.core.errors import InvalidInput

MATCH = Style(color="black", bgcolor="cyan")


class Search:
    """A search in bytes and in shown text. A pattern without capital letters ignores case."""

    def __init__(self, pattern: str, *, literal: bool = True) -> None:
        """Raises `InvalidInput` when the pattern is no regular expression."""
        source = re.escape(pattern) if literal else pattern
        flags = re.MULTILINE | (re.IGNORECASE if pattern == pattern.lower() else 0)
        try:
            self.shown = re.compile(source, flags)
            self.raw = re.compile(source.encode("utf-8", "surrogateescape"), flags)
        except re.error as error:
            raise InvalidInput(
                f"The search is not a regular expression ({error.msg}): correct it, or search for plain text."
            ) from None

    def mark(self, text: Text) -> None:
        """Give every match in `text` the match style."""
        for found in self.shown.finditer(text.plain):
            text.stylize(MATCH, *found.span())


def row_lengths(plain: str, width: int) -> list[int]:
    """How many characters of a line go into each row of `width` cells; an empty line is one row."""
    if plain.isascii():
        rest = len(plain)
        return [min(width, rest - start) for start in range(0, rest, width)] or [0]
    return [len(row) for row in chop_cells(plain, width)]


def wrapped(text: Text, width: int) -> Iterator[Text]:
    """`text` in rows of at most `width` cells (2 at least); an empty text is one empty row."""
    start = 0
    for length in row_lengths(text.plain, max(width, 2)):
        yield text[start : start + length]
        start += length
