"""The unix socket: reads requests, knows who sent them, and answers. The only way to change anything."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from engine.core.errors import EngineUnavailable, InvalidInput, OpsgateError
from engine.runtime.address import open_folder
from engine.runtime.identity import actor, peer, refuse_steps
from engine.runtime.protocol import MAX_REQUEST, decode_request, encode_error, encode_ok
from engine.runtime.verbs import Answer, Call

Handler = Callable[[Call], Awaitable[Answer]]
Trouble = Callable[[str, BaseException], OpsgateError]


class Server:
    """Serves `handle` on the socket at `path`.

    `supervisors` names the processes whose descendants are steps; `trouble` records an error that nobody
    foresaw and returns what the client is told.
    """

    def __init__(
        self, path: Path, handle: Handler, supervisors: Callable[[], frozenset[int]], trouble: Trouble
    ) -> None:
        self._path = path
        self._handle = handle
        self._supervisors = supervisors
        self._trouble = trouble
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._farewell: OpsgateError | None = None

    async def open(self) -> None:
        """Listen. The caller holds the engine's lock, so a socket file that exists is a dead engine's."""
        with suppress(FileNotFoundError):
            self._path.unlink()
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        with open_folder(self._path.parent) as folder:
            listener.bind(f"{folder}/{self._path.name}")
        self._path.chmod(0o600)
        listener.setblocking(False)
        self._server = await asyncio.start_unix_server(self._serve, sock=listener, limit=MAX_REQUEST)

    async def close(self, farewell: OpsgateError | None = None) -> None:
        """Stop listening and let go of every client; who still waits for an answer gets `farewell`."""
        if self._server is None:
            return
        self._farewell = farewell or EngineUnavailable(
            "The engine stopped before it answered. Start it with `opsgate engine start`, then look what "
            "became of it."
        )
        self._server.close()
        for connection in list(self._connections):
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        with suppress(FileNotFoundError):
            self._path.unlink()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        answers: set[asyncio.Task[None]] = set()
        try:
            pid, uid = peer(writer.get_extra_info("socket"))
            while line := await _read_line(reader, writer):
                answer = asyncio.create_task(self._answer(line, pid, uid, writer))
                answers.add(answer)
                answer.add_done_callback(answers.discard)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._connections.discard(task)
            for answer in answers:
                answer.cancel()
            await asyncio.gather(*answers, return_exceptions=True)
            writer.close()

    async def _answer(self, line: bytes, pid: int, uid: int, writer: asyncio.StreamWriter) -> None:
        """One request, answered in its own time: a long wait does not hold up the requests behind it."""
        request_id = ""
        try:
            request = decode_request(line)
            request_id = request.id
            refuse_steps(pid, self._supervisors())
            call = Call(request, actor(uid, request.claimed))
            reply = encode_ok(request_id, await self._handle(call))
        except OpsgateError as error:
            reply = encode_error(request_id, error)
        except asyncio.CancelledError:
            if self._farewell is not None:
                writer.write(encode_error(request_id, self._farewell))
            raise
        except Exception as error:  # noqa: BLE001 - the engine's edge: recorded as an event, told to the client
            reply = encode_error(request_id, self._trouble("socket", error))
        with suppress(ConnectionError):
            writer.write(reply)
            await writer.drain()


async def _read_line(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """The next request; empty at the end. A line over the limit ends the connection with an error."""
    try:
        return await reader.readline()
    except ValueError:
        writer.write(encode_error("", InvalidInput(f"A request may have at most {MAX_REQUEST} bytes.")))
        return b""
