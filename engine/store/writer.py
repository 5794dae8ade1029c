"""The one writer: stores whatever has gathered as one transaction, then says so.

There is no delay window. A batch goes to a thread, and while it is being flushed to disk the next one gathers
by itself. On a disk that flushes faster than two threads can hand over to each other, a small batch is
stored on the loop itself (docs/decisions/0002).
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Final

from engine.core.errors import InvalidInput, StorageTrouble
from engine.core.facts import Actor
from engine.store import chain, log
from engine.store.changes import Change, StoredAnswer, StoredDefinition
from engine.store.database import roll_back
from engine.store.projection import Batch
from engine.store.times import micros
from engine.store.trouble import trouble

__all__ = ["Change", "StoredAnswer", "StoredDefinition", "Writer"]

MAX_BATCH: Final = 500
"""Changes in one transaction: a decision at a gate must not wait behind a flood."""

MAX_SMALL: Final = 4
"""Changes that may be stored on the loop when the disk is quick."""

QUICK: Final = 0.0006
"""Seconds of a COMMIT, smoothed, up to which a disk counts as quick: the loop may stand still for so long."""

_WEIGHT: Final = 0.2

Done = Callable[[StorageTrouble | None], None]

_UNSTORABLE: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class _Pending:
    """A change on its way, with its facts already encoded."""

    change: Change
    entries: tuple[log.Entry, ...]
    actor: Actor
    reason: str | None
    done: Done


class Writer:
    """Owns `connection` from `start` on. `epoch` is what `take_over` gave; answers come on `loop`.

    After a failure nothing more is written: that change and all later ones are answered with the trouble.
    """

    def __init__(
        self, connection: sqlite3.Connection, path: Path, epoch: int, loop: asyncio.AbstractEventLoop
    ) -> None:
        self._connection = connection
        self._path = path
        self._epoch = epoch
        self._loop = loop
        self._chain = chain.last(connection)
        self._waiting: deque[_Pending] = deque()
        self._due = False  # a flush of what is waiting stands in the loop's line
        self._away = False  # the thread has a batch, and the connection with it
        self._commit_seconds = QUICK * 2  # until it is known better
        self._batches: SimpleQueue[list[_Pending] | None] = SimpleQueue()
        self._trouble: StorageTrouble | None = None
        self._thread = threading.Thread(target=self._work, name="opsgate-writer", daemon=True)
        self._settled: asyncio.Future[None] | None = None
        self.commits = 0

    @property
    def head(self) -> tuple[int, str]:
        """Number and hash (in hex) of the last stored event."""
        return self._chain.seq, self._chain.hash.hex()

    def start(self) -> None:
        self._thread.start()

    def put(self, change: Change, done: Done) -> None:
        """Store `change` soon. `done` is called on the loop: with None once it is durable, or the trouble.

        Called on the loop, and never blocks. The answers come in the order of the changes. Raises
        InvalidInput when the change holds what JSON cannot say, and then nothing of it is stored.
        """
        try:
            entries = tuple(map(log.entry, change.facts))
        except (TypeError, ValueError, RecursionError) as error:
            raise InvalidInput(f"A value cannot be stored ({error}). Change it, then try again.") from error
        actor = Actor(chain.to_text(change.actor.name), change.actor.identity)
        reason = None if change.reason is None else chain.to_text(change.reason)
        self._waiting.append(_Pending(change, entries, actor, reason, done))
        self._schedule()

    async def close(self) -> None:
        """Store what is pending, answer it, and end the thread and the connection."""
        if self._waiting or self._away:
            self._settled = self._loop.create_future()
            await self._settled
        self._batches.put(None)
        await asyncio.to_thread(self._thread.join)

    def _schedule(self) -> None:
        if not self._due and not self._away:
            self._due = True
            self._loop.call_soon(self._flush)

    def _flush(self) -> None:
        """On the loop: hand what has gathered to the thread, or store it here if that is quicker."""
        self._due = False
        batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), MAX_BATCH))]
        if len(batch) <= MAX_SMALL and self._commit_seconds <= QUICK:
            self._store(batch)
            self._finish(batch, self._trouble)
        else:
            self._away = True
            self._batches.put(batch)

    def _back(self, batch: list[_Pending], failed: StorageTrouble | None) -> None:
        """On the loop: the thread has stored its batch."""
        self._away = False
        self._finish(batch, failed)

    def _finish(self, batch: Sequence[_Pending], failed: StorageTrouble | None) -> None:
        """On the loop: answer a batch; whatever an answer does, go on with what has gathered."""
        try:
            self._answer(deque(batch), failed)
        finally:
            if self._waiting:
                self._schedule()
            elif self._settled is not None and not self._settled.done():
                self._settled.set_result(None)

    def _work(self) -> None:
        """The thread: store one batch after the other."""
        while (batch := self._batches.get()) is not None:
            self._store(batch)
            try:
                self._loop.call_soon_threadsafe(self._back, batch, self._trouble)
            except RuntimeError:  # the loop is gone, and with it everybody who could hear an answer
                break
        self._connection.close()

    def _store(self, pending: Sequence[_Pending]) -> None:
        """Store a batch, unless there is trouble; and note new trouble."""
        if self._trouble is not None:
            return
        try:
            self._commit(pending)
        except sqlite3.Error as error:
            self._trouble = trouble(error, self._path)
        except StorageTrouble as error:
            self._trouble = error
        except _UNSTORABLE as error:
            self._trouble = StorageTrouble(
                f"A change could not be turned into rows ({type(error).__name__}: {error}). "
                "This is a fault in opsgate: please report it, then start the engine again."
            )

    def _commit(self, pending: Sequence[_Pending]) -> None:
        link = self._chain.copy()
        batch = Batch()
        for item in pending:
            batch.add(item.change, _event_rows(link, item))
        connection = self._connection
        try:
            connection.execute("BEGIN IMMEDIATE")
            self._check_epoch()
            batch.write(connection)
            began = time.perf_counter()
            connection.execute("COMMIT")
            self._commit_seconds += _WEIGHT * (time.perf_counter() - began - self._commit_seconds)
        finally:
            roll_back(connection)
        self._chain = link
        self.commits += 1

    def _check_epoch(self) -> None:
        found = self._connection.execute("SELECT 1 FROM engine WHERE epoch = ?", (self._epoch,)).fetchone()
        if found is None:
            raise StorageTrouble(
                f"Another engine took over the database {self._path}, so this one stopped writing. "
                "Look who owns it with `opsgate engine status`."
            )

    def _answer(self, batch: deque[_Pending], failed: StorageTrouble | None) -> None:
        """On the loop. A `done` that raises keeps no other from its answer."""
        try:
            while batch:
                batch.popleft().done(failed)
        finally:
            if batch:
                self._loop.call_soon(self._answer, batch, failed)


def _event_rows(link: chain.Chain, item: _Pending) -> list[chain.Row]:
    change = item.change
    at = micros(change.at)
    run = None if change.run is None else change.run.id
    return [link.append(entry, at, run, item.actor, item.reason) for entry in item.entries]
