"""A warm host: a process that calls Python callables for the engine, one at a time.

It is run by path and isolated (`python -I host.py ID FOLDER`) and imports the standard library alone: a
workflow may bring a package called `engine`, which has to be that workflow's own here. FOLDER holds the
engine's socket and the host's journal, ID.jsonl. Both sides talk in JSON lines:

    host    {"host": ID}                  ready, or back after the engine was away
    engine  {"id", "target", …}           a job, see `Job`
    host    {"said": JOB}                 there is more in the agent's file of events
    host    {"done": JOB, "stays": BOOL, "result": {…} or "error": "…"}
                                          what came of it; then the host takes more jobs, or ends
    host    {"stale": JOB}                nothing was called, its code is out of date; the host ends

Before a job is sent the engine notes {"sent": JOB} in the journal; before `done` or `stale` is said the host
notes that very line there. So whatever dies, the next engine knows what was under way and what came of it.
Without an fsync, which only a power loss could tell: then a job counts as lost when its last line is gone.

Engines come and go while a callable runs: the host works on, tries to reach an engine each time it has
something to say, and ends when nobody is there to give it work.
"""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import importlib
import io
import json
import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from operator import attrgetter
from pathlib import Path
from typing import Any, TypedDict, cast

MAX_JOBS = 200
"""A host ends after so many jobs, so that what libraries leak stays small."""

RESULT_PARTS = frozenset({"output", "state", "caveats", "decisions"})
LONGEST_ERROR = 2000
RECEIVE_BYTES = 1 << 16
MAX_RESULT = 1 << 20  # bytes of JSON
CLOCK_TICK_NS = 20_000_000
"""File times come from a clock that may be this much behind."""

STREAMS = (sys.stdout, sys.stderr)
MARK = "OPSGATE_SPAWN"
PR_SET_CHILD_SUBREAPER = 36


class Job(TypedDict):
    """One call. An agent's callable gets, besides its arguments, a function that says its events."""

    id: str
    target: str
    arguments: dict[str, Any]
    path: str
    folder: str
    workdir: str
    env: dict[str, str]
    input: dict[str, Any]
    agent: bool


