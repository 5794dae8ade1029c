"""The schema repeats the vocabulary and the invariants, so that no code path can break them in silence."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from enum import StrEnum

import pytest

from engine.core.states import (
    FINAL_RUN_STATES,
    FINAL_STEP_STATES,
    AttemptState,
    Consequence,
    Effects,
    GateKind,
    GateState,
    RunState,
    StepState,
    Verdict,
)
from engine.home import Home
from engine.store.database import migrations, open_database
from engine.store.records import QueueState

WORDS: dict[tuple[str, str], type[StrEnum]] = {
    ("step", "effects"): Effects,
    ("gate", "kind"): GateKind,
    ("gate", "consequence"): Consequence,
    ("decision", "verdict"): Verdict,
    ("queue", "state"): QueueState,
}
STATES: dict[str, tuple[type[StrEnum], frozenset[StrEnum]]] = {
    "run": (RunState, frozenset(FINAL_RUN_STATES)),
    "step": (StepState, frozenset(FINAL_STEP_STATES)),
    "attempt": (AttemptState, frozenset(AttemptState) - {AttemptState.RUNNING}),
    "gate": (GateState, frozenset(GateState) - {GateState.OPEN}),
}


@pytest.fixture
def database(home: Home) -> Iterator[sqlite3.Connection]:
    connection = open_database(home.database)
    yield connection
    connection.close()


def table_sql(connection: sqlite3.Connection, table: str) -> str:
    (sql,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    return str(sql)


@pytest.mark.parametrize(("table", "column"), WORDS)
def test_a_check_names_exactly_the_words_of_the_code(
    database: sqlite3.Connection, table: str, column: str
) -> None:
    declared = re.search(
        rf"^    {column} TEXT NOT NULL CHECK \({column} IN \((.*?)\)\)", table_sql(database, table), re.M
    )
    assert declared is not None
    assert set(re.findall(r"'(\w+)'", declared[1])) == {word.value for word in WORDS[table, column]}


@pytest.mark.parametrize("table", STATES)
def test_every_state_has_a_rule_and_an_end_exactly_when_it_is_final(
    database: sqlite3.Connection, table: str
) -> None:
    words, final = STATES[table]
    rules = dict(re.findall(r"WHEN '(\w+)' THEN \w+_at IS (NOT NULL|NULL)", table_sql(database, table)))
    assert rules == {word.value: "NOT NULL" if word in final else "NULL" for word in words}


def test_an_event_can_neither_be_changed_nor_deleted(database: sqlite3.Connection) -> None:
    database.execute(
        "INSERT INTO event VALUES (1, 0, NULL, NULL, NULL, 'engine.stopped', 'engine', 'engine', NULL,"
        " '{}', zeroblob(32))"
    )
    for statement in ("UPDATE event SET actor = 'mallory'", "DELETE FROM event"):
        with pytest.raises(sqlite3.IntegrityError, match="never"):
            database.execute(statement)


def test_a_step_has_one_open_gate_at_most(database: sqlite3.Connection) -> None:
    database.execute("PRAGMA foreign_keys = OFF")
    insert = (
        "INSERT INTO gate VALUES (?, 'r1', 's', ?, 'parked', '', 'low', '{}', '', 1, '{}', 0, 1, '[]', '{}',"
        " 'hold', 0, 0, NULL, ?)"
    )
    database.execute(insert, ("g1", "open", None))
    database.execute(insert, ("g2", "rejected", 5))
    with pytest.raises(sqlite3.IntegrityError):
        database.execute(insert, ("g3", "open", None))


@pytest.mark.parametrize(
    "row",
    [
        "('r1', 's', 0, 'failed', 1, 2, 1, NULL, NULL)",  # attempts count from one
        "('r1', 's', 1, 'failed', 1, NULL, 1, NULL, NULL)",  # it ended, so it has an end
        "('r1', 's', 1, 'running', 1, 2, NULL, NULL, NULL)",  # it has not ended
        "('r1', 's', 1, 'failed', 1, 2, 1, 9, NULL)",  # either a code or a signal
        "('r1', 's', 1, 'broken', 1, 2, 1, NULL, NULL)",  # no such word
    ],
)
def test_an_attempt_that_cannot_be_is_refused(database: sqlite3.Connection, row: str) -> None:
    database.execute("PRAGMA foreign_keys = OFF")
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        database.execute(f"INSERT INTO attempt VALUES {row}")


def test_every_migration_is_one_transaction() -> None:
    for number, migration in enumerate(migrations(), start=1):
        code = re.sub(r"--.*", "", migration.sql).split(";")
        statements = [statement.strip() for statement in code if statement.strip()]
        assert statements[0].startswith("BEGIN")
        assert statements[-1] == "COMMIT"
        assert migration.number == number
        assert f"PRAGMA user_version = {number};" in migration.sql
