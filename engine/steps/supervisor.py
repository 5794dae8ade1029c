"""The supervisor: the parent of every step's processes. It outlives the engine and holds no policy.

    python -I -S supervisor.py HOME [IDLE_SECONDS]

One per home. It is run by path, imports nothing but the standard library and a few helpers beside it, and
returns once its detached self listens (exit 0) or when another one owns the home (exit 3). It spawns what
the engine asks for, each in a session of its own with its output in a file; it is sub-reaper, so that a
descendant that detaches itself is found; it says that an attempt `ended` only when its whole process tree is
gone.

It speaks JSON lines with one engine at a time over HOME/supervisor/socket, mode 0600:

    {"do": "spawn", id, program, argv, env, cwd, log} · {"do": "end", id, grace} · {"do": "list"}
    {"do": "forget", ids} · {"do": "quit"}

    {"at": "started", id, pid, start} · {"at": "refused", id, errno, where, message}
    {"at": "ended", id, code, signal, ended_at, leftovers} · {"at": "list", pid, complete, live,
     ended, missing}
    {"at": "staying"} when asked to quit while something lives; it then leaves after the last of it, unless
     another engine comes

Starts and ends stand in HOME/supervisor/record.jsonl until the engine has them durably and says `forget`.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import functools
import json
import math
import os
import selectors
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

if __name__ == "__main__":  # run by path and isolated: our own helpers are found from this file's place
    sys.path.append(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from engine.steps import proc
from engine.steps.record import Record, complain
from engine.steps.trees import Attempt, Forest

MARKS = ("OPSGATE_RUN", "OPSGATE_STEP", "OPSGATE_ATTEMPT")
OWN_MARK = "OPSGATE_SPAWN"
IDLE = 60.0  # seconds without an engine and without a process before it exits by itself
STARTED_WITHIN = 0.002  # seconds; what ends before is told with its start, in one message
CHUNK = 1 << 16  # bytes read at once
OWNED_ELSEWHERE = 3  # exit status: another supervisor owns the home
PR_SET_CHILD_SUBREAPER = 36
CHANGED_SIGNALS = (
    signal.SIGHUP,
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGCHLD,
    signal.SIGPIPE,  # ignored by Python itself, as the next
    signal.SIGXFSZ,
)


class Engine:
    """The connection to the engine; what it sends and gets are JSON lines of any length."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        self.connection = connection
        self.due = math.inf  # on the monotonic clock: when what is unsent has to leave
        self._unread = bytearray()
        self._unsent = bytearray()

    def receive(self) -> tuple[list[bytearray], bool]:
        """The requests that have arrived, and whether more may come."""
        more = True
        try:
            while more:
                chunk = self.connection.recv(CHUNK)
                self._unread += chunk
                more = bool(chunk)
                if len(chunk) < CHUNK:
                    break
        except BlockingIOError:
            pass
        except ConnectionError:
            more = False
        *lines, self._unread = self._unread.split(b"\n")
        return lines, more

    def send(self, line: bytes, within: float = 0.0) -> None:
        """Queue a line that has to leave `within` so many seconds, with others if there are any."""
        self._unsent += line
        self.due = min(self.due, time.monotonic() + within)

    def flush(self) -> bool:
        """Send all; False when the engine takes no more for now. `receive` notices one that has gone."""
        self.due = math.inf
        try:
            while self._unsent:
                del self._unsent[: self.connection.send(self._unsent)]
        except BlockingIOError:
            return False
        except ConnectionError:
            self._unsent.clear()
        return True


