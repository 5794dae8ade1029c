"""Socket addresses of any length."""

from __future__ import annotations

import os
from pathlib import Path


class open_folder:  # noqa: N801 - reads as the verb it is
    """A short path to a folder, through its descriptor: socket addresses hold about 100 bytes only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._fd = -1

    def __enter__(self) -> str:
        self._fd = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        return f"/proc/self/fd/{self._fd}"

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)