class Line:
    """The line to the engine, opened again whenever there is something to say and the old one is dead."""

    def __init__(self, host: str, folder: Path) -> None:
        self._hello = _encode({"host": host})
        self._folder = os.open(folder, os.O_PATH)
        self._journal = (folder / f"{host}.jsonl").open("ab")
        self._socket: socket.socket | None = None
        self._unread = b""

    def receive(self) -> Job | None:
        """The next job, or None when the engine is gone."""
        while self._socket is not None and b"\n" not in self._unread:
            try:
                received = self._socket.recv(RECEIVE_BYTES)
            except OSError:
                received = b""
            if not received:
                self._drop()
            self._unread += received
        line, _, self._unread = self._unread.partition(b"\n")
        return cast("Job", json.loads(line)) if line else None

    def say(self, message: bytes) -> bool:
        """Tell whichever engine is there; False when none is."""
        return self._write(message) or (self.open() and self._write(message))

    def answer(self, message: bytes) -> bool:
        """Note `message` in the journal, then tell the engine; False when none is there."""
        self._journal.write(message + b"\n")
        self._journal.flush()
        return self.say(message)

    def open(self) -> bool:
        """Reach the engine; False when none listens."""
        self._drop()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            # By way of the descriptor: the path of a home may be longer than a socket address can be.
            self._socket.connect(f"/proc/self/fd/{self._folder}/socket")
        except OSError:
            self._drop()
        return self._write(self._hello)

    def _write(self, message: bytes) -> bool:
        if self._socket is None:
            return False
        try:
            self._socket.sendall(message + b"\n")
        except OSError:
            self._drop()
            return False
        return True

    def _drop(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = None
        self._unread = b""


class Code:
    """The modules loaded from a workflow's folder, and what their files were like when they were loaded."""

    def __init__(self) -> None:
        self._prefix = ""
        self._seen: dict[Path, tuple[int, int]] = {}
        self._modules = 0

    def settle_in(self, path: str) -> None:
        """Put `path` first on sys.path, once: a host serves one path all its life."""
        if not self._prefix:
            sys.path.insert(0, path)
            self._prefix = path.rstrip("/") + "/"

    def is_stale(self) -> bool:
        """Whether a file behind a loaded module is not what it was."""
        return any(_fingerprint(file) != seen for file, seen in self._seen.items())

    def note(self, since_ns: int) -> None:
        """Remember the modules loaded since `since_ns`; files changed meanwhile count as changed again."""
        if len(sys.modules) == self._modules:
            return
        self._modules = len(sys.modules)
        for module in list(sys.modules.values()):
            file = getattr(module, "__dict__", {}).get("__file__")
            if isinstance(file, str) and file.startswith(self._prefix) and Path(file) not in self._seen:
                modified, size = _fingerprint(Path(file))
                fresh = modified >= since_ns - CLOCK_TICK_NS
                self._seen[Path(file)] = (-1, -1) if fresh else (modified, size)


def _fingerprint(file: Path) -> tuple[int, int]:
    try:
        found = file.stat()
    except OSError:
        return (0, 0)
    return (found.st_mtime_ns, found.st_size)


def serve(line: Line, code: Code) -> None:
    """Take jobs until there is a reason to end."""
    between_jobs = os.dup(1)
    own_path: list[str] = []
    stays = line.open()
    served = 0
    while stays and (job := line.receive()) is not None:
        if code.is_stale():
            line.answer(_encode({"stale": job["id"]}))
            return
        code.settle_in(job["path"])
        own_path = own_path or sys.path.copy()
        started_ns = time.time_ns()
        outcome = attempt(job, line)
        leave(between_jobs)
        sys.path[:] = own_path
        code.note(started_ns)
        served += 1
        stays = served < MAX_JOBS and is_clean()
        head = _encode({"done": job["id"], "stays": stays})
        stays = line.answer(head[:-1] + b", " + outcome[1:]) and stays


def attempt(job: Job, line: Line) -> bytes:
    """Call the callable and describe what came of it, whatever that is."""
    process = os.getpid()
    try:
        enter(job)
        outcome = call(job, line)
    except SystemExit as stop:
        outcome = _error(f"the callable called sys.exit({stop.code!r}); it has to return or raise")
    except BaseException as error:  # noqa: BLE001 (a user's code may raise anything at all)
        print_traceback(error)
        outcome = _error(_sentence(error))
    if os.getpid() != process:
        os._exit(1)  # the callable forked, and this is the child, which has no business beyond it
    return outcome


def enter(job: Job) -> None:
    """Make the attempt's folder, and give the process its log, working folder and environment."""
    os.umask(0o077)
    folder, workdir = job["folder"], job["workdir"]
    Path(folder).mkdir(0o700, parents=True, exist_ok=True)
    log = os.open(f"{folder}/log", os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    with io.FileIO(f"{folder}/input.json", "w") as file:
        file.write(_encode(job["input"]))
    if workdir.startswith(f"{folder}/"):
        Path(workdir).mkdir(0o700, parents=True, exist_ok=True)
    os.chdir(workdir)
    set_environment(job["env"])


def set_environment(env: dict[str, str]) -> None:
    """Make `env` the process's environment, with the mark by which the supervisor knows what we start."""
    if MARK in os.environ:
        env = {**env, MARK: os.environ[MARK]}
    zone = os.environ.get("TZ")
    for name in os.environ.keys() - env.keys():
        del os.environ[name]
    os.environ.update(env)
    if env.get("TZ") != zone:
        time.tzset()


def leave(log: int) -> None:
    """Let go of the attempt's log and working folder."""
    sys.stdout, sys.stderr = STREAMS
    for stream in STREAMS:
        with contextlib.suppress(OSError, ValueError):  # full disk, closed stream: nothing more to say there
            stream.flush()
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.chdir("/")


def call(job: Job, line: Line) -> bytes:
    """Import the target, call it, and say what it returned."""
    module, _, name = job["target"].partition(":")
    if module not in sys.modules:
        importlib.invalidate_caches()
    function = attrgetter(name)(importlib.import_module(module))
    if not job["agent"]:
        return _returned({"result": normalised(function(**job["arguments"]))})
    with Path(job["folder"], "agent.jsonl").open("ab") as events:
        return _returned(function(speaker(job["id"], events, line), **job["arguments"]))


def speaker(job_id: str, events: io.BufferedWriter, line: Line) -> Callable[[dict[str, Any]], None]:
    """A function that records an agent's event, then tells the engine that there is one."""

    bell = _encode({"said": job_id})

    def say(event: dict[str, Any]) -> None:
        events.write(_encode(event) + b"\n")
        events.flush()
        line.say(bell)

    return say


def normalised(value: object) -> dict[str, Any]:
    """What a callable returned, as a result: None is empty, a mapping is a result or just its output."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise TypeError(f"the callable returned {type(value).__name__}; it has to return a dict or None")
    return value if value.keys() <= RESULT_PARTS else {"output": value}


def is_clean() -> bool:
    """Whether the job left nothing that the next would notice: no thread, process, handler, closed stream."""
    if len(sys._current_frames()) > 1 or any(stream.closed for stream in STREAMS):
        return False
    return handlers() == USUAL_HANDLERS and not has_children()


def handlers() -> list[Any]:
    """What happens on the signals that a callable is likely to catch."""
    caught = (signal.SIGTERM, signal.SIGINT, signal.SIGALRM, signal.SIGCHLD)
    return [signal.getsignal(number) for number in caught]


USUAL_HANDLERS = handlers()


def has_children() -> bool:
    """Whether a process is left; those that have ended are taken away."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass
        return True
    return False


def print_traceback(error: BaseException) -> None:
    """Write the traceback to the attempt's log, without this file's frames."""
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename == __file__:
        frames = frames.tb_next
    with contextlib.suppress(OSError, ValueError):
        traceback.print_exception(type(error), error, frames, file=STREAMS[1])


def _returned(outcome: dict[str, Any]) -> bytes:
    try:
        encoded = _encode(outcome)
    except (TypeError, ValueError, RecursionError) as error:
        raise TypeError(f"the callable returned something that is not JSON: {error}") from None
    if len(encoded) > MAX_RESULT:
        raise ValueError(
            "the callable returned more than 1 MiB; large data belongs in a file, kept as artifact"
        )
    return encoded


def _error(sentence: str) -> bytes:
    return json.dumps({"error": " ".join(sentence.split())[:LONGEST_ERROR]}).encode()


def _encode(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, allow_nan=False).encode()


def _sentence(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception as second:  # noqa: BLE001 (the text of a user's exception is a user's code)
        text = f"its text cannot be shown ({type(second).__name__})"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def main(host: str, folder: str) -> None:
    """Serve until there is a reason to end; then end at once, whatever a job's threads would still do."""
    status = 1
    try:
        sys.argv[1:] = []
        faulthandler.enable()
        # Orphans of a callable become this process's children, so that they are seen.
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")
        serve(Line(host, Path(folder)), Code())
        status = 0
    except OSError as trouble:
        sys.stderr.write(f"host {host}: {trouble}\n")
    finally:
        os._exit(status)


if __name__ == "__main__":
    main(*sys.argv[1:3])
