"""Reading workflow files as bytes, without looking at what they say."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from engine.core.errors import InvalidInput, NotFound
from engine.definition.bundle import Bundle

MAX_BYTES = 256 * 1024
"""Of a workflow file, and of each file that it embeds."""


def read_file(path: Path) -> Bundle:
    """See `engine.definition.read_file`."""
    try:
        content = read_regular(path, MAX_BYTES)
    except FileNotFoundError:
        raise NotFound(f"There is no file {path}. Check the name, or give the full path.") from None
    except OSError as error:
        raise InvalidInput(
            f"Cannot read {path}: {error.strerror}. Check the path and its permissions."
        ) from None
    if content is None:
        raise InvalidInput(f"{path} is no regular file. Give the path of a workflow file.")
    return Bundle(path.stem, content, path.name, str(path.absolute().parent.resolve()))


def read_regular(path: Path, limit: int) -> bytes | None:
    """The content of a regular file up to one byte beyond `limit`; None for anything else."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)  # a FIFO must not block us
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    with os.fdopen(descriptor, "rb") as file:
        return file.read(limit + 1)
