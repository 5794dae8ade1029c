"""The engine: composes store, mailbox, scheduler, timers, executor and socket, and owns their lives."""

from __future__ import annotations

import asyncio
import os
import signal
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from engine import __version__
from engine.core.errors import InvalidInput, NotFound, OpsgateError, StorageTrouble
from engine.core.facts import EngineStarted, EngineStopped, EngineTrouble
from engine.home import Home
from engine.runtime.acts import Acts
from engine.runtime.clock import Clock, SystemClock
from engine.runtime.definitions import Definitions
from engine.runtime.ids import Ids
from engine.runtime.lock import EngineLock
from engine.runtime.mailbox import Mailbox
from engine.runtime.recovery import recover
from engine.runtime.scheduler import Scheduler
from engine.runtime.server import Server
from engine.runtime.timers import Timers
from engine.runtime.verbs import Answer, Call, Verbs
from engine.steps.executor import Executor
from engine.store.store import Store

DEFAULT_SLOTS = 8


class Stop(StrEnum):
    """How an engine ends."""

    DETACH = "detach"  # attempts go on under their supervisor, and the next engine adopts them
    DRAIN = "drain"  # start nothing more, wait for the attempts in flight
    KILL = "kill"  # end every attempt


@dataclass(frozen=True, slots=True)
class Settings:
    """What an operator may set for an engine."""

    slots: int = DEFAULT_SLOTS


