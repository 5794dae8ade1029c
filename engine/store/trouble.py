"""SQLite's errors as sentences that say what to do. Matched by family: one cause has many codes."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from engine.core.errors import StorageTrouble

_FAMILY = 0xFF  # extended result codes keep their family in the low byte

_SENTENCES: Final = {
    sqlite3.SQLITE_IOERR: "The disk under {path} failed to read or write. Check the disk and its quota, "
    "then start the engine again; everything acknowledged so far is stored.",
    sqlite3.SQLITE_FULL: "The disk under {path} is full. Free some space, then start the engine again; "
    "everything acknowledged so far is stored.",
    sqlite3.SQLITE_CORRUPT: "The database {path} is damaged and was left as it is. "
    "Put a backup of the file in its place.",
    sqlite3.SQLITE_NOTADB: "The file {path} is not a database, or its beginning is damaged; it was left as "
    "it is. Put a backup of the file in its place, or choose another --home.",
    sqlite3.SQLITE_READONLY: "The database {path} cannot be written. "
    "Fix the rights of the file and its folder, or use it as its owner.",
    sqlite3.SQLITE_CANTOPEN: "The database {path} cannot be opened. "
    "Check that its folder exists, that its rights allow it, and that open files are not at their limit.",
    sqlite3.SQLITE_PERM: "The rights of {path} do not allow this. Fix them, or use it as its owner.",
    sqlite3.SQLITE_BUSY: "Another program holds the database {path}. End that program, then try again.",
    sqlite3.SQLITE_NOMEM: "There is not enough memory to use {path}. Free some, then try again.",
    sqlite3.SQLITE_CONSTRAINT: "The database {path} refused a change that breaks its rules ({error}). "
    "This is a fault in opsgate: please report it.",
}
_OTHER: Final = "The database {path} cannot be used ({error}). Check it with `opsgate doctor`."


def trouble(error: sqlite3.Error, path: Path) -> StorageTrouble:
    """What happened to the database at `path`, and what to do about it."""
    code = getattr(error, "sqlite_errorcode", 0)
    sentence = _SENTENCES.get(code & _FAMILY, _OTHER)
    return StorageTrouble(
        sentence.format(path=path, error=error),
        details={"path": str(path), "sqlite": getattr(error, "sqlite_errorname", "")},
    )


@contextmanager
def as_trouble(path: Path) -> Iterator[None]:
    """Turn SQLite's errors within into StorageTrouble."""
    try:
        yield
    except sqlite3.Error as error:
        raise trouble(error, path) from error
