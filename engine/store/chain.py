"""The chain of hashes that makes tampering with the history evident.

The hash of an event is the SHA-256 of the previous event's hash (32 bytes; zeros before the first event)
followed by this JSON list in UTF-8, keys sorted, no white space:

    [seq, at, run, step, attempt, type, actor, identity, reason, data]

`at` is in microseconds. `data` is the fact without what the other columns say already, and without the
optional fields that say nothing. A change, an insertion, a removal or a swap breaks the chain. A cut at
the end does not: that is what a number and hash of the last event, kept elsewhere, are for.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:  # whoever only reads or checks the history does not need to know every fact
    from engine.core.facts import Actor
    from engine.store.log import Entry

Row = tuple[Any, ...]

GENESIS: Final = bytes(32)
COLUMNS: Final = "seq, at, run, step, attempt, type, actor, identity, reason, data, hash"

_json: Final = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
).encode


_quoted: Final = json.encoder.encode_basestring


def to_json(value: Any) -> str:
    """JSON text that SQLite can store: a lone surrogate, which UTF-8 cannot say, becomes its escape.

    Raises ValueError or TypeError for what JSON cannot say.
    """
    return to_text(_json(value))


def to_text(text: str) -> str:
    """Text that SQLite can store."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


class Chain:
    """The end of the log: `seq` and `hash` of the last event. Hands out rows that continue it."""

    def __init__(self, seq: int, head: bytes) -> None:
        self.seq = seq
        self.hash = head

    def copy(self) -> Chain:
        return Chain(self.seq, self.hash)

    def append(self, item: Entry, at: int, run: str | None, actor: Actor, reason: str | None) -> Row:
        """The row of the next event; `at` in microseconds."""
        self.seq += 1
        place = (self.seq, at, run, item.step, item.attempt, item.type, actor.name, actor.identity, reason)
        self.hash = link(self.hash, place, item.data)
        return (*place, item.data, self.hash)


def link(previous: bytes, place: Row, data: str) -> bytes:
    """The hash of the event at `place` (all columns up to `reason`) with `data` as JSON text."""
    seq, at, run, step, attempt, name, actor, identity, reason = place
    number = "null" if attempt is None else attempt
    where = f"{_text(run)},{_text(step)},{number},{_text(name)}"
    who = f"{_text(actor)},{_text(identity)},{_text(reason)}"
    return sha256(previous + f"[{seq},{at},{where},{who},{data}]".encode()).digest()


def _text(value: str | None) -> str:
    return "null" if value is None else _quoted(value)


def last(connection: sqlite3.Connection) -> Chain:
    """The stored end of the log."""
    row = connection.execute("SELECT seq, hash FROM event ORDER BY seq DESC LIMIT 1").fetchone()
    return Chain(*row) if row else Chain(0, GENESIS)


@dataclass(frozen=True, slots=True)
class Verification:
    """The first event that does not follow from the one before, if any; and the last event that does."""

    bad: int | None
    seq: int
    hash: str


def verify(connection: sqlite3.Connection) -> Verification:
    """Walk the whole chain. A gap is reported as the first missing number."""
    chain = Chain(0, GENESIS)
    rows = connection.execute(f"SELECT {COLUMNS} FROM event ORDER BY seq")
    try:
        for row in rows:
            if not _follows(chain, row):
                return Verification(chain.seq + 1, chain.seq, chain.hash.hex())
            chain = Chain(row[0], row[-1])
    except sqlite3.OperationalError as error:
        if hasattr(error, "sqlite_errorcode"):
            raise
        # Bytes that are no text are no error of SQLite but of its Python binding.
        return Verification(chain.seq + 1, chain.seq, chain.hash.hex())
    return Verification(None, chain.seq, chain.hash.hex())


def _follows(chain: Chain, row: Row) -> bool:
    try:
        return bool(row[0] == chain.seq + 1 and row[-1] == link(chain.hash, row[:-2], row[-2]))
    except (TypeError, ValueError):
        return False
