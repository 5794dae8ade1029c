"""Opening files that a step has made: no link is followed, no FIFO waits, only regular files are read."""

from __future__ import annotations

import errno
import os
import stat

from engine.core.errors import InvalidInput

NOT_FOLLOWED = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def open_regular(name: str, *, label: str, folder: int | None = None) -> int | None:
    """A descriptor of this regular file for reading, or None when nothing has that name.

    `name` is one component when `folder`, an open directory, is given. `label` is how messages call it.
    Raises InvalidInput for everything that is not a readable regular file of its own.
    """
    try:
        file = os.open(name, os.O_RDONLY | NOT_FOLLOWED, dir_fd=folder)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InvalidInput(_sentence(label, error)) from None
    found = os.fstat(file)
    if not stat.S_ISREG(found.st_mode):
        os.close(file)
        raise InvalidInput(f"{label} is not a regular file; write a regular file there.")
    if found.st_nlink > 1 and found.st_uid != os.geteuid():
        os.close(file)
        raise InvalidInput(
            f"{label} is another user's file under a second name; copy it instead of linking it."
        )
    return file


def _sentence(label: str, error: OSError) -> str:
    if error.errno == errno.ELOOP:
        return f"{label} is a symbolic link; write the file itself there."
    if error.errno in (errno.ENXIO, errno.ENODEV):
        return f"{label} is not a regular file; write a regular file there."
    return f"{label} cannot be read ({os.strerror(error.errno or 0)}); make it readable for the engine."
