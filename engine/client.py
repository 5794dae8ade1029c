"""The façade of the engine: everything that the console and the command line may ask or command.

Questions are answered from the database, read-only, with or without an engine. Commands go over the
engine's socket, and are durable when they return.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.core.errors import EngineRunning, EngineUnavailable, InvalidInput, NotFound, error_from
from engine.core.states import Resolution, Verdict
from engine.definition import Bundle, embed, load, read_file
from engine.home import Home, attempt_folder, default_home
from engine.runtime.address import open_folder
from engine.runtime.launch import READY_TIMEOUT, launch
from engine.runtime.lock import owner_of
from engine.runtime.protocol import MAX_REQUEST, Request, encode_request
from engine.store.blobs import artifact_path
from engine.store.views import Cursor, Page, RunFilter, Views

__all__ = ["Client", "Cursor", "Page", "RunFilter", "Views", "environment_home"]

if TYPE_CHECKING:  # what a workflow's inputs look like is known to those who loaded one
    from engine.core.fields import Field

ANSWER_TIMEOUT = 30.0
"""Seconds a command may take; the engine answers in milliseconds, so this is for a disk in trouble."""

POLL = 0.05
"""Seconds between two looks whether an engine has come up, or has gone."""


class Client:
    """One operator's access to one home. `claimed` is a name given with --as, recorded as a claim."""

    def __init__(self, home: Home, claimed: str | None = None) -> None:
        self.home = home
        self._claimed = claimed
        self._views: Views | None = None
        self._opening = asyncio.Lock()

    async def views(self) -> Views:
        """The read side; opened when first asked for. A home without a database reads as empty."""
        async with self._opening:
            if self._views is None:
                self._views = await Views.open(self.home.database)
            return self._views

    async def close(self) -> None:
        if self._views is not None:
            await self._views.close()
            self._views = None

    async def ensure_engine(self, *, slots: int | None = None) -> dict[str, Any]:
        """The status of this home's engine, which is started detached when there is none.

        Several may ask at once: one engine comes up, and all of them get it. Raises EngineUnavailable or
        StorageTrouble when none comes up, with what it said.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(READY_TIMEOUT):
                while True:
                    with suppress(EngineUnavailable):
                        return await self.status()
                    if owner_of(self.home.lock) is None:
                        with suppress(EngineRunning):
                            await launch(self.home, slots)
                    else:
                        await asyncio.sleep(POLL)
        return await self.status()

    async def status(self) -> dict[str, Any]:
        return await self.command("status", {}, timeout=5.0)

    async def bundle(self, workflow: str) -> dict[str, Any]:
        """The workflow file; a name means the definition that this home ran last.

        Raises NotFound, or InvalidInput when the file cannot be read.
        """
        if "/" in workflow or workflow.endswith((".yaml", ".yml")) or Path(workflow).is_file():
            return read_file(Path(workflow)).to_json()
        latest = await (await self.views()).latest_definition(workflow)
        if latest is None:
            raise NotFound(
                f"This home knows no workflow {workflow}. Name its file, such as ./{workflow}.yaml."
            )
        return latest

    async def inputs_of(self, bundle: Mapping[str, Any]) -> Mapping[str, Field]:
        """What a workflow wants to be given. Raises InvalidWorkflow."""
        definition = await asyncio.to_thread(lambda: load(embed(Bundle.from_json(bundle))))
        return definition.workflow.inputs

    async def submit(
        self,
        bundle: Mapping[str, Any],
        *,
        texts: Mapping[str, str] | None = None,
        inputs: Mapping[str, Any] | None = None,
        folder: Path | None = None,
        queue: str | None = None,
        priority: int = 0,
        key: str | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Submit a run. `texts` are command-line values; `folder` resolves relative paths."""
        args: dict[str, Any] = {
            "bundle": dict(bundle),
            "texts": dict(texts or {}),
            "inputs": dict(inputs or {}),
            "folder": str(folder or Path.cwd()),
            "queue": queue,
            "priority": priority,
            "key": key,
            "labels": dict(labels or {}),
        }
        return await self.command("run", args)

    async def decide(
        self,
        gate: str,
        verdict: Verdict,
        digest: str,
        *,
        reason: str | None = None,
        form: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """Decide a gate, bound to the `digest` of what was shown."""
        args = {
            "gate": gate,
            "verdict": verdict.value,
            "digest": digest,
            "reason": reason,
            "form": dict(form or {}),
        }
        return await self.command("decide", args)

    async def cancel(self, run: str, *, reason: str | None = None, force: bool = False) -> dict[str, Any]:
        """End a run; with `force` its processes get no grace."""
        return await self.command("cancel", {"run": run, "reason": reason, "force": force})

    async def resolve(
        self,
        run: str,
        step: str,
        resolution: Resolution,
        *,
        reason: str | None = None,
        output: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Say what became of an indeterminate step."""
        args = {
            "run": run,
            "step": step,
            "resolution": resolution.value,
            "reason": reason,
            "output": dict(output or {}),
        }
        return await self.command("resolve", args)

    async def wait(self, run: str) -> str:
        """The final state of a run, once it has ended."""
        answer = await self.command("wait", {"run": run}, timeout=None)
        return str(answer["state"])

    async def stop(self, how: str) -> dict[str, Any]:
        """Ask the engine to stop: `detach`, `drain` or `kill`. Returns at once."""
        return await self.command("stop", {"how": how})

    async def gone(self) -> None:
        """Return once no engine holds this home."""
        while owner_of(self.home.lock) is not None:
            await asyncio.sleep(POLL)

    def artifact(self, sha256: str) -> Path:
        """The stored bytes of an artifact; read-only."""
        return artifact_path(self.home.artifacts, sha256)

    def attempt_log(self, run: str, step: str, attempt: int) -> Path:
        """Where an attempt's output stands; there is no file when it printed nothing yet."""
        return Path(attempt_folder(str(self.home.run_folder(run)), step, attempt), "log")

    async def command(
        self, verb: str, args: Mapping[str, Any], *, timeout: float | None = ANSWER_TIMEOUT
    ) -> dict[str, Any]:
        """One request over the socket. Raises the engine's error, or EngineUnavailable."""
        request = encode_request(Request(os.urandom(16).hex(), verb, dict(args), self._claimed))
        if len(request) > MAX_REQUEST:
            raise InvalidInput(
                f"The request has {len(request)} bytes, more than {MAX_REQUEST}. Put large data in files."
            )
        try:
            async with asyncio.timeout(timeout):
                answer = await self._exchange(request)
        except (OSError, TimeoutError) as error:
            raise EngineUnavailable(self._unavailable_sentence(error)) from error
        if "error" in answer:
            raise error_from(**answer["error"])
        return dict(answer["ok"])

    async def _exchange(self, request: bytes) -> dict[str, Any]:
        with open_folder(self.home.path) as folder:
            reader, writer = await asyncio.open_unix_connection(
                f"{folder}/{self.home.socket.name}", limit=MAX_REQUEST
            )
        try:
            writer.write(request)
            await writer.drain()
            line = await reader.readline()
        finally:
            writer.close()
        if not line.endswith(b"\n"):
            raise ConnectionResetError("the engine closed the connection")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _unavailable_sentence(self, error: BaseException) -> str:
        owner = owner_of(self.home.lock)
        if owner is None:
            return f"No engine runs in {self.home.path}. Start it with `opsgate engine start`."
        if isinstance(error, PermissionError):
            return f"The engine in {self.home.path} belongs to another user. Ask its owner for access."
        return (
            f"The engine in {self.home.path} (process {owner.pid} on {owner.host}) did not answer. "
            f"Look into {self.home.log}."
        )


def environment_home(path: str | None) -> Home:
    """The home named on the command line, else the one the environment names. Raises InvalidInput."""
    try:
        return Home(Path(path).expanduser().absolute()) if path else default_home(os.environ)
    except (RuntimeError, FileNotFoundError) as error:
        raise InvalidInput(f"No home can be told: {error}. Name one as a whole path with --home.") from error
