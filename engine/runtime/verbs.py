"""The commands that come over the socket: each verb checks its arguments and posts one command."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from engine.core import commands as c
from engine.core.canonical import digest
from engine.core.decide import Decision
from engine.core.errors import Conflict, InvalidInput, NotFound, StorageTrouble
from engine.core.facts import Actor
from engine.core.fields import check
from engine.core.run import Run, new_run
from engine.core.states import Resolution, RunState, Verdict
from engine.core.workflow import Workflow
from engine.definition import Bundle
from engine.home import Home
from engine.runtime.definitions import Definitions
from engine.runtime.ids import Ids
from engine.runtime.mailbox import Mailbox
from engine.runtime.protocol import Request, is_text
from engine.store.load import Lookup
from engine.store.writer import StoredAnswer, StoredDefinition

MAX_KEY = 200
"""Characters of the key that makes a second submit return the same run."""

Answer = dict[str, Any]
V = TypeVar("V")
W = TypeVar("W", Verdict, Resolution)


@dataclass(frozen=True, slots=True)
class Call:
    """One request with its author."""

    request: Request
    actor: Actor

    def text(self, name: str, default: str | None = None) -> str:
        """A required text argument. Raises InvalidInput."""
        value = self.request.args.get(name, default)
        if not is_text(value):
            raise InvalidInput(f"{self.request.verb} needs the text `{name}`.")
        return value

    def optional(self, name: str) -> str | None:
        value = self.request.args.get(name)
        if value is not None and not is_text(value):
            raise InvalidInput(f"`{name}` must be text.")
        return value

    def mapping(self, name: str) -> dict[str, Any]:
        value = self.request.args.get(name) or {}
        if not isinstance(value, dict):
            raise InvalidInput(f"`{name}` must be an object.")
        return value

    def number(self, name: str, default: int) -> int:
        value = self.request.args.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or abs(value) > 10**6:
            raise InvalidInput(f"`{name}` must be a whole number from -1000000 to 1000000.")
        return value

    def flag(self, name: str) -> bool:
        return self.request.args.get(name) is True

    @property
    def fingerprint(self) -> str:
        """What an idempotency key stands for: verb, arguments and author."""
        return digest([self.request.verb, self.request.args, self.actor.name])

    @property
    def reason(self) -> str | None:
        reason = self.optional("reason")
        return reason.strip() or None if reason else None


class Verbs:
    """What can be asked of an engine about its runs. Every method returns the answer once it is durable."""

    def __init__(
        self, home: Home, mailbox: Mailbox, ids: Ids, lookup: Lookup, definitions: Definitions
    ) -> None:
        self._home = home
        self._mailbox = mailbox
        self._ids = ids
        self._lookup = lookup
        self._definitions = definitions
        self._pending: dict[str, tuple[str, asyncio.Future[Answer]]] = {}
        self._submitted: dict[tuple[str, str], asyncio.Future[Answer]] = {}
        self._endings: dict[str, list[asyncio.Future[RunState]]] = {}
        self._verbs: dict[str, Callable[[Call], Awaitable[Answer]]] = {
            "run": self._run,
            "decide": self._decide,
            "cancel": self._cancel,
            "resolve": self._resolve,
            "wait": self._wait,
        }

    def names(self) -> frozenset[str]:
        return frozenset(self._verbs)

    async def answer(self, call: Call) -> Answer:
        """Carry out a call, or repeat the answer it got before.

        Raises an OpsgateError when it is refused or cannot be stored, Conflict when its key was another's.
        """
        key, fingerprint = call.request.id, call.fingerprint
        known = self._lookup.answer(key)
        if known is not None:
            _refuse_other(known.digest, fingerprint, key)
            return dict(known.answer)
        pending = self._pending.get(key)
        if pending is not None:
            _refuse_other(pending[0], fingerprint, key)
            return await asyncio.shield(pending[1])
        task = asyncio.ensure_future(self._verbs[call.request.verb](call))
        self._pending[key] = (fingerprint, task)
        task.add_done_callback(lambda _: self._pending.pop(key))
        return await asyncio.shield(task)

    # Followed from the mailbox, to wake whoever waits for a run's end.

    def decided(self, decision: Decision) -> None:
        """Nothing to do before the facts are stored."""

    def stored(self, decision: Decision) -> None:
        if decision.run.state.is_final:
            for waiter in self._endings.pop(decision.run.id, []):
                if not waiter.done():
                    waiter.set_result(decision.run.state)

    async def _run(self, call: Call) -> Answer:
        bundle = self._definitions.complete(Bundle.from_json(call.mapping("bundle")))
        workflow = self._definitions.workflow(bundle)
        key = call.optional("key")
        if key is None:
            return await self._submit(call, bundle, workflow, None)
        if not 0 < len(key) <= MAX_KEY:
            raise InvalidInput(f"A key has 1 to {MAX_KEY} characters. Give another --key, or none.")
        return await self._submit_once(call, bundle, workflow, key)

    async def _submit_once(self, call: Call, bundle: Bundle, workflow: Workflow, key: str) -> Answer:
        """A second submit with the same key gets the first one's run."""
        known = self._lookup.run_by_key(workflow.name, key)
        if known is not None:
            return {"run": known, "created": False}
        place = (workflow.name, key)
        pending = self._submitted.get(place)
        if pending is not None:
            first = await asyncio.shield(pending)
            return {**first, "created": False}
        task = asyncio.ensure_future(self._submit(call, bundle, workflow, key))
        self._submitted[place] = task
        try:
            return await task
        finally:
            del self._submitted[place]

    async def _submit(self, call: Call, bundle: Bundle, workflow: Workflow, key: str | None) -> Answer:
        inputs = self._inputs(call, workflow)
        queue = call.optional("queue") or workflow.queue
        if queue != workflow.queue and not self._lookup.has_queue(queue):
            raise NotFound(f"There is no queue {queue}. List the queues with `opsgate queues`.")
        run = new_run(self._ids.run(), workflow)
        folder = self._home.run_folder(run.id)
        command = c.CreateRun(
            inputs=inputs,
            folder=str(folder),
            queue=queue,
            priority=call.number("priority", 0),
            key=key,
            labels=_labels(call),
        )
        _make_folder(folder)
        definition = StoredDefinition(workflow.digest, workflow.name, bundle.to_json())
        return await self._post(call, run, command, lambda _: {"run": run.id, "created": True}, definition)

    def _inputs(self, call: Call, workflow: Workflow) -> dict[str, Any]:
        """The checked inputs: `texts` from a command line, typed `inputs`, then the file's defaults.

        A relative path is taken from the submitter's folder; in a default, from the workflow file's.
        """
        declared = workflow.inputs
        base = call.optional("folder") or "/"
        texts = call.mapping("texts")
        typed = {name: value for name, value in call.mapping("inputs").items() if name not in texts}
        rest = declared.keys() - texts.keys() - typed.keys()
        checks = (
            check(_only(declared, texts.keys()), _only(texts, declared.keys()), texts=True, base=base),
            check(_only(declared, typed.keys()), _only(typed, declared.keys()), base=base),
            check(_only(declared, rest), {}, base=workflow.folder),
        )
        strange = {**texts, **typed}.keys() - declared.keys()
        problems = [item for item in check(declared, dict.fromkeys(strange)).problems if item.name in strange]
        problems += [problem for checked in checks for problem in checked.problems]
        if problems:
            raise InvalidInput("\n".join(f"input {item.name}: {item.message}" for item in problems))
        return {name: value for checked in checks for name, value in checked.values.items()}

    async def _decide(self, call: Call) -> Answer:
        gate = call.text("gate")
        verdict = _word(Verdict, call.text("verdict"))
        shown = call.text("digest")
        run = self._run_of_gate(gate)
        command = c.DecideGate(gate, verdict, shown, call.mapping("form"))

        def describe(decision: Decision) -> Answer:
            decided = decision.run.gates[gate]
            return {"gate": gate, "state": decided.state.value, "run": run.id, "approvals": decided.approvals}

        return await self._post(call, run, command, describe)

    def _run_of_gate(self, gate: str) -> Run:
        for run in self._mailbox.runs.values():
            if gate in run.gates:
                return run
        return self._lookup.run_of_gate(gate)

    async def _cancel(self, call: Call) -> Answer:
        run = self._any_run(call.text("run"))
        command = c.CancelRun(force=call.flag("force"))
        return await self._post(
            call, run, command, lambda decision: {"run": run.id, "state": decision.run.state.value}
        )

    def _any_run(self, run_id: str) -> Run:
        live = self._mailbox.runs.get(run_id)
        return live if live is not None else self._lookup.run(run_id)

    async def _resolve(self, call: Call) -> Answer:
        run = self._any_run(call.text("run"))
        step = call.text("step")
        command = c.ResolveStep(step, _word(Resolution, call.text("resolution")), call.mapping("output"))

        def describe(decision: Decision) -> Answer:
            return {"run": run.id, "step": step, "state": decision.run.steps[step].state.value}

        return await self._post(call, run, command, describe)

    async def _wait(self, call: Call) -> Answer:
        """Answer once the run has ended and that is stored; a run that ended long ago answers at once."""
        run_id = call.text("run")
        if run_id not in self._mailbox.runs:
            return {"run": run_id, "state": self._lookup.run(run_id).state.value}
        waiter: asyncio.Future[RunState] = asyncio.get_running_loop().create_future()
        self._endings.setdefault(run_id, []).append(waiter)
        return {"run": run_id, "state": (await waiter).value}

    async def _post(
        self,
        call: Call,
        run: Run,
        command: c.Command,
        describe: Callable[[Decision], Answer],
        definition: StoredDefinition | None = None,
    ) -> Answer:
        """Post the command together with its answer, and return the answer once both are stored."""
        stored: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

        def done(decision: Decision, trouble: StorageTrouble | None) -> None:
            if stored.done():
                return
            if trouble is not None:
                stored.set_exception(trouble)
            else:
                stored.set_result(describe(decision))

        def answer(decision: Decision) -> StoredAnswer:
            request = call.request
            return StoredAnswer(
                request.id, request.verb, call.fingerprint, call.actor.name, describe(decision)
            )

        self._mailbox.post(
            run,
            command,
            actor=call.actor,
            reason=call.reason,
            definition=definition,
            answer=answer,
            done=done,
        )
        return await stored


def _refuse_other(first: str, second: str, key: str) -> None:
    if first != second:
        raise Conflict(f"The request key {key} was already used for another request. Use a new key.")


def _only(values: Mapping[str, V], names: AbstractSet[str]) -> dict[str, V]:
    return {name: value for name, value in values.items() if name in names}


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True)
    except OSError as error:
        raise StorageTrouble(
            f"The run's folder {folder} cannot be made: {error.strerror}. Check space and rights."
        ) from error


def _labels(call: Call) -> dict[str, str]:
    labels = call.mapping("labels")
    if not all(is_text(text) for label in labels.items() for text in label):
        raise InvalidInput("Labels are texts: give them as --label NAME=VALUE.")
    return labels


def _word(words: type[W], text: str) -> W:
    try:
        return words(text)
    except ValueError:
        known = ", ".join(word.value for word in words)
        raise InvalidInput(f"{text} is not one of {known}.") from None