class Engine:
    """One engine of one home. `start` takes the home, `finished` waits for its end, `stop` asks for it."""

    def __init__(
        self,
        home: Home,
        executor: Executor,
        *,
        clock: Clock | None = None,
        settings: Settings | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._home = home
        self._executor = executor
        self._clock = clock or SystemClock()
        self._settings = settings or Settings()
        self._environment = dict(os.environ) if environment is None else environment
        self._lock = EngineLock(home.lock)
        self._stopped = asyncio.Event()
        self._trouble: StorageTrouble | None = None
        self._started_at = 0.0
        self._drained = asyncio.Event()
        self.how = Stop.DETACH

    async def start(self) -> None:
        """Take the home, recover what an earlier engine left, and begin to serve.

        Raises EngineRunning, StorageTrouble, NewerDatabase.
        """
        self._started_at = self._clock.now()
        self._home.ensure()
        self._lock.take(self._started_at)
        try:
            await self._open()
        except OSError as error:
            self._lock.release()
            raise StorageTrouble(
                f"The home {self._home.path} cannot be used: {error}. Check its rights and space."
            ) from error
        except BaseException:
            self._lock.release()
            raise

    async def _open(self) -> None:
        definitions = Definitions()
        self._store = Store.open(
            self._home, self._clock.now(), definitions.stored, slots=self._settings.slots
        )
        writer = self._store.start_writer(asyncio.get_running_loop())
        self._mailbox = Mailbox(self._clock, writer, self._storage_failed)
        self._timers = Timers(self._clock)
        self._scheduler = Scheduler(self._mailbox, self._store.slots(), self._settings.slots)
        self._acts = Acts(self._mailbox, self._executor, self._timers, self._clock, self._environment)
        ids = Ids(self._clock, self._store.last_run_id())
        self._verbs = Verbs(self._home, self._mailbox, ids, self._store.lookup, definitions)
        for follower in (self._scheduler, self._acts, self._verbs):
            self._mailbox.follow(follower)
        self._mailbox.record(EngineStarted(self._store.epoch, os.getpid(), __version__))
        await self._executor.open(self._acts.hear, self._storage_failed)
        await recover(self._store, self._mailbox, self._scheduler, self._acts, self._executor)
        self._server = Server(self._home.socket, self.answer, self._executor.supervisors, self._unforeseen)
        await self._server.open()
        self._scheduler.open()

    async def finished(self) -> None:
        """Wait until the engine has been asked to stop. Raises StorageTrouble when the store failed."""
        await self._stopped.wait()
        if self._trouble is not None:
            raise self._trouble

    async def stop(self, how: Stop = Stop.DETACH) -> None:
        """End in order; safe to call after a failure, too."""
        self.how = how
        self._scheduler.close()
        if how is Stop.DRAIN:
            how = await self._drain()
        await self._server.close(self._trouble)
        self._timers.close()
        await self._executor.close(end_live=how is Stop.KILL)
        if self._trouble is None:
            self._mailbox.record(EngineStopped(how.value))
        await self._store.close()
        self._lock.release()

    async def _drain(self) -> Stop:
        """Wait for the attempts in flight, unless somebody asks for a quicker end; returns how to end."""
        self._mailbox.follow(self)
        if self._scheduler.active and self._trouble is None:
            await self._drained.wait()
        return self.how

    def decided(self, _decision: object) -> None:
        """Followed only while draining."""

    def stored(self, _decision: object) -> None:
        if not self._scheduler.active:
            self._drained.set()

    async def answer(self, call: Call) -> Answer:
        """Answer a call about the engine itself, or hand it to the verbs about runs."""
        if self._trouble is not None:
            raise self._trouble
        verb = call.request.verb
        if verb == "status":
            return self.status()
        if verb == "stop":
            return self._ask_to_stop(call)
        if verb not in self._verbs.names():
            raise NotFound(f"This engine knows no verb {verb}. It is version {__version__}.")
        return await self._verbs.answer(call)

    def status(self) -> dict[str, Any]:
        """Who this engine is and how busy, as `opsgate engine status --json` prints it."""
        return {
            "pid": os.getpid(),
            "epoch": self._store.epoch,
            "home": str(self._home.path),
            "socket": str(self._home.socket),
            "started_at": self._started_at,
            "version": __version__,
            "active": self._scheduler.active,
            "queued": self._scheduler.queued,
            "runs": len(self._mailbox.runs),
        }

    def _ask_to_stop(self, call: Call) -> Answer:
        try:
            how = Stop(call.text("how", Stop.DETACH.value))
        except ValueError:
            raise InvalidInput("how must be detach, drain or kill.") from None
        self.ask_to_stop(how)
        return {"pid": os.getpid(), "how": how.value}

    def ask_to_stop(self, how: Stop = Stop.DETACH) -> None:
        """End soon; a TERM signal asks to detach. While it drains, another way to stop ends the draining."""
        self.how = how
        self._stopped.set()
        if how is not Stop.DRAIN:
            self._drained.set()

    def _storage_failed(self, trouble: StorageTrouble) -> None:
        """Safe stop over wrong answer: nothing more is started, and everybody who asks is told."""
        if self._trouble is None:
            self._trouble = trouble
            self._scheduler.close()
            self._stopped.set()
            self._drained.set()

    def loop_trouble(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """The event loop's last resort: an error in a callback is recorded, and the engine goes on."""
        error = context.get("exception")
        self._unforeseen("loop", error if error is not None else RuntimeError(context["message"]))

    def _unforeseen(self, where: str, error: BaseException) -> OpsgateError:
        """Record an error nobody foresaw; its trace goes to the engine's log, never to a user."""
        traceback.print_exception(error)
        self._mailbox.record(EngineTrouble(where, f"{type(error).__name__}: {error}"))
        return OpsgateError(
            f"The engine met an error of its own ({type(error).__name__}). It is recorded as an event; "
            f"details are in {self._home.log}."
        )


async def serve(home: Home, executor: Executor, settings: Settings, ready: Callable[[], None]) -> None:
    """Run an engine in this process until it is asked to stop; `ready` is called once it serves.

    TERM, HUP and INT let go of the attempts in flight; the next engine adopts them.
    """
    engine = Engine(home, executor, settings=settings)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, engine.ask_to_stop)
    await engine.start()
    loop.set_exception_handler(engine.loop_trouble)
    ready()
    try:
        await engine.finished()
    finally:
        await engine.stop(engine.how)