class Supervisor:
    """The loop: what the engine asks, what the kernel reports, what the clock demands."""

    def __init__(self, record: Record, listener: socket.socket, idle: float) -> None:
        self._record = record
        self._listener = listener
        self._idle = idle
        self._forest = Forest()
        self._engine: Engine | None = None
        self._alone_since = time.monotonic()
        self._leaving = False
        self._dismissed = False
        self._signals = self._catch_signals()
        self._selector = selectors.DefaultSelector()
        self._selector.register(listener, selectors.EVENT_READ, self._accept)
        self._selector.register(self._signals, selectors.EVENT_READ, self._reap)

    def serve(self) -> None:
        """Work until told to leave with nothing alive, or until idle for long enough."""
        timeout = self._keep_time()
        while self._forest.attempts or not self._leaving:
            for key, events in self._selector.select(timeout):
                key.data(events)
            self._record.write()
            timeout = self._keep_time()
        self._record.sync()

    def _keep_time(self) -> float | None:
        """Do what is due; the seconds until something will be, or None."""
        now = time.monotonic()
        for due, act in list(self._deadlines()):
            if due <= now:
                act()
        return min((max(0.0, due - now) for due, _ in self._deadlines()), default=None)

    def _deadlines(self) -> Iterator[tuple[float, Callable[[], None]]]:
        if self._engine and self._engine.due < math.inf:
            yield self._engine.due, self._flush
        if (sync_at := self._record.sync_at()) is not None:
            yield sync_at, self._record.sync
        for attempt in self._forest.attempts.values():
            if attempt.kill_at is not None and not attempt.killed:
                yield attempt.kill_at, functools.partial(self._forest.press, attempt)
        if self._engine is None and not self._forest.attempts and not self._leaving:
            yield self._alone_since + (0.0 if self._dismissed else self._idle), self._leave

    def _leave(self, *_: object) -> None:
        self._leaving = True

    def _catch_signals(self) -> socket.socket:
        """A socket that becomes readable when a child has ended or we are asked to leave."""
        ours, kernels = socket.socketpair()
        ours.setblocking(False)
        kernels.setblocking(False)
        self._wakeup = kernels
        signal.set_wakeup_fd(kernels.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self._leave)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        return ours

    # The engine

    def _accept(self, _: int) -> None:
        """Take a new engine in; the one before is gone, but what it still asked for counts."""
        if self._engine:
            self._receive(selectors.EVENT_READ)
        if self._engine:
            self._disconnect()
        connection, _address = self._listener.accept()
        credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        if struct.unpack("3i", credentials)[1] not in (os.geteuid(), 0):
            connection.close()
            return
        self._engine = Engine(connection)
        self._dismissed = False
        self._selector.register(connection, selectors.EVENT_READ, self._receive)

    def _disconnect(self) -> None:
        assert self._engine
        self._selector.unregister(self._engine.connection)
        self._engine.connection.close()
        self._engine = None
        self._alone_since = time.monotonic()

    def _receive(self, events: int) -> None:
        assert self._engine
        if events & selectors.EVENT_WRITE:
            self._flush()
        lines, more = self._engine.receive()
        for line in lines:
            try:
                self._obey(json.loads(line))
            except (KeyError, TypeError, ValueError) as error:
                complain(f"request not understood: {type(error).__name__} {error}")
        if not more:
            self._disconnect()

    def _obey(self, request: dict[str, Any]) -> None:
        match request["do"]:
            case "spawn":
                self._spawn(request)
            case "end":
                self._end(request["id"], float(request["grace"]))
            case "forget":
                self._record.forget([gone for gone in request["ids"] if gone not in self._forest.attempts])
            case "list":
                self._send(self._list())
            case "quit":
                self._leave()
                if self._forest.attempts:
                    self._leaving = False
                    self._dismissed = True
                    self._send({"at": "staying"})

    def _send(self, event: dict[str, Any]) -> None:
        self._send_line(json.dumps(event).encode() + b"\n")

    def _send_line(self, line: bytes, within: float = 0.0) -> None:
        if self._engine:
            self._engine.send(line, within)

    def _flush(self) -> None:
        assert self._engine
        done = self._engine.flush()
        wanted = selectors.EVENT_READ if done else selectors.EVENT_READ | selectors.EVENT_WRITE
        self._selector.modify(self._engine.connection, wanted, self._receive)

    def _list(self) -> dict[str, Any]:
        starts = self._record.starts.values()
        return {
            "at": "list",
            "pid": os.getpid(),
            "complete": self._record.complete,
            "live": [attempt.as_live() for attempt in self._forest.attempts.values()],
            "ended": list(self._record.ends.values()),
            "missing": [start for start in starts if start["id"] not in self._forest.attempts],
        }

    # Starting

    def _spawn(self, request: dict[str, Any]) -> None:
        job_id, env = request["id"], request["env"]
        if job_id in self._record.starts or job_id in self._record.ends:
            self._refuse(job_id, "id", OSError(errno.EEXIST, "this id was used before"))
            return
        if not all(name in env for name in MARKS):
            env[OWN_MARK] = job_id
        marks = [f"{name}={env[name]}" for name in (*MARKS, OWN_MARK) if name in env]
        try:
            self._record.asked(job_id, marks)
            pid, start = start_process(request)
        except _Unable as unable:
            self._record.refused(job_id)
            self._refuse(job_id, unable.where, unable.cause)
        except OSError as error:
            self._record.refused(job_id)
            self._refuse(job_id, "record", error)
        else:
            self._forest.plant(Attempt(job_id, frozenset(map(os.fsencode, marks)), pid, start))
            self._send_line(self._record.started(job_id, pid, start), within=STARTED_WITHIN)

    def _refuse(self, job_id: str, where: str, error: OSError | ValueError) -> None:
        number = (error.errno if isinstance(error, OSError) else None) or errno.EINVAL
        message = (error.strerror if isinstance(error, OSError) else None) or str(error)
        self._send({"at": "refused", "id": job_id, "errno": number, "where": where, "message": message})

    # Ending

    def _reap(self, _: int) -> None:
        """Collect what has ended and report every attempt whose whole tree is gone."""
        with contextlib.suppress(BlockingIOError):
            self._signals.recv(CHUNK)
        self._forest.reap()
        for attempt in self._forest.clear():
            self._send_line(self._record.ended(attempt.as_ended()))

    def _end(self, job_id: str, grace: float) -> None:
        if attempt := self._forest.attempts.get(job_id):
            attempt.end_within(grace)
            self._forest.press(attempt)


