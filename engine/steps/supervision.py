"""The engine's end of the supervisor's socket: attach to it, start it when none answers, spawn, end, listen.

The supervisor outlives the engine. What it still runs, and what ended while no engine listened, stands in
`live` and `ended` once `Supervision.attach` has returned; everything later arrives through the callbacks,
in order, on the event loop. No callback runs before the caller of `attach` has had its turn.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.core.errors import EngineUnavailable
from engine.steps import orphans
from engine.steps.supervisor import OWNED_ELSEWHERE

PROGRAM = Path(__file__).with_name("supervisor.py")
ANSWER_WITHIN = 10.0  # seconds a supervisor may take to answer before it counts as hung
STARTS = 40  # each refused start takes tens of milliseconds, so an exiting supervisor has time to be gone
PASSED_ON = ("PATH", "LD_LIBRARY_PATH")  # all of our own environment that the supervisor needs


@dataclass(frozen=True, slots=True)
class Live:
    """A running attempt. `start` is the process's start time in clock ticks since boot."""

    id: str
    pid: int
    start: int


@dataclass(frozen=True, slots=True)
class Exit:
    """An attempt whose whole process tree is gone. Exactly one of `code` and `signal` is set.

    `ended_at` is when its main process ended (seconds since the epoch); `leftovers` is how many other
    processes of its tree had to be ended after that.
    """

    id: str
    code: int | None
    signal: int | None
    ended_at: float
    leftovers: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """An attempt that never started. `where` names what failed: program, workdir, log, record, id."""

    id: str
    errno: int
    where: str
    message: str


class Supervision:
    """A connection to the home's supervisor. All methods belong to the event loop that attached it."""

    def __init__(
        self,
        on_started: Callable[[Live], None],
        on_refused: Callable[[Refusal], None],
        on_ended: Callable[[Exit], None],
        on_gone: Callable[[], None],
    ) -> None:
        self.live: tuple[Live, ...] = ()
        self.ended: tuple[Exit, ...] = ()
        self.missing: tuple[orphans.Missing, ...] = ()
        self.pid = 0
        self.complete = False
        self._on_started = on_started
        self._on_refused = on_refused
        self._on_ended = on_ended
        self._on_gone = on_gone
        self._wire = _Wire(self._take, self._lost)
        self._listed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._stayed: asyncio.Future[bool] | None = None
        self._closing = False

    @classmethod
    async def attach(
        cls,
        home: Path,
        *,
        on_started: Callable[[Live], None],
        on_refused: Callable[[Refusal], None],
        on_ended: Callable[[Exit], None],
        on_gone: Callable[[], None],
        idle: float = 60.0,
    ) -> Supervision:
        """Connect to the supervisor of `home`, starting one when none answers.

        `on_gone` is called once when the supervisor dies: attach again, then `end_orphans`. `idle` is how
        many seconds a supervisor started here stays with no engine and nothing alive.

        Raises EngineUnavailable when no supervisor can be started or the running one does not answer.
        """
        for _ in range(STARTS):
            supervision = cls(on_started, on_refused, on_ended, on_gone)
            if await supervision._connect(home):
                return supervision
            if await _start(home, idle) not in (0, OWNED_ELSEWHERE):
                break
        raise EngineUnavailable(f"No supervisor could be started; read why in {home}/supervisor/log.")

    def spawn(
        self,
        job_id: str,
        argv: Sequence[str],
        env: Mapping[str, str],
        cwd: Path,
        log: Path | str,
        *,
        program: str | None = None,
    ) -> None:
        """Start `program` (argv[0] when None; relative to `cwd`) with exactly this argv and environment.

        Standard output and error are appended to `log`. Answered by on_started or on_refused, then on_ended.
        An environment without OPSGATE_RUN, OPSGATE_STEP and OPSGATE_ATTEMPT gets OPSGATE_SPAWN=<job_id>.
        """
        self._wire.send(
            {
                "do": "spawn",
                "id": job_id,
                "program": program or argv[0],
                "argv": list(argv),
                "env": dict(env),
                "cwd": str(cwd),
                "log": str(log),
            }
        )

    def end(self, job_id: str, grace: float) -> None:
        """Ask the whole tree to end: SIGTERM now, SIGKILL after `grace` seconds (at once when 0)."""
        self._wire.send({"do": "end", "id": job_id, "grace": grace})

    def forget(self, ids: Iterable[str]) -> None:
        """Say that these ends are recorded durably; the supervisor drops them from its own record."""
        self._wire.send({"do": "forget", "ids": list(ids)})

    async def end_orphans(self, ids: Iterable[str] = ()) -> tuple[orphans.Orphan, ...]:
        """End what a killed supervisor left running, and return what was found.

        Covers every start in `missing`, and the attempts `ids` (addresses RUN/STEP/NUMBER) even if no record
        knows them. SIGTERM, then SIGKILL after two seconds. The starts are forgotten afterwards, except those
        in `ids`: they are to be reported as lost, and until that is durable they must not pass for unstarted.
        """
        lost = tuple(ids)
        found = await asyncio.to_thread(orphans.end, self.missing, lost)
        self.forget([start.id for start in self.missing if start.id not in lost])
        self.missing = ()
        return found

    async def quit(self) -> bool:
        """Ask the supervisor to exit; False when it stays because something lives, or does not answer."""
        if self._wire.is_gone:
            return True
        self._stayed = asyncio.get_running_loop().create_future()
        self._closing = True
        self._wire.send({"do": "quit"})
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                stayed = await self._stayed
        except TimeoutError:
            stayed = True  # a stopped supervisor must not keep its engine from ending
        self._closing = not stayed
        return not stayed

    async def close(self) -> None:
        """Disconnect. The supervisor and all that it runs go on."""
        self._closing = True
        await self._wire.close()

    async def _connect(self, home: Path) -> bool:
        """Ask the supervisor for its list; False when there is none, or it went away meanwhile."""
        if not await self._wire.connect(home / "supervisor"):
            return False
        self._wire.send({"do": "list"})
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                await self._listed
        except ConnectionResetError:
            return False
        except TimeoutError:
            await self.close()
            raise EngineUnavailable(
                "The supervisor of this home does not answer; end it, then start the engine again."
            ) from None
        self._wire.release()
        return True

    def _take(self, event: dict[str, Any]) -> None:
        match event.pop("at"):
            case "list":
                self._take_list(event)
            case _ if not self._listed.done():
                pass  # it came while we connected, so the list holds it too
            case "started":
                self._on_started(Live(**event))
            case "refused":
                self._on_refused(Refusal(**event))
            case "ended":
                self._on_ended(Exit(**event))
            case "staying" if self._stayed is not None and not self._stayed.done():
                self._stayed.set_result(True)

    def _take_list(self, event: dict[str, Any]) -> None:
        self.pid = event["pid"]
        self.complete = event["complete"]
        self.live = tuple(Live(**each) for each in event["live"])
        self.ended = tuple(Exit(**each) for each in event["ended"])
        self.missing = tuple(orphans.Missing(**each) for each in event["missing"])
        self._wire.hold()
        self._listed.set_result(None)

    def _lost(self) -> None:
        if not self._listed.done():
            self._listed.set_exception(ConnectionResetError())
        elif self._stayed is not None and not self._stayed.done():
            self._stayed.set_result(False)
        elif not self._closing:
            self._on_gone()


