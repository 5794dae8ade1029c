"""Taking a step's files into the artifact store, which names files by their content.

The step is not trusted: between two looks at a path it may put a link there. So every component is opened
from the folder before it, never by path, and what is copied is the descriptor that was checked.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path

from engine.core.errors import InvalidInput
from engine.steps.job import Kept
from engine.steps.untrusted import NOT_FOLLOWED, open_regular

MAX_BYTES = 1 << 30  # of one attempt's artifacts together
MAX_COUNT = 100
MAX_NAME = 512  # characters
CHUNK = 1 << 20


def keep(
    workdir: Path,
    names: Sequence[str],
    store: Path,
    *,
    max_bytes: int = MAX_BYTES,
    max_count: int = MAX_COUNT,
) -> tuple[Kept, ...]:
    """Copy these files of `workdir` into `store`; each becomes store/ab/abcdef…, read-only, named by SHA-256.

    Raises InvalidInput for a name that is not a plain relative path, a missing file, anything that is not
    a regular file of the working folder, and beyond `max_count` files or `max_bytes` in all.
    """
    if len(names) > max_count:
        raise InvalidInput(
            f"The step keeps {len(names)} artifacts, more than {max_count}; pack some together."
        )
    kept: list[Kept] = []
    left = max_bytes
    for name in names:
        with _opened(workdir, name) as file:
            size, digest, path = _copied(file, store, name, left)
        left -= size
        kept.append(Kept(name, size, digest, path))
    return tuple(kept)


@contextlib.contextmanager
def _opened(workdir: Path, name: str) -> Iterator[int]:
    """A descriptor of the file called `name` below `workdir`."""
    *folders, last = _components(name)
    with contextlib.ExitStack() as open_files:
        place = _enter(open_files, str(workdir), None, name)
        for folder in folders:
            place = _enter(open_files, folder, place, name)
        file = open_regular(last, label=f"The artifact {name!r}", folder=place)
        if file is None:
            raise _missing(name)
        open_files.callback(os.close, file)
        yield file


def _enter(open_files: contextlib.ExitStack, folder: str, place: int | None, name: str) -> int:
    # The working folder itself was chosen by the engine and may be reached through a link.
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | (0 if place is None else NOT_FOLLOWED)
    try:
        opened = os.open(folder, flags, dir_fd=place)
    except FileNotFoundError:
        raise _missing(name) from None
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise InvalidInput(
            f"The artifact {name!r} is not below real folders ({reason}); write it without links."
        ) from None
    open_files.callback(os.close, opened)
    return opened


def _components(name: str) -> list[str]:
    parts = name.split("/")
    plain = all(part not in ("", ".", "..") for part in parts) and not name.startswith("-")
    if not plain or not name.isprintable() or len(name) > MAX_NAME:
        raise InvalidInput(f"{name!r} is no artifact name; use a plain path below the working folder.")
    return parts


def _missing(name: str) -> InvalidInput:
    return InvalidInput(f"The artifact {name!r} is missing; the step has to write it in its working folder.")


def _copied(file: int, store: Path, name: str, limit: int) -> tuple[int, str, Path]:
    """Copy an open file into the store; its size, digest and place."""
    store.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = store / f"draft-{secrets.token_hex(8)}"
    try:
        size, digest = _write_draft(file, draft, name, limit)
        folder = store / digest[:2]
        folder.mkdir(mode=0o700, exist_ok=True)
        place = folder / digest
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)
    for changed in (folder, store):
        _sync_folder(changed)
    return size, digest, place


def _write_draft(file: int, draft: Path, name: str, limit: int) -> tuple[int, str]:
    hasher = hashlib.sha256()
    size = 0
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as copy:
        while chunk := os.read(file, CHUNK):
            size += len(chunk)
            if size > limit:
                raise InvalidInput(f"The artifact {name!r} exceeds what a step may keep; make it smaller.")
            hasher.update(chunk)
            copy.write(chunk)
        copy.flush()
        os.fchmod(copy.fileno(), 0o440)
        os.fsync(copy.fileno())
    return size, hasher.hexdigest()


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
