"""Kept files for the screen: read, and hashed again, so that what is shown is what was recorded."""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tui.widgets.document import LIMIT

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Evidence:
    """The beginning of a kept file, and its size in bytes.

    `damage` is one sentence when the file is not what was recorded; then there is nothing to be shown.
    """

    raw: bytes = b""
    size: int = 0
    damage: str = ""


async def evidence(path: Path, sha256: str) -> Evidence:
    """The file at `path`, if its bytes have that digest."""
    return await asyncio.to_thread(_read, path, sha256)


def _read(path: Path, sha256: str) -> Evidence:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return Evidence(damage=f"The kept file {sha256[:12]} is gone. Restore it from a backup.")
    except OSError as error:
        return Evidence(damage=f"The kept file {sha256[:12]} cannot be read: {error.strerror}.")
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return Evidence(damage=f"The kept file {sha256[:12]} is no plain file. Check who put it there.")
        return _checked(file.read(LIMIT), iter(lambda: file.read(_CHUNK), b""), sha256)


def _checked(start: bytes, rest: Iterable[bytes], sha256: str) -> Evidence:
    found, size = hashlib.sha256(start), len(start)
    for chunk in rest:
        found.update(chunk)
        size += len(chunk)
    if found.hexdigest() == sha256:
        return Evidence(start, size)
    there = found.hexdigest()[:12]
    return Evidence(damage=f"The stored bytes were changed: {sha256[:12]} was recorded, {there} was found.")
