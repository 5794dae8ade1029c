"""The supervisor's record of starts and ends. Standard library only: the supervisor imports it."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from typing import Any

SYNC_AFTER = 0.1  # seconds an end may wait for the fsync of its group
COMPACT_ABOVE = 1 << 20  # bytes beyond which forgotten lines are dropped


class Record:
    """The file of starts and ends that the engine has not recorded yet.

    What cannot be written is not started; the ends of what runs wait in memory until they can be written.

    Lines: {"at": "boot", boot} first, {"at": "asked", id, pid: 0, start: 0, boot, marks} before a spawn, then
    {"at": "started", id, pid, start} or {"at": "refused", id}; {"at": "ended", …} as the engine gets it.
    `complete` says that it goes back to before this boot's first start: what it does not know never started.
    """

    def __init__(self, folder: int, boot: str) -> None:
        self.starts: dict[str, dict[str, object]] = {}
        self.ends: dict[str, dict[str, object]] = {}
        self._folder = folder
        self._boot = boot
        self._unwritten = bytearray()
        self._unsynced_since: float | None = None
        self._compact_above = COMPACT_ABOVE
        self._file, fresh = self._open()
        self.complete = self._load(fresh)

    def asked(self, job_id: str, marks: list[str]) -> None:
        """Before a spawn, so that being killed in the middle of it leaves a trace. Raises OSError."""
        self.starts[job_id] = {"id": job_id, "pid": 0, "start": 0, "boot": self._boot, "marks": marks}
        self._add({"at": "asked", **self.starts[job_id]})
        self._write()

    def started(self, job_id: str, pid: int, start: int) -> bytes:
        """The line of a start, which is also what the engine gets."""
        self.starts[job_id].update(pid=pid, start=start)
        return self._add({"at": "started", "id": job_id, "pid": pid, "start": start})

    def refused(self, job_id: str) -> None:
        del self.starts[job_id]
        self._add({"at": "refused", "id": job_id})

    def ended(self, end: dict[str, object]) -> bytes:
        """The line of an end, which is also what the engine gets."""
        job_id = str(end["id"])
        self.starts.pop(job_id, None)
        self.ends[job_id] = end
        if self._unsynced_since is None:
            self._unsynced_since = time.monotonic()
        return self._add({"at": "ended", **end})

    def forget(self, ids: list[str]) -> None:
        for job_id in ids:
            self.ends.pop(job_id, None)
            self.starts.pop(job_id, None)
        if not self.ends:
            self._unsynced_since = None
        if not self.ends and not self.starts:
            self._truncate()
        elif os.fstat(self._file).st_size > self._compact_above:
            self._compact()

    def write(self) -> None:
        """Hand the lines to the kernel: from here on they survive our own death."""
        with contextlib.suppress(OSError):  # kept, and tried again with the next ones
            self._write()

    def _write(self) -> None:
        while self._unwritten:
            del self._unwritten[: os.write(self._file, self._unwritten)]

    def sync_at(self) -> float | None:
        return None if self._unsynced_since is None else self._unsynced_since + SYNC_AFTER

    def sync(self) -> None:
        """Make the ends durable, many with one fsync."""
        self._unsynced_since = None
        try:
            os.fdatasync(self._file)
        except OSError as error:
            complain(f"record not synced: {error.strerror}")

    def _add(self, entry: dict[str, object]) -> bytes:
        line = json.dumps(entry).encode() + b"\n"
        self._unwritten += line
        return line

    def _open(self) -> tuple[int, bool]:
        flags = os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW
        try:
            return os.open("record.jsonl", flags, dir_fd=self._folder), False
        except FileNotFoundError:
            return os.open("record.jsonl", flags | os.O_CREAT, 0o600, dir_fd=self._folder), True

    def _load(self, fresh: bool) -> bool:
        """Read what an earlier supervisor left. True when nothing can be missing from it."""
        with os.fdopen(os.dup(self._file), "rb") as file:
            lines = [line for line in map(parsed, file) if line]
        for line in lines:
            match line.pop("at", None):
                case "asked":
                    self.starts[line["id"]] = line
                case "started" if line["id"] in self.starts:
                    self.starts[line["id"]].update(line)
                case "refused":
                    self.starts.pop(line["id"], None)
                case "ended":
                    self.starts.pop(line["id"], None)
                    self.ends[line["id"]] = line
        if not fresh:
            return bool(lines) and lines[0].get("boot") == self._boot
        self._head()
        self.write()
        self.sync()
        os.fsync(self._folder)
        return True

    def _head(self) -> None:
        self._add({"at": "boot", "boot": self._boot})

    def _truncate(self) -> None:
        with contextlib.suppress(OSError):  # lines that stay are lines told twice
            os.ftruncate(self._file, 0)
            self._unwritten.clear()
            self._head()
            self._write()

    def _compact(self) -> None:
        """Put a file with only the lines that still matter in the place of the grown one."""
        lines: list[dict[str, object]] = [{"at": "boot", "boot": self._boot if self.complete else ""}]
        lines += [{"at": "asked", **start} for start in self.starts.values()]
        lines += [{"at": "ended", **end} for end in self.ends.values()]
        content = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
        try:
            new = os.open("record.new", flags, 0o600, dir_fd=self._folder)
            with os.fdopen(os.dup(new), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(new)
            os.rename("record.new", "record.jsonl", src_dir_fd=self._folder, dst_dir_fd=self._folder)
        except OSError as error:
            complain(f"record not compacted: {error.strerror}")
            return
        os.close(self._file)
        self._file = new
        self._unwritten.clear()
        self._compact_above = max(COMPACT_ABOVE, 2 * len(content))


def parsed(line: bytes) -> dict[str, Any] | None:
    """The line's object, or None for one that was torn by a death in the middle of a write."""
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def complain(message: str) -> None:
    """Leave a line in the supervisor's own log."""
    print(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {message}", file=sys.stderr, flush=True)  # noqa: T201