class _Unable(Exception):
    """A process could not be started: `where` it failed, and why."""

    def __init__(self, where: str, cause: OSError | ValueError) -> None:
        super().__init__(where)
        self.where = where
        self.cause = cause


def start_process(request: dict[str, Any]) -> tuple[int, int]:
    """Start the program in a session of its own, output appended to its log, input empty; its pid and start.

    We are single-threaded, so moving ourselves to its folder and back is safe.
    """
    where = "log"
    try:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
        log = os.open(request["log"], flags, 0o600)
        try:
            where = "workdir"
            os.chdir(request["cwd"])
            where = "program"
            return proc.timed_start(
                lambda: os.posix_spawn(
                    request["program"],
                    request["argv"],
                    request["env"],
                    file_actions=[(os.POSIX_SPAWN_DUP2, log, 1), (os.POSIX_SPAWN_DUP2, log, 2)],
                    setsid=True,
                    setsigmask=(),
                    setsigdef=CHANGED_SIGNALS,
                )
            )
        finally:
            os.close(log)
            os.chdir("/")
    except (OSError, ValueError) as error:
        raise _Unable(where, error) from error


def claim(folder: int) -> int | None:
    """Own the home for the life of this process and of those forked from it; None when another one does."""
    lock = os.open("lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600, dir_fd=folder)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock


def listen(folder: int) -> socket.socket:
    """Listen at `socket` in this folder. A socket address holds 107 bytes; the folder makes any path fit."""
    path = f"/proc/self/fd/{folder}/socket"
    with contextlib.suppress(FileNotFoundError):
        os.unlink("socket", dir_fd=folder)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    os.chmod(path, 0o600)
    listener.listen(8)
    return listener


def detach(folder: int) -> None:
    """Go on as a process of nobody's: own session, no terminal, messages to the log, sub-reaper."""
    if os.fork():
        os._exit(0)
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDONLY)
    log = os.open("log", os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600, dir_fd=folder)
    for target, source in enumerate((nothing, log, log)):
        os.dup2(source, target)
    os.close(nothing)
    os.close(log)
    os.chdir("/")
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def main(home: str, idle: float = IDLE) -> int:
    os.umask(0o077)
    path = os.path.join(home, "supervisor")
    os.makedirs(path, 0o700, exist_ok=True)
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    lock = claim(folder)
    if lock is None:
        complain("another supervisor owns this home; nothing was started")
        return OWNED_ELSEWHERE
    record = Record(folder, proc.boot_id())
    listener = listen(folder)
    detach(folder)
    Supervisor(record, listener, idle).serve()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], *map(float, sys.argv[2:3])))
