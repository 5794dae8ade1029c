"""What `opsgate doctor` looks at: the machine, the home, the record, the terminal."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engine.client import Client
from engine.core.errors import OpsgateError
from engine.store.database import SQLITE_VERSION

ENOUGH_DISK = 512 * 1024 * 1024
NETWORK_FILESYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "glusterfs", "ceph"})
OLDEST_SQLITE = (3, 35, 0)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `advice` says what to do when it is not well."""

    name: str
    ok: bool
    detail: str
    advice: str = ""


async def examine(client: Client) -> list[Finding]:
    """Everything, in an order in which a person would fix it."""
    looks: tuple[Callable[[Path], Finding], ...] = (
        _python,
        _sqlite,
        _proc,
        _home,
        _filesystem,
        _disk,
        _git,
        _terminal,
    )
    findings = [look(client.home.path) for look in looks]
    return [*findings, await _engine(client), await _record(client)]


def _python(_: Path) -> Finding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Finding("python", sys.version_info >= (3, 11), version, "")


def _sqlite(_: Path) -> Finding:
    good = SQLITE_VERSION >= OLDEST_SQLITE
    advice = "" if good else "Use a Python that was built with SQLite 3.35 or newer."
    return Finding("sqlite", good, ".".join(map(str, SQLITE_VERSION)), advice)


def _proc(_: Path) -> Finding:
    good = Path("/proc/self/stat").exists()
    advice = "" if good else "Mount /proc: process trees are found and ended through it."
    return Finding("processes", good, "/proc is readable" if good else "/proc is not mounted", advice)


def _home(home: Path) -> Finding:
    if not home.exists():
        return Finding("home", True, f"{home} will be made at first use")
    good = os.access(home, os.W_OK | os.X_OK)
    private = home.stat().st_mode & 0o077 == 0
    if not good:
        return Finding(
            "home", False, f"{home} is not writable", "Choose another with --home, or fix its rights."
        )
    advice = "" if private else f"Others can read it: chmod 700 {home}"
    return Finding("home", private, str(home), advice)


def _filesystem(home: Path) -> Finding:
    kind = _filesystem_of(home)
    good = kind not in NETWORK_FILESYSTEMS
    advice = "" if good else "SQLite's write-ahead log needs a local disk: choose another with --home."
    return Finding("filesystem", good, kind or "unknown", advice)


def _filesystem_of(home: Path) -> str:
    """The type of the mount that holds `home`, from /proc/mounts."""
    best, kind = "", ""
    for line in Path("/proc/mounts").read_text().splitlines():
        _, point, found, *_ = line.split()
        if home.is_relative_to(point) and len(point) >= len(best):
            best, kind = point, found
    return kind


def _disk(home: Path) -> Finding:
    place = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(place).free
    good = free > ENOUGH_DISK
    advice = "" if good else "Free some space: an engine whose disk is full stops scheduling."
    return Finding("disk", good, f"{free // 2**20:,} MiB free", advice)


def _git(_: Path) -> Finding:
    found = shutil.which("git")
    advice = "" if found else "Install git to run the release sample; nothing else needs it."
    return Finding("git", True, found or "not found", advice)


def _terminal(_: Path) -> Finding:
    if not sys.stdout.isatty():
        return Finding("terminal", True, "output is not a terminal; the console needs one")
    columns, lines = shutil.get_terminal_size()
    term = os.environ.get("TERM", "")
    good = term not in ("", "dumb") and columns >= 80 and lines >= 24
    advice = "" if good else "The console wants at least 80x24 and a TERM that can move the cursor."
    return Finding("terminal", good, f"{term or 'no TERM'}, {columns}x{lines}", advice)


async def _engine(client: Client) -> Finding:
    try:
        status = await client.status()
    except OpsgateError as error:
        return Finding("engine", True, error.message)
    return Finding(
        "engine", True, f"process {status['pid']}, version {status['version']}, epoch {status['epoch']}"
    )


async def _record(client: Client) -> Finding:
    """The database opens, and its chain of event hashes is unbroken."""
    try:
        views = await client.views()
        checked = await views.verify()
    except OpsgateError as error:
        return Finding("record", False, error.message)
    if checked.bad is not None:
        return Finding(
            "record",
            False,
            f"event {checked.bad} does not fit the hash chain",
            "Somebody or something changed the history: keep this file, and restore a backup.",
        )
    return Finding("record", True, f"{checked.seq} events, hash chain unbroken")
