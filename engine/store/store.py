"""The engine's store: the database it owns, the writer it changes it through, its questions to it."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from pathlib import Path
from typing import Self

from engine import __version__
from engine.core.run import Run
from engine.home import Home
from engine.store.database import open_database, open_reading, take_over
from engine.store.load import Compile, Lookup
from engine.store.writer import Writer

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Store:
    """An open database and the right to write to it. `epoch` counts the engines that had it."""

    def __init__(self, path: Path, connection: sqlite3.Connection, epoch: int, lookup: Lookup) -> None:
        self._path = path
        self._connection = connection
        self._writer: Writer | None = None
        self.epoch = epoch
        self.lookup = lookup

    @classmethod
    def open(cls, home: Home, at: float, compile_workflow: Compile, *, slots: int) -> Self:
        """Create, check or upgrade the home's database and take it over.

        `slots` is the number of attempts in flight of a queue that has no number of its own. Raises
        StorageTrouble, NewerDatabase.
        """
        path = home.database
        connection = open_database(path)
        try:
            epoch = take_over(
                connection, path, pid=os.getpid(), boot=boot_id(), version=__version__, at=at, slots=slots
            )
            reading = open_reading(path)
        except BaseException:
            connection.close()
            raise
        assert reading is not None, "open_database has just made the tables"
        return cls(path, connection, epoch, Lookup(reading, path, compile_workflow))

    def start_writer(self, loop: asyncio.AbstractEventLoop) -> Writer:
        """The one writer, whose answers come on `loop`."""
        self._writer = Writer(self._connection, self._path, self.epoch, loop)
        self._writer.start()
        return self._writer

    def open_runs(self) -> list[Run]:
        """The runs that an earlier engine left unfinished, oldest first."""
        return self.lookup.open_runs()

    def slots(self) -> dict[str, int]:
        """The queues that have a number of slots of their own, with that number."""
        return self.lookup.slots()

    def last_run_id(self) -> str | None:
        """The greatest run id so far."""
        return self.lookup.last_run_id()

    async def close(self) -> None:
        """Store what is pending, then let go of the database.

        The writer's connection closes last: only then does SQLite fold the write-ahead log into the file.
        """
        self.lookup.close()
        if self._writer is not None:
            await self._writer.close()
        else:
            self._connection.close()


def boot_id() -> str:
    """What identifies the machine's current boot; empty where the kernel does not say."""
    try:
        return _BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""
