"""Kept files: stored once under the SHA-256 of their bytes, read-only."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import BinaryIO, Final

from engine.core.errors import InvalidInput, NotFound, StorageTrouble

_SHA256: Final = re.compile(r"[0-9a-f]{64}")


def artifact_path(artifacts: Path, sha256: str) -> Path:
    """Where the bytes with this digest lie: `artifacts/ab/abcd…`. Raises InvalidInput for another text."""
    if _SHA256.fullmatch(sha256) is None:
        raise InvalidInput(
            f"{sha256[:80]!r} is no SHA-256. List digests with `opsgate artifacts RUN --json`."
        )
    return artifacts / sha256[:2] / sha256


def open_artifact(artifacts: Path, sha256: str) -> BinaryIO:
    """The bytes with this digest, for reading. Raises NotFound when they are gone, StorageTrouble otherwise.

    A link or anything else that is not a plain file is refused: it was not put there by opsgate.
    """
    path = artifact_path(artifacts, sha256)
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError as error:
        raise NotFound(f"The kept file {sha256[:12]} is gone from {artifacts}. Restore a backup.") from error
    except OSError as error:
        raise StorageTrouble(f"The kept file {path} cannot be read: {error.strerror}. Check it.") from error
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise StorageTrouble(f"{path} is no plain file, so opsgate did not put it there. Check who did.")
    return os.fdopen(fd, "rb")
