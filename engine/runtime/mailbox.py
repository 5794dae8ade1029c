"""The mailbox: every command to every run passes here, one at a time.

A command is decided on the spot (deciding is pure and quick), its facts go to the writer, and only when
they are stored does anything happen: acts are carried out, waiters are answered. While one batch is being
stored the next commands are already decided on the newer runs, so batches form by themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from engine.core.commands import Command
from engine.core.decide import Decision, decide
from engine.core.errors import NotFound, StorageTrouble
from engine.core.facts import ENGINE, Actor, Fact
from engine.core.run import Run
from engine.runtime.clock import Clock
from engine.store.writer import Change, StoredAnswer, StoredDefinition, Writer


class Follower(Protocol):
    """Hears of decisions: `decided` before they are stored (bookkeeping only), `stored` afterwards (acts)."""

    def decided(self, decision: Decision) -> None: ...

    def stored(self, decision: Decision) -> None: ...


Done = Callable[[Decision, StorageTrouble | None], None]


class Mailbox:
    """The live runs, and the only place that changes them. A run leaves when its end is stored."""

    def __init__(self, clock: Clock, writer: Writer, failed: Callable[[StorageTrouble], None]) -> None:
        self._clock = clock
        self._writer = writer
        self._failed = failed
        self._followers: list[Follower] = []
        self.runs: dict[str, Run] = {}

    def follow(self, follower: Follower) -> None:
        """Tell `follower` of every later decision, in the order of registration."""
        self._followers.append(follower)

    def run(self, run_id: str) -> Run:
        """The live run. Raises NotFound when it has ended or never was."""
        try:
            return self.runs[run_id]
        except KeyError:
            raise NotFound(f"No run {run_id} is in progress. List the runs with `opsgate runs`.") from None

    def post(
        self,
        run: Run,
        command: Command,
        *,
        actor: Actor = ENGINE,
        reason: str | None = None,
        definition: StoredDefinition | None = None,
        answer: Callable[[Decision], StoredAnswer] | None = None,
        done: Done | None = None,
    ) -> Decision:
        """Decide `command`, store what follows, then act and call `done`.

        Raises the error of the tree with which the core refuses the command; then nothing is stored. A
        command without effect is still answered in order, after everything before it is stored.
        """
        at = self._clock.now()
        decision = decide(run, command, at, actor, reason)
        change = Change(
            facts=decision.facts,
            at=at,
            actor=actor,
            reason=reason,
            run=decision.run if decision.facts else None,
            definition=definition,
            answer=answer(decision) if answer is not None else None,
        )
        self._writer.put(change, lambda trouble: self._stored(decision, done, trouble))
        if decision.facts:
            self.runs[run.id] = decision.run
            for follower in self._followers:
                follower.decided(decision)
        return decision

    def record(self, fact: Fact) -> None:
        """Store a fact about the engine itself."""
        change = Change(facts=(fact,), at=self._clock.now(), actor=ENGINE, reason=None, run=None)
        self._writer.put(change, lambda trouble: self._failed(trouble) if trouble else None)

    def _stored(self, decision: Decision, done: Done | None, trouble: StorageTrouble | None) -> None:
        if trouble is not None:
            self._failed(trouble)
        elif decision.facts:
            for follower in self._followers:
                follower.stored(decision)
            if decision.run.state.is_final:
                self.runs.pop(decision.run.id, None)
        if done is not None:
            done(decision, trouble)
