"""The database file: creating, checking, upgrading, opening, and taking it over as its one writer."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import quote

from engine.core.errors import NewerDatabase, StorageTrouble
from engine.store.times import micros
from engine.store.trouble import as_trouble, trouble

SQLITE_VERSION: Final = sqlite3.sqlite_version_info
APPLICATION_ID: Final = 0x6F706774  # "opgt"
BUSY_SECONDS: Final = 5.0
CHECKPOINT_PAGES: Final = 4000
"""Pages of 4 KiB in the write-ahead log before they are folded into the database."""
_WRITABLE_BY_OTHERS: Final = stat.S_IWGRP | stat.S_IWOTH


@dataclass(frozen=True, slots=True)
class Migration:
    """One step from a version to the next. Its SQL holds its own BEGIN and COMMIT."""

    number: int
    sql: str


def migrations() -> tuple[Migration, ...]:
    """All migrations, oldest first."""
    folder = Path(__file__).parent / "migrations"
    return tuple(
        Migration(int(file.name.partition("_")[0]), file.read_text(encoding="utf-8"))
        for file in sorted(folder.glob("*.sql"))
    )


def open_database(path: Path, known: Sequence[Migration] | None = None) -> sqlite3.Connection:
    """A connection that may write, to a database that is created or upgraded as needed.

    The connection may be handed to another thread. Raises StorageTrouble when the file or its folder
    cannot be used, is damaged or is no database of opsgate; NewerDatabase when a newer opsgate wrote it.
    In these cases the file is left as it was.
    """
    steps = migrations() if known is None else known
    _check_folder(path.parent)
    _create_or_check(path)
    with as_trouble(path):
        version = _version(path, newest=steps[-1].number)
        connection = _connect(path, "rw")
        try:
            _configure(connection, path)
            _migrate(connection, path, [step for step in steps if step.number > version])
        except BaseException:
            connection.close()
            raise
    return connection


def open_reading(path: Path) -> sqlite3.Connection | None:
    """A read-only connection; None when there is no database yet, or it has no tables yet.

    Raises StorageTrouble and NewerDatabase as `open_database` does.
    """
    if not path.exists():
        return None
    with as_trouble(path):
        connection = _connect(path, "ro")
        try:
            if is_current(Signature(*connection.execute(SIGNATURE).fetchone()), path):
                return connection
        except BaseException:
            connection.close()
            raise
    connection.close()
    return None


class Signature(NamedTuple):
    """What a file says about itself: the program it belongs to, its version, how much is in it."""

    application: int
    version: int
    tables: int


SIGNATURE: Final = (
    "SELECT application_id, user_version, (SELECT count(*) FROM sqlite_master)"
    " FROM pragma_application_id, pragma_user_version"
)


def is_current(found: Signature, path: Path) -> bool:
    """True when the tables are those of this program, False when there are none yet.

    Raises NewerDatabase, or StorageTrouble when it is another program's database or an old one that an
    engine has to upgrade first.
    """
    newest = migrations()[-1].number
    _check_signature(found, path, newest)
    if 0 < found.version < newest:
        raise StorageTrouble(
            f"The database {path} was written by an older opsgate. "
            "Start the engine with `opsgate engine start`: it upgrades the database."
        )
    return found.version == newest


def reading_address(path: Path) -> str:
    """The address (a `file:` URI) under which SQLite opens `path` read-only."""
    return _address(path, "ro")


def take_over(
    connection: sqlite3.Connection, path: Path, *, pid: int, boot: str, version: str, at: float, slots: int
) -> int:
    """Become the engine of this database; returns the new epoch. Every earlier engine can write no more.

    `boot` identifies the machine's boot, `slots` is the number of attempts in flight of a queue that has
    no number of its own. Raises StorageTrouble.
    """
    with as_trouble(path):
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.execute(
                "INSERT INTO engine (id, epoch, pid, boot, started_at, version, slots)"
                " VALUES (1, 1, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET epoch = epoch + 1,"
                " pid = excluded.pid, boot = excluded.boot, started_at = excluded.started_at,"
                " version = excluded.version, slots = excluded.slots",
                (pid, boot, micros(at), version, slots),
            )
            connection.execute("COMMIT")
        except sqlite3.Error:
            roll_back(connection)
            raise
        (epoch,) = connection.execute("SELECT epoch FROM engine").fetchone()
    return int(epoch)


def roll_back(connection: sqlite3.Connection) -> None:
    """Leave a transaction that failed; SQLite may have left it already."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")


def _address(path: Path, mode: str) -> str:
    return f"file:{quote(str(path.absolute()))}?mode={mode}"


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(
        _address(path, mode), uri=True, isolation_level=None, timeout=BUSY_SECONDS, check_same_thread=False
    )


def _check_folder(folder: Path) -> None:
    try:
        found = folder.stat()
    except OSError as error:
        raise StorageTrouble(
            f"The home {folder} cannot be used: {error.strerror}. Choose another with --home."
        ) from error
    _check_owner(folder, found)
    if not stat.S_ISDIR(found.st_mode) or not os.access(folder, os.W_OK | os.X_OK):
        raise StorageTrouble(
            f"The home {folder} is not a folder that you can write to. Choose another with --home."
        )


def _check_owner(path: Path, found: os.stat_result) -> None:
    if found.st_uid != os.geteuid():
        raise StorageTrouble(f"{path} belongs to another user. Use a home of your own: --home DIR.")
    if found.st_mode & _WRITABLE_BY_OTHERS:
        raise StorageTrouble(f"Other users can write to {path}. Take that right away: chmod go-w {path}")


def _create_or_check(path: Path) -> None:
    """Make an empty private file, or see that the one that is there is ours."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    except FileExistsError:
        _check_owner(path, path.stat())
    except OSError as error:
        raise StorageTrouble(
            f"The database {path} cannot be made: {error.strerror}. Check space and rights."
        ) from error


def _version(path: Path, newest: int) -> int:
    """The number of the last migration, 0 for an empty file. Raises when the file is not for us.

    Looks with a read-only connection, so that such a file stays byte for byte the same.
    """
    connection = _connect(path, "ro")
    try:
        found = Signature(*connection.execute(SIGNATURE).fetchone())
    finally:
        connection.close()
    _check_signature(found, path, newest)
    return found.version


def _check_signature(found: Signature, path: Path, newest: int) -> None:
    if found.application != APPLICATION_ID and any(found):
        raise StorageTrouble(
            f"The file {path} is a database of another program and was left as it is. Choose another --home."
        )
    if found.version > newest:
        raise NewerDatabase(
            f"A newer opsgate wrote the database {path}: its version is {found.version}, and this program "
            f"knows {newest}. Use that version of opsgate."
        )


def _configure(connection: sqlite3.Connection, path: Path) -> None:
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise StorageTrouble(
            f"The disk under {path} cannot keep a write-ahead log, as network disks cannot. "
            "Choose a --home on a local disk."
        )
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")


def _migrate(connection: sqlite3.Connection, path: Path, steps: Sequence[Migration]) -> None:
    for step in steps:
        try:
            connection.executescript(step.sql)
        except sqlite3.Error as error:
            roll_back(connection)
            reason = trouble(error, path)
            raise StorageTrouble(
                f"Upgrading the database to version {step.number} failed and changed nothing. "
                f"{reason.message}",
                details=reason.details,
            ) from error
