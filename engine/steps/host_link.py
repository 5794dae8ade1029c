"""The engine's end of the line to one host: JSON lines over a unix socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

from engine.steps.host_journal import Message, parsed


class HostLink(asyncio.Protocol):
    """`heard` gets each message, `lost` is told once that no more will come."""

    def __init__(self, heard: Callable[[HostLink, Message], None], lost: Callable[[HostLink], None]) -> None:
        self.host = ""
        self._heard = heard
        self._lost = lost
        self._transport: asyncio.Transport | None = None
        self._rest = b""

    def send(self, message: Mapping[str, Any]) -> None:
        assert self._transport is not None
        self._transport.write(json.dumps(message).encode() + b"\n")

    def close(self) -> None:
        """Hang up; an idle host ends when it notices."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._heard(self, parsed(line))

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost(self)
