"""Starting an engine as a process of its own, detached from the terminal that asked for it."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import suppress

from engine.core.errors import EngineUnavailable, OpsgateError, StorageTrouble, error_from
from engine.home import Home

READY_TIMEOUT = 20.0
"""Seconds an engine may take to come up, recovery of a large home included."""


async def launch(home: Home, slots: int | None = None) -> None:
    """Start a detached engine and return when it serves.

    Raises what the engine raised when it could not start (another owner, storage trouble), or
    EngineUnavailable when it said nothing.
    """
    home.ensure()
    told, tell = os.pipe()
    try:
        _spawn(home, slots, tell)
    except OSError as error:
        os.close(told)
        raise StorageTrouble(
            f"No engine can be started in {home.path}: {error.strerror}. Check its rights and space."
        ) from error
    finally:
        os.close(tell)
    word = await _hear(told)
    if word == "ready":
        return
    code, _, message = word.partition(" ")
    if message:
        raise error_from(code, message)
    raise EngineUnavailable(f"The engine ended before it was ready. Look into {home.log}.")


def _spawn(home: Home, slots: int | None, tell: int) -> None:
    """A session of its own, no terminal, its output in the log; `tell` is the pipe it reports on."""
    command = [sys.executable, "-P", "-m", "engine", "--home", str(home.path), "--tell", str(tell)]
    if slots is not None:
        command += ["--slots", str(slots)]
    environment = dict(os.environ, PYTHONUNBUFFERED="1")
    null = os.open(os.devnull, os.O_RDWR)
    log = os.open(home.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.set_inheritable(tell, True)
    try:
        os.posix_spawn(
            sys.executable,
            command,
            environment,
            file_actions=[
                (os.POSIX_SPAWN_DUP2, null, 0),
                (os.POSIX_SPAWN_DUP2, log, 1),
                (os.POSIX_SPAWN_DUP2, log, 2),
            ],
            setsid=True,
        )
    finally:
        os.close(null)
        os.close(log)


async def _hear(told: int) -> str:
    """What the engine reports on the pipe; empty when it ended or stayed silent."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(told, "rb", buffering=0)
    )
    try:
        async with asyncio.timeout(READY_TIMEOUT):
            return (await reader.readline()).decode().strip()
    except TimeoutError:
        return ""
    finally:
        transport.close()


def detach(tell: int) -> None:
    """Let go of what a detached engine inherits: its starter's folder and every descriptor but the pipe.

    A lock or a pipe that the starter's shell holds open would otherwise be held for as long as the engine.
    """
    os.chdir("/")
    os.closerange(3, tell)
    os.closerange(tell + 1, os.sysconf("SC_OPEN_MAX"))


class Listener:
    """Whoever launched this engine, at the other end of a pipe; None when nobody listens. Told only once."""

    def __init__(self, fd: int | None) -> None:
        self._fd = fd
        if fd is not None:
            os.set_inheritable(fd, False)

    def ready(self) -> None:
        """The engine serves."""
        self._tell("ready")

    def failed(self, error: OpsgateError) -> None:
        """The engine cannot start, or ended in trouble."""
        self._tell(f"{error.code} {' '.join(error.message.split())}")

    def _tell(self, word: str) -> None:
        if self._fd is not None:
            with suppress(BrokenPipeError):  # whoever asked for this engine did not wait for it
                os.write(self._fd, f"{word}\n".encode())
            os.close(self._fd)
            self._fd = None
