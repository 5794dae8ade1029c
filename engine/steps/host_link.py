"""The engine's end of the line to one host: JSON lines over a unix socket.

Plain socket callbacks rather than a transport: opening and closing take effect at once, so that an engine
that stops leaves nothing half open.
"""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable, Mapping
from typing import Any

from engine.steps.host_journal import Message, parsed

READ_BYTES = 1 << 18


class HostLink:
    """`heard` gets each message, `lost` is told once when the host hangs up."""

    def __init__(
        self,
        connection: socket.socket,
        heard: Callable[[HostLink, Message], None],
        lost: Callable[[HostLink], None],
    ) -> None:
        self.host = ""
        self._loop = asyncio.get_running_loop()
        self._connection = connection
        self._heard = heard
        self._lost = lost
        self._unread = b""
        self._unsent = b""
        connection.setblocking(False)
        self._loop.add_reader(connection, self._read)

    def send(self, message: Mapping[str, Any]) -> None:
        """Send a line; what the socket does not take now goes out when it can."""
        self._unsent += json.dumps(message).encode() + b"\n"
        self._write()

    def close(self) -> None:
        """Hang up; an idle host ends when it notices. May be called again."""
        if self._connection.fileno() >= 0:
            self._loop.remove_reader(self._connection)
            self._loop.remove_writer(self._connection)
            self._connection.close()

    def _read(self) -> None:
        try:
            received = self._connection.recv(READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            received = b""
        if not received:
            self.close()
            self._lost(self)
            return
        *lines, self._unread = (self._unread + received).split(b"\n")
        for line in lines:
            self._heard(self, parsed(line))

    def _write(self) -> None:
        try:
            sent = self._connection.send(self._unsent)
        except BlockingIOError:
            sent = 0
        except OSError:
            return  # the host is gone, and reading says so
        self._unsent = self._unsent[sent:]
        if self._unsent:
            self._loop.add_writer(self._connection, self._write)
        else:
            self._loop.remove_writer(self._connection)
