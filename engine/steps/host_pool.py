"""Keeps warm hosts: starts them, knows which are free, ends those that have had nothing to do for a while.

A host serves one path all its life, because modules are cached by name. One blank host, which can serve any
path, is kept ready, so that neither a new path nor changed code waits for an interpreter to start.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.steps.host_journal import Journal, Message
from engine.steps.host_link import HostLink
from engine.steps.supervision import PASSED_ON, Supervision
from engine.steps.supervisor import listen

PROGRAM = Path(__file__).with_name("host.py")
OPTIONS = ("-I", "-B", "-X", "utf8")  # isolated, and no files of its own in a user's folders
PREFIX = "host-"


def is_host(spawned: str) -> bool:
    """Whether this id of the supervisor's is a host's; attempts have slashes in theirs."""
    return spawned.startswith(PREFIX) and "/" not in spawned


class Host:
    """One host as the engine sees it. It is busy from `occupy` to `release`; without a path it is blank."""

    def __init__(self, host_id: str, folder: Path) -> None:
        self.id = host_id
        self.journal = Journal(folder, host_id)
        self.path: Path | None = None
        self.busy = False
        self.ending = False
        self._link: HostLink | None = None
        self._expiry: asyncio.TimerHandle | None = None

    @property
    def is_connected(self) -> bool:
        return self._link is not None

    def can_serve(self, path: Path | None) -> bool:
        """Whether it is free for jobs of this path; None asks for a blank one, maybe still starting."""
        return not (self.busy or self.ending) and self.path == path and (self.is_connected or path is None)

    def occupy(self, path: Path) -> None:
        self.busy = True
        self.path = path
        self._stay()

    def release(self, idle: float) -> None:
        """It has nothing to do: let it end after `idle` seconds of that."""
        self.busy = False
        self._stay()
        self._expiry = asyncio.get_running_loop().call_later(idle, self.hang_up)

    def connect(self, link: HostLink) -> None:
        self._link = link

    def disconnect(self, link: HostLink) -> None:
        if self._link is link:
            self._link = None

    def send(self, message: Mapping[str, Any]) -> None:
        assert self._link is not None
        self._link.send(message)

    def hang_up(self) -> None:
        """Let it end: at once when it is idle, else after its job."""
        self.ending = True
        self.part()

    def part(self) -> None:
        """Close the line to it."""
        self._stay()
        if self._link:
            self._link.close()
            self._link = None

    def _stay(self) -> None:
        if self._expiry:
            self._expiry.cancel()
            self._expiry = None


class HostPool:
    """`ready` is told when a host has come, or come back; `heard` gets whatever else it says.

    `idle` is how many seconds a host is kept with nothing to do.
    """

    def __init__(
        self,
        folder: Path,
        supervision: Supervision,
        idle: float,
        ready: Callable[[Host], None],
        heard: Callable[[Host, Message], None],
    ) -> None:
        self.folder = folder
        self.supervision = supervision
        self._idle = idle
        self._ready = ready
        self._heard = heard
        self._hosts = {live.id: Host(live.id, folder) for live in supervision.live if is_host(live.id)}
        self._listener: socket.socket | None = None
        self._strangers: set[HostLink] = set()  # that have not said who they are

    def open(self) -> None:
        """Listen for hosts. Raises OSError when the folder cannot hold a socket."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = os.open(self.folder, os.O_PATH | os.O_DIRECTORY)
        try:
            self._listener = listen(folder)
        finally:
            os.close(folder)
        self._listener.setblocking(False)
        asyncio.get_running_loop().add_reader(self._listener, self._accept, self._listener)

    def close(self) -> None:
        """Hang up. Busy hosts go on; idle ones end."""
        if self._listener:
            asyncio.get_running_loop().remove_reader(self._listener)
            self._listener.close()
        for link in list(self._strangers):
            self._lose(link)
        for host in self._hosts.values():
            host.hang_up()

    def __iter__(self) -> Iterator[Host]:
        return iter(list(self._hosts.values()))

    def get(self, host_id: str) -> Host | None:
        return self._hosts.get(host_id)

    def host_for(self, path: Path) -> Host:
        """A host that is free for this path, else a blank one; it is busy from now on."""
        host = self._free(path) or self._free(None) or self._spawn()
        host.occupy(path)
        if not self._free(None):
            self._spawn()
        return host

    def release(self, host: Host) -> None:
        host.release(self._idle)

    def end(self, host: Host, grace: float) -> None:
        """End its whole tree: SIGTERM, then SIGKILL after `grace` seconds."""
        host.ending = True
        self.supervision.end(host.id, grace)

    def remove(self, host: Host) -> None:
        """It is gone, or counts as gone."""
        host.part()
        self._hosts.pop(host.id, None)

    def _free(self, path: Path | None) -> Host | None:
        return next((host for host in self._hosts.values() if host.can_serve(path)), None)

    def _spawn(self) -> Host:
        host = Host(PREFIX + secrets.token_hex(8), self.folder)
        self._hosts[host.id] = host
        self.supervision.spawn(
            host.id,
            (sys.executable, *OPTIONS, str(PROGRAM), host.id, str(self.folder)),
            {name: os.environ[name] for name in PASSED_ON if name in os.environ},
            self.folder,
            self.folder / "log",
        )
        return host

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionAbortedError):
            connection, _ = listener.accept()
            self._strangers.add(HostLink(connection, self._take, self._lose))

    def _take(self, link: HostLink, message: Message) -> None:
        if "host" in message:
            self._greet(link, str(message["host"]))
        elif (host := self._hosts.get(link.host)) and message:
            self._heard(host, message)
        elif host:
            self.end(host, 0.0)  # a callable has broken the line, or its result cannot be read

    def _greet(self, link: HostLink, host_id: str) -> None:
        host = self._hosts.get(host_id)
        if host is None or (host.ending and not host.busy):
            self._lose(link)
            return
        self._strangers.discard(link)
        link.host = host_id
        host.connect(link)
        if not host.busy:
            self.release(host)
        self._ready(host)

    def _lose(self, link: HostLink) -> None:
        link.close()
        self._strangers.discard(link)
        if host := self._hosts.get(link.host):
            host.disconnect(link)
