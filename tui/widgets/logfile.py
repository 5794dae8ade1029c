"""A growing text file by line number, without reading it into memory.

The index counts the newlines of each block of the file, so it stays tiny (16 KB for a file of 100 MB) and a
file without a newline costs no more than one with many. Blocks are read with `pread`: a memory map would end
the process with SIGBUS when a log is truncated under it.
"""

from __future__ import annotations

import os
import re
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

BLOCK = 1 << 16
STRETCH = 1 << 20
"""Bytes that are read at a time when the whole file is gone through."""

LINE_LIMIT = 4096
"""Bytes of one line that are read; what is behind them is only counted."""

NEWLINE = b"\n"


class Line(NamedTuple):
    """The start of a line, and how many more bytes it has."""

    raw: bytes
    more: int


class LogFile:
    """One open file and its line index. Lines are numbered from 0.

    `extend` reads what was added; everything else answers from what is indexed. Not safe to use from two
    threads at once. Raises `OSError` from the constructor when the file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        status = os.fstat(self._fd)
        self._identity = (status.st_dev, status.st_ino)
        self.indexed = 0
        """Bytes that the index covers."""
        self._before = array("Q", [0])  # for each block, the newlines in all blocks before it; then their sum
        self._breaks = lru_cache(64)(self._read_breaks)

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    @property
    def size(self) -> int:
        """Bytes of the file now."""
        return os.fstat(self._fd).st_size

    def was_replaced(self) -> bool:
        """Whether the path leads to another file now, or the file became shorter than what was read."""
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return False
        return (status.st_dev, status.st_ino) != self._identity or status.st_size < self.indexed

    def extend(self, limit: int = STRETCH) -> bool:
        """Index up to about `limit` more bytes; whether there are more to come."""
        start = self.indexed - self.indexed % BLOCK
        chunk = os.pread(self._fd, max(limit, BLOCK) + BLOCK, start)
        if start + len(chunk) <= self.indexed:
            return False
        del self._before[start // BLOCK + 1 :]
        for offset in range(0, len(chunk), BLOCK):
            self._before.append(self._before[-1] + chunk.count(NEWLINE, offset, offset + BLOCK))
        self.indexed = start + len(chunk)
        self._breaks.cache_clear()
        return self.indexed < self.size

    @property
    def line_count(self) -> int:
        """Lines so far; a last one without its newline counts."""
        newlines = self._before[-1]
        return newlines + (self.indexed > 0 and self._line_start(newlines) < self.indexed)

    def line(self, number: int) -> Line:
        """Line `number` without its line end; empty when it does not exist."""
        if not 0 <= number < self.line_count:
            return Line(b"", 0)
        start = self._line_start(number)
        end = self._line_start(number + 1) - 1 if number < self._before[-1] else self.indexed
        raw = os.pread(self._fd, max(min(end - start, LINE_LIMIT), 0), start)
        more = max(end - start - len(raw), 0)
        return Line(raw.removesuffix(b"\r") if not more else raw, more)

    def line_of(self, offset: int) -> int:
        """The number of the line that holds the byte at `offset`."""
        block = min(offset, max(self.indexed - 1, 0)) // BLOCK
        return self._before[block] + bisect_left(self._breaks(block), offset)

    def find(self, pattern: re.Pattern[bytes], after: int) -> int | None:
        """The first line behind line `after` with a match; None when there is none."""
        start = self._line_start(after + 1) if after + 1 < self.line_count else self.indexed
        for offset, chunk in self._stretches(start):
            found = pattern.search(chunk)
            if found:
                return self.line_of(offset + found.start())
        return None

    def find_back(self, pattern: re.Pattern[bytes], before: int) -> int | None:
        """The last line ahead of line `before` with a match; None when there is none."""
        end = self._line_start(before) if before < self.line_count else self.indexed
        while end > 0:
            start = self._line_start(self.line_of(max(end - STRETCH, 0)))
            last = None
            for offset, chunk in self._stretches(start, end):
                for found in pattern.finditer(chunk):
                    last = offset + found.start()
            if last is not None:
                return self.line_of(last)
            end = start
        return None

    def _stretches(self, start: int, end: int | None = None) -> Iterator[tuple[int, bytes]]:
        """The bytes from `start` to `end` in stretches that end with a line, unless a line is longer."""
        end = self.indexed if end is None else end
        while start < end:
            chunk = os.pread(self._fd, min(STRETCH, end - start), start)
            if not chunk:
                return
            if start + len(chunk) < end:
                cut = chunk.rfind(NEWLINE) + 1
                chunk = chunk[:cut] if cut else chunk
            yield start, chunk
            start += len(chunk)

    def _line_start(self, number: int) -> int:
        """Where line `number` begins; it must be at most the count of newlines."""
        if number == 0:
            return 0
        block = bisect_left(self._before, number) - 1
        breaks = self._breaks(block)
        place = number - self._before[block] - 1
        return breaks[place] + 1 if place < len(breaks) else self.indexed  # cut short since it was indexed

    def _read_breaks(self, block: int) -> array[int]:
        """The offsets in the file of the newlines of a block."""
        start = block * BLOCK
        chunk = os.pread(self._fd, min(BLOCK, self.indexed - start), start)
        return array("Q", [start + found.start() for found in re.finditer(NEWLINE, chunk)])
