"""The log behind a name: it may not exist yet, grow, be cut short, or be another file tomorrow."""

from __future__ import annotations

import re
from pathlib import Path

from engine.core.display import safe
from tui.widgets.logfile import Line, LogFile

AT_ONCE = 8 << 20
"""Bytes that are indexed in one go: some 5 ms."""


class LogSource:
    """Follows the file of that name. Call `refresh` now and then, and `read_on` while it is `behind`."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._file: LogFile | None = None
        self.behind = False
        """More is to be indexed; until then there are no lines."""
        self.trouble = ""
        """Why the file cannot be read; empty when it can, or when there is none."""

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        self._file = None

    @property
    def is_open(self) -> bool:
        return self._file is not None

    @property
    def line_count(self) -> int:
        return 0 if self._file is None or self.behind else self._file.line_count

    @property
    def progress(self) -> tuple[int, int]:
        """Bytes indexed, and bytes of the file."""
        return (0, 0) if self._file is None else (self._file.indexed, self._file.size)

    def refresh(self) -> bool:
        """Look at the file; whether there is anything new."""
        if self._path is None or self.behind:
            return False
        if self._file is None or self._file.was_replaced():
            return self._open(self._path)
        if self._file.size > self._file.indexed:
            return self._read(self._file)
        return False

    def read_on(self) -> None:
        """Index the next bytes. May run in another thread, when nothing else is called meanwhile."""
        if self._file is not None:
            self._read(self._file)

    def _open(self, path: Path) -> bool:
        had_file = self.is_open
        self.close()
        try:
            self._file = LogFile(path)
        except FileNotFoundError:
            return had_file
        except OSError as error:
            self.trouble = f"The log cannot be read: {safe(error.strerror or 'unknown reason')}."
            return True
        return self._read(self._file)

    def _read(self, file: LogFile) -> bool:
        try:
            self.behind = file.extend(AT_ONCE)
            self.trouble = ""
        except OSError as error:
            self.trouble = f"The log cannot be read: {safe(error.strerror or 'unknown reason')}."
            self.behind = False
            self.close()
        return True

    def line(self, number: int) -> Line:
        return Line(b"", 0) if self._file is None else self._file.line(number)

    def find(self, pattern: re.Pattern[bytes], start: int, *, forward: bool) -> int | None:
        """The first matching line behind line `start`, or the last one ahead of it."""
        if self._file is None:
            return None
        return self._file.find(pattern, start) if forward else self._file.find_back(pattern, start)