class _Wire(asyncio.Protocol):
    """JSON lines of any length over a unix socket; what is sent in one turn leaves as one write."""

    def __init__(self, take: Callable[[dict[str, Any]], None], lost: Callable[[], None]) -> None:
        self._take = take
        self._lost = lost
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._gone = self._loop.create_future()
        self._unsent: list[str] = []
        self._lines: deque[bytes] = deque()
        self._rest: list[bytes] = []
        self._held = False

    async def connect(self, folder: Path) -> bool:
        """Connect to `folder`/socket; False when nobody listens there."""
        try:
            anchor = os.open(folder, os.O_PATH | os.O_DIRECTORY)
        except FileNotFoundError:
            return False
        try:
            # A socket address holds 107 bytes; through the open folder any path fits.
            await self._loop.create_unix_connection(lambda: self, f"/proc/self/fd/{anchor}/socket")
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        finally:
            os.close(anchor)
        return True

    def send(self, message: dict[str, Any]) -> None:
        if not self._unsent:
            self._loop.call_soon(self._flush)
        self._unsent.append(json.dumps(message) + "\n")

    def hold(self) -> None:
        """Keep what arrives from now on until `release`."""
        self._held = True

    def release(self) -> None:
        """Go on delivering, after the running task has had its turn."""
        self._loop.call_soon(self._deliver_held)

    @property
    def is_gone(self) -> bool:
        """Whether the other end has hung up."""
        return self._gone.done()

    async def close(self) -> None:
        if self._transport is not None:
            self._flush()
            self._transport.close()
            await self._gone

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        *lines, rest = data.split(b"\n")
        if lines:
            lines[0] = b"".join([*self._rest, lines[0]])
            self._rest = []
        self._rest.append(rest)
        self._lines.extend(lines)
        self._deliver()

    def connection_lost(self, exc: Exception | None) -> None:
        self._gone.set_result(None)
        self._deliver_held()
        self._lost()

    def _deliver_held(self) -> None:
        self._held = False
        self._deliver()

    def _deliver(self) -> None:
        while self._lines and not self._held:
            self._take(json.loads(self._lines.popleft()))

    def _flush(self) -> None:
        unsent, self._unsent = self._unsent, []
        if self._transport is not None and unsent:
            self._transport.write("".join(unsent).encode())


async def _start(home: Path, idle: float) -> int:
    """Start a supervisor. It detaches itself once it listens, so its starter's exit says that it is ready."""
    folder = home / "supervisor"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    log = os.open(folder / "log", os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    with os.fdopen(log, "wb"):
        starter = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-I", "-S", "-X", "utf8", str(PROGRAM), str(home), str(idle)),
            cwd="/",
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        return await starter.wait()
