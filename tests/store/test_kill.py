"""A killed engine loses nothing that it acknowledged, and the next one goes on from there."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from pathlib import Path

from engine.home import Home
from engine.store.chain import verify

from .build import open_store

CHILD = Path(__file__).with_name("child.py")
KILLS = 10


def killed_after(home: Home, lines: int) -> set[str]:
    """Let an engine write, kill it after so many acknowledgements, and return all of them."""
    child = subprocess.Popen(
        [sys.executable, str(CHILD), str(home.path), "0"], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    with child, child.stdout as said:
        acknowledged = [said.readline() for _ in range(lines)]
        child.kill()
        rest = said.read()
    whole = (*acknowledged, *rest.splitlines(keepends=True))
    return {line.strip() for line in whole if line.endswith("\n")}


def test_no_acknowledged_change_is_missing_after_kills(home: Home) -> None:
    chance = random.Random(7)
    acknowledged: set[str] = set()
    for kill in range(KILLS):
        acknowledged |= killed_after(home, chance.randint(1, 400))
        connection = sqlite3.connect(home.database)
        stored = {row[0] for row in connection.execute("SELECT reason FROM event")}
        assert acknowledged <= stored
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert verify(connection).bad is None
        assert connection.execute("SELECT epoch FROM engine").fetchone() == (kill + 1,)
        connection.close()
    assert len(acknowledged) > KILLS
    assert open_store(home).epoch == KILLS + 1
