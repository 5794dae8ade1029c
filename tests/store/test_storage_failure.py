"""When the disk or the database fails, nothing is acknowledged that is not stored, and it is said plainly."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from engine.core.errors import StorageTrouble
from engine.core.facts import ENGINE, EngineTrouble
from engine.home import Home
from engine.store.trouble import trouble
from engine.store.views import Views
from engine.store.writer import Change

from .build import START, Desk

CHILD = Path(__file__).with_name("child.py")


def test_a_full_disk_stops_the_writer_and_loses_nothing(home: Home) -> None:
    limit = 512 * 1024
    child = subprocess.run(
        [sys.executable, str(CHILD), str(home.path), str(limit)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    *acknowledged, last = child.stdout.splitlines()
    assert last.startswith("8 1 The disk under")
    assert "start the engine again" in last
    stored = {row[0] for row in sqlite3.connect(home.database).execute("SELECT reason FROM event")}
    assert len(acknowledged) > 10
    assert set(acknowledged) <= stored


async def test_after_an_orderly_end_all_is_in_one_file(desk: Desk, home: Home) -> None:
    await desk.submit("r1")
    await desk.store.close()
    assert [file.name for file in home.path.glob("opsgate.db*")] == ["opsgate.db"]


async def test_after_a_failure_every_answer_is_the_trouble(desk: Desk, home: Home) -> None:
    await desk.submit("r1")
    blocker = sqlite3.connect(home.database, isolation_level=None)
    blocker.execute("ALTER TABLE event RENAME TO gone")
    changes = [Change((EngineTrouble("t", str(n)),), START, ENGINE, None, None) for n in range(5)]
    answers = await asyncio.gather(*(desk.sent(change) for change in changes))
    assert all(isinstance(answer, StorageTrouble) for answer in answers)
    blocker.execute("ALTER TABLE gone RENAME TO event")
    with pytest.raises(StorageTrouble):
        await desk.put(changes[0])
    assert blocker.execute("SELECT count(*) FROM event WHERE type = 'engine.trouble'").fetchone() == (0,)
    blocker.close()


SENTENCES = {
    "SQLITE_IOERR_FSYNC": "failed to read or write",
    "SQLITE_IOERR_WRITE": "failed to read or write",
    "SQLITE_FULL": "is full",
    "SQLITE_CORRUPT_INDEX": "is damaged",
    "SQLITE_NOTADB": "is not a database",
    "SQLITE_READONLY_DBMOVED": "cannot be written",
    "SQLITE_CANTOPEN": "cannot be opened",
    "SQLITE_BUSY": "holds the database",
    "SQLITE_SCHEMA": "cannot be used",
}


@pytest.mark.parametrize("name", SENTENCES)
def test_every_family_of_errors_has_a_sentence_that_says_what_to_do(name: str) -> None:
    error = sqlite3.OperationalError("low-level words")
    error.sqlite_errorcode = getattr(sqlite3, name)
    error.sqlite_errorname = name
    found = trouble(error, Path("/home/x/opsgate.db"))
    assert SENTENCES[name] in found.message
    assert found.message.endswith(".")
    assert found.details == {"path": "/home/x/opsgate.db", "sqlite": name}


async def test_a_damaged_page_is_told_to_the_reader(desk: Desk, home: Home) -> None:
    for number in range(40):
        await desk.submit(f"r{number:02}")
    await desk.store.close()
    content = bytearray(home.database.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    home.database.write_bytes(content)
    with pytest.raises(StorageTrouble, match="damaged"):
        async with await Views.open(home.database) as views:
            await views.runs()
