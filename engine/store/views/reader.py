"""The read side's connection: read-only, its own, and patient with a home that has no database yet."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final, Self

import aiosqlite

from engine.store.database import BUSY_SECONDS, SIGNATURE, Signature, is_current, reading_address
from engine.store.trouble import as_trouble

POLL: Final = 0.1
"""Seconds between two looks at `PRAGMA data_version`, each of which costs some ten microseconds."""

Row = sqlite3.Row


class Read:
    """Runs queries. Without a database every query finds nothing."""

    def __init__(self, connection: aiosqlite.Connection | None, path: Path) -> None:
        self._connection = connection
        self._path = path

    async def rows(self, statement: str, *values: Any) -> list[Row]:
        if self._connection is None:
            return []
        with as_trouble(self._path):
            return list(await self._connection.execute_fetchall(statement, values))

    async def row(self, statement: str, *values: Any) -> Row | None:
        """The first row."""
        return next(iter(await self.rows(statement, *values)), None)

    async def let_go(self) -> None:
        """End the transaction, if there is one. Queued behind a BEGIN whose caller was cancelled."""
        if self._connection is not None:
            await self._connection.rollback()


class Reader:
    """A read-only connection to the database at `path`, opened as soon as there is one.

    All methods may raise StorageTrouble, and NewerDatabase when a newer opsgate wrote the database.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: aiosqlite.Connection | None = None
        self._lock = asyncio.Lock()
        self._seen = 0

    @classmethod
    async def open(cls, path: Path) -> Self:
        reader = cls(path)
        reader._seen = await reader.data_version()
        return reader

    async def close(self) -> None:
        """Close the connection and end its thread."""
        async with self._lock:
            if self._connection is not None:
                await self._connection.close()
                self._connection = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def data_version(self) -> int:
        """A number that is another one after every change by somebody else; 0 while there is no database."""
        async with self.reading() as read:
            row = await read.row("PRAGMA data_version")
        return 0 if row is None else int(row[0])

    async def changed(self) -> None:
        """Wait until the database is another than at the last return of this method (or at `open`)."""
        while (found := await self.data_version()) == self._seen:
            await asyncio.sleep(POLL)
        self._seen = found

    async def changed_or(self, seconds: float) -> None:
        """As `changed`, but no longer than `seconds`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.changed()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Read]:
        """For a single query."""
        async with self._lock:
            if self._connection is None:
                self._connection = await _connect(self._path)
            yield Read(self._connection, self._path)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Read]:
        """For several queries that must see the same moment."""
        async with self.reading() as read:
            try:
                await read.rows("BEGIN")
                yield read
            finally:
                await read.let_go()


async def _connect(path: Path) -> aiosqlite.Connection | None:
    """A connection, or None when there is no database or it has no tables yet."""
    if not path.exists():
        return None
    with as_trouble(path):
        connection = await aiosqlite.connect(
            reading_address(path), uri=True, isolation_level=None, timeout=BUSY_SECONDS
        )
        try:
            (row,) = await connection.execute_fetchall(SIGNATURE)
            if is_current(Signature(*row), path):
                connection.row_factory = sqlite3.Row
                return connection
        except BaseException:
            await connection.close()
            raise
        await connection.close()
    return None
