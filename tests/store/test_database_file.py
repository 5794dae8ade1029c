"""The database file: private, upgraded whole or not at all, and left alone when it is not for us."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from engine.core.errors import NewerDatabase, StorageTrouble
from engine.home import Home
from engine.store.database import APPLICATION_ID, Migration, migrations, open_database, open_reading

from .build import open_store


def run_sql(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def tables(path: Path) -> set[str]:
    connection = sqlite3.connect(path)
    found = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    connection.close()
    return found


def test_the_file_and_its_companions_are_private(home: Home) -> None:
    connection = open_database(home.database)
    connection.execute("UPDATE queue SET slots = 3")
    for name in ("opsgate.db", "opsgate.db-wal", "opsgate.db-shm"):
        assert (home.path / name).stat().st_mode & 0o777 == 0o600
    connection.close()


def test_a_commit_reaches_the_disk_before_it_returns(home: Home) -> None:
    connection = open_database(home.database)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)
    connection.close()


def test_the_version_is_the_number_of_the_last_migration(home: Home) -> None:
    connection = open_database(home.database)
    assert connection.execute("PRAGMA user_version").fetchone() == (migrations()[-1].number,)
    assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    connection.close()


def test_opening_again_changes_no_row(home: Home) -> None:
    open_database(home.database).close()
    run_sql(home.database, "UPDATE queue SET slots = 7")
    connection = open_database(home.database)
    assert connection.execute("SELECT slots FROM queue").fetchone() == (7,)
    connection.close()


BROKEN = Migration(
    2,
    "BEGIN; PRAGMA user_version = 2; CREATE TABLE extra (id); INSERT INTO extra VALUES (1);"
    "CREATE TABLE run (id); COMMIT;",
)


def test_a_failed_migration_leaves_nothing_behind(home: Home) -> None:
    open_database(home.database).close()
    before = tables(home.database)
    with pytest.raises(StorageTrouble, match="version 2 failed and changed nothing"):
        open_database(home.database, [*migrations(), BROKEN])
    assert tables(home.database) == before
    open_database(home.database).close()


def test_only_missing_migrations_run(home: Home) -> None:
    open_database(home.database).close()
    more = Migration(2, "BEGIN; CREATE TABLE extra (id); PRAGMA user_version = 2; COMMIT;")
    open_database(home.database, [*migrations(), more]).close()
    open_database(home.database, [*migrations(), more]).close()
    assert "extra" in tables(home.database)


def test_a_newer_database_is_refused_and_stays_as_it_was(home: Home) -> None:
    open_database(home.database).close()
    run_sql(home.database, "PRAGMA user_version = 99")
    before = home.database.read_bytes()
    with pytest.raises(NewerDatabase, match="Use that version of opsgate"):
        open_database(home.database)
    with pytest.raises(NewerDatabase):
        open_reading(home.database)
    assert home.database.read_bytes() == before


def test_another_program_s_database_is_refused_and_stays_as_it_was(home: Home) -> None:
    run_sql(home.database, "CREATE TABLE theirs (id)")
    before = home.database.read_bytes()
    with pytest.raises(StorageTrouble, match="another program"):
        open_database(home.database)
    assert home.database.read_bytes() == before


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"\0" * 8192])
def test_a_damaged_beginning_is_refused_and_left_as_it_is(home: Home, content: bytes) -> None:
    home.database.write_bytes(content)
    with pytest.raises(StorageTrouble, match="backup"):
        open_database(home.database)
    assert home.database.read_bytes() == content


def test_a_home_that_others_can_write_to_is_refused(home: Home) -> None:
    home.path.chmod(0o777)
    with pytest.raises(StorageTrouble, match="chmod go-w"):
        open_database(home.database)


def test_a_home_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(StorageTrouble, match="Choose another with --home"):
        open_database(tmp_path / "nowhere" / "opsgate.db")


def test_reading_a_database_that_an_older_opsgate_wrote_asks_for_the_engine(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_database(home.database).close()
    newer = [*migrations(), Migration(2, "")]
    monkeypatch.setattr("engine.store.database.migrations", lambda: tuple(newer))
    with pytest.raises(StorageTrouble, match="opsgate engine start"):
        open_reading(home.database)


def test_each_engine_has_a_higher_epoch(home: Home) -> None:
    epochs = []
    for _ in range(3):
        store = open_store(home)
        epochs.append(store.epoch)
    assert epochs == [1, 2, 3]
