"""The socket: any client may misbehave as it likes; the others are served, and nobody waits for ever."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from engine.core.errors import NotFound, OpsgateError, StorageTrouble
from engine.runtime.protocol import MAX_REQUEST
from engine.runtime.server import Server
from engine.runtime.verbs import Answer, Call

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class World:
    """A server with the verbs `echo`, `wait` (for ever), `lack` (refused) and `fault` (a mistake of ours)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.troubles: list[str] = []
        self.waiting = asyncio.Event()
        self.supervisors: frozenset[int] = frozenset()
        self.server = Server(path, self.handle, lambda: self.supervisors, self.trouble)

    async def handle(self, call: Call) -> Answer:
        match call.request.verb:
            case "wait":
                self.waiting.set()
                await asyncio.Event().wait()
            case "lack":
                raise NotFound("There is none.")
            case "fault":
                raise ZeroDivisionError("of ours")
        return {"args": call.request.args, "by": call.actor.name, "identity": call.actor.identity}

    def trouble(self, where: str, error: BaseException) -> OpsgateError:
        self.troubles.append(f"{where}: {error}")
        return OpsgateError("The engine met an error of its own.")

    async def connect(self) -> Connection:
        return await asyncio.open_unix_connection(str(self.path))


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = World(tmp_path / "engine.sock")
    await made.server.open()
    yield made
    await made.server.close()


async def say(connection: Connection, line: bytes) -> None:
    connection[1].write(line)
    await connection[1].drain()


async def hear(connection: Connection) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(await connection[0].readline())
    return found


def request(verb: str, key: str = "k", **more: object) -> bytes:
    return json.dumps({"id": key, "verb": verb, **more}).encode() + b"\n"


async def end(connection: Connection) -> None:
    connection[1].close()
    await connection[1].wait_closed()


async def test_a_request_is_answered_with_its_author(world: World) -> None:
    mine = await world.connect()
    await say(mine, request("echo", args={"a": 1}))
    answer = await hear(mine)
    assert answer["id"] == "k"
    assert (answer["ok"]["args"], answer["ok"]["identity"]) == ({"a": 1}, "kernel")
    await say(mine, request("echo", **{"as": "ada"}))
    assert (await hear(mine))["ok"]["by"] == "ada"
    await end(mine)
    assert world.path.stat().st_mode & 0o777 == 0o600


async def test_a_long_wait_holds_up_nobody(world: World) -> None:
    mine, other = await world.connect(), await world.connect()
    await say(mine, request("wait", "slow") + request("echo", "quick"))
    assert (await hear(mine))["id"] == "quick"
    await say(other, request("echo", "other"))
    assert (await hear(other))["id"] == "other"
    await end(mine)
    await end(other)


@pytest.mark.parametrize(
    "line", [b"\n", b"{}\n", b"\xff\n", b"[]\n", b'{"id": "a"}\n', b"GET / HTTP/1.1\r\n"]
)
async def test_nonsense_is_refused_and_the_connection_goes_on(world: World, line: bytes) -> None:
    mine = await world.connect()
    await say(mine, line + request("echo"))
    assert (await hear(mine))["error"]["code"] == "invalid_input"
    assert "ok" in await hear(mine)
    await end(mine)
    assert world.troubles == []


async def test_a_line_without_end_is_refused(world: World) -> None:
    mine = await world.connect()
    mine[1].write(b"x" * (2 * MAX_REQUEST))
    assert "at most" in (await hear(mine))["error"]["message"]
    mine[1].transport.abort()
    other = await world.connect()
    await say(other, request("echo"))
    assert "ok" in await hear(other)
    await end(other)


async def test_a_refusal_keeps_its_kind_and_a_fault_of_ours_is_recorded(world: World) -> None:
    mine = await world.connect()
    await say(mine, request("lack"))
    assert (await hear(mine))["error"]["code"] == "not_found"
    await say(mine, request("fault"))
    assert (await hear(mine))["error"] == {
        "code": "error",
        "message": "The engine met an error of its own.",
        "details": {},
    }
    assert world.troubles == ["socket: of ours"]
    await end(mine)


async def test_a_client_that_leaves_takes_nothing_along(world: World) -> None:
    for line in (b"", b"half a li", request("wait"), request("echo") * 50):
        gone = await world.connect()
        await say(gone, line)
        gone[1].transport.abort()
    mine = await world.connect()
    await say(mine, request("echo"))
    assert "ok" in await hear(mine)
    await end(mine)
    assert world.troubles == []


async def test_whoever_descends_from_a_supervisor_is_refused(world: World) -> None:
    world.supervisors = frozenset({os.getpid()})
    mine = await world.connect()
    await say(mine, request("echo"))
    assert (await hear(mine))["error"]["code"] == "not_allowed"
    await end(mine)


@pytest.mark.parametrize("farewell", [None, StorageTrouble("The disk is full.")])
async def test_whoever_waits_when_it_closes_is_told_why(world: World, farewell: OpsgateError | None) -> None:
    mine = await world.connect()
    await say(mine, request("wait"))
    await world.waiting.wait()
    await world.server.close(farewell)
    told = await hear(mine)
    assert told["id"] == "k"
    assert told["error"]["code"] == ("engine_unavailable" if farewell is None else "storage_trouble")
    assert await mine[0].read() == b""
    await end(mine)
    assert not world.path.exists()


async def test_a_client_that_never_reads_does_not_keep_it_from_closing(world: World) -> None:
    deaf = await world.connect()
    deaf[1].write(request("echo", args={"a": "x" * 500_000}) * 8 + request("wait"))
    await world.waiting.wait()
    async with asyncio.timeout(10):
        await world.server.close()
    deaf[1].transport.abort()


async def test_the_socket_of_a_dead_engine_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / ("long-" * 30) / "engine.sock"
    path.parent.mkdir()
    path.write_text("left over")
    world = World(path)
    await world.server.open()
    assert path.is_socket()
    await world.server.close()
    await world.server.close()
