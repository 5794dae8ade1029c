"""Who asks: what the kernel says, what is only claimed, and that descendants of a supervisor may not."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from engine.core.errors import NotAllowed
from engine.runtime.identity import actor, peer, refuse_steps, user_name


def test_the_kernel_names_the_peer() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with ours, theirs:
        assert peer(ours) == (os.getpid(), os.getuid())


def test_a_user_is_known_by_name_and_by_number_when_it_has_none() -> None:
    assert actor(0, None).name == "root"
    assert actor(0, None).identity == "kernel"
    assert "root" in actor(0, None).groups
    assert user_name(3_999_999_999) == "uid 3999999999"
    assert actor(3_999_999_999, None).groups == frozenset()


@pytest.mark.parametrize("name", ["nobody-by-this-name", "", "a\0b", "\ud800", "x" * 5000, "-rf"])
def test_a_claim_is_a_claim_whatever_it_says(name: str) -> None:
    found = actor(0, name)
    assert (found.name, found.identity, found.groups) == (name, "claimed", frozenset())


def test_a_descendant_of_a_supervisor_is_refused() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        refuse_steps(child.pid, frozenset({1_000_000_000}))
        for supervisors in ({child.pid}, {os.getpid()}, {os.getppid(), 5}):
            with pytest.raises(NotAllowed, match="inside a step"):
                refuse_steps(child.pid, frozenset(supervisors))
    finally:
        child.communicate(b"\n")


def test_a_peer_that_has_gone_is_refused() -> None:
    child = subprocess.Popen(["true"])
    child.wait()
    with pytest.raises(NotAllowed, match="has gone"):
        refuse_steps(child.pid, frozenset({1}))
