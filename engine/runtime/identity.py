"""Who is at the other end of the socket: what the kernel says, and whether it is a step."""

from __future__ import annotations

import grp
import os
import pwd
import socket
import struct
from pathlib import Path

from engine.core.errors import NotAllowed
from engine.core.facts import Actor

_UCRED = struct.Struct("3i")
_MAX_ANCESTORS = 200


def peer(connection: socket.socket) -> tuple[int, int]:
    """The process id and user id of the peer, from the kernel (SO_PEERCRED)."""
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
    pid, uid, _gid = _UCRED.unpack(raw)
    return pid, uid


def actor(uid: int, claimed: str | None) -> Actor:
    """The Unix user `uid`, or the claimed name, recorded as a claim: it carries no role."""
    if claimed is not None:
        return Actor(claimed, "claimed")
    name = user_name(uid)
    return Actor(name, "kernel", _groups(name))


def user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def _groups(name: str) -> frozenset[str]:
    try:
        entry = pwd.getpwnam(name)
    except (KeyError, ValueError):
        return frozenset()
    return frozenset(_group_name(gid) for gid in os.getgrouplist(name, entry.pw_gid))


def _group_name(gid: int) -> str:
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def refuse_steps(pid: int, supervisors: frozenset[int]) -> None:
    """Raise NotAllowed when the peer descends from a supervisor: a step must not approve itself.

    A step that double-forks is re-parented to its supervisor, so the chain of parents still leads there.
    """
    for _ in range(_MAX_ANCESTORS):
        if pid in supervisors:
            raise NotAllowed(
                "This command comes from inside a step, and steps cannot command the engine. "
                "Give it from a terminal of your own."
            )
        if pid <= 1:
            return
        pid = _parent(pid)


def _parent(pid: int) -> int:
    """The parent of a process. Raises NotAllowed when it has gone: a step could hide behind that."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError as error:
        raise NotAllowed(
            "Who gave this command has gone before it was read. Give it again and wait for the answer."
        ) from error
    return int(stat.rpartition(b")")[2].split()[1])
