"""What a step finds when it starts: its argv, its environment, its folder, its log, and nothing else."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.steps.supervising import World, world

MARKS = {"OPSGATE_RUN": "r", "OPSGATE_STEP": "s", "OPSGATE_ATTEMPT": "1"}


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as made:
        yield made


async def test_the_environment_is_exactly_the_given_one(home: World) -> None:
    home.spawn("r/s/1", "/usr/bin/env", env={**MARKS, "WORD": "grüß\ngott"})
    await home.end_of("r/s/1")
    expected = "OPSGATE_RUN=r\nOPSGATE_STEP=s\nOPSGATE_ATTEMPT=1\nWORD=grüß\ngott\n"
    assert home.log.read_text() == expected


async def test_an_environment_without_the_address_gets_the_id(home: World) -> None:
    home.spawn("warm/host/1", "/usr/bin/env", env={})
    await home.end_of("warm/host/1")
    assert home.log.read_text() == "OPSGATE_SPAWN=warm/host/1\n"


async def test_arguments_arrive_unchanged(home: World) -> None:
    odd = ["", "two words", "$HOME", "a\nb", "\x1b[2J", "--", "*"]
    home.spawn("r/s/1", "/usr/bin/printf", "%s|", *odd)
    await home.end_of("r/s/1")
    assert home.log.read_text() == "|".join(odd) + "|"


async def test_an_argument_with_a_nul_is_refused(home: World) -> None:
    home.spawn("r/s/1", "/bin/echo", "a\0b")
    refusal = await home.refusal_of("r/s/1")
    assert (refusal.where, refusal.errno) == ("program", errno.EINVAL)


async def test_it_leads_its_own_session_in_its_folder_with_empty_input(home: World) -> None:
    script = "import os, sys; print(os.getsid(0) == os.getpid(), os.getcwd(), repr(sys.stdin.read()))"
    home.spawn("r/s/1", sys.executable, "-I", "-S", "-c", script)
    await home.end_of("r/s/1")
    assert home.log.read_text() == f"True {home.folder} ''\n"


async def test_it_inherits_no_descriptor_and_no_ignored_signal(home: World) -> None:
    script = "ls /proc/self/fd | wc -l; grep -E 'SigIgn|SigBlk' /proc/self/status"
    home.spawn("r/s/1", "/bin/sh", "-c", script)
    await home.end_of("r/s/1")
    count, blocked, ignored = home.log.read_text().split("\n")[:3]
    assert int(count) == 4  # the three streams, and what ls itself has opened
    libc_own = 1 << 31 | 1 << 32  # the C library hides two signals of its own from every program it starts
    assert {int(line.split()[1], 16) & ~libc_own for line in (blocked, ignored)} == {0}


async def test_the_log_is_private_and_appended_to(home: World) -> None:
    home.spawn("r/s/1", "/bin/echo", "one")
    await home.end_of("r/s/1")
    home.spawn("r/s/2", "/bin/sh", "-c", "echo two >&2")
    await home.end_of("r/s/2")
    assert home.log.read_text() == "one\ntwo\n"
    assert home.log.stat().st_mode & 0o777 == 0o600


async def test_bytes_of_any_kind_reach_the_log(home: World) -> None:
    home.spawn("r/s/1", "/usr/bin/printf", r"\000\377\033]0;x\007")
    await home.end_of("r/s/1")
    assert home.log.read_bytes() == b"\0\xff\x1b]0;x\x07"


async def test_a_hundred_megabytes_without_a_newline_end_well(home: World) -> None:
    home.spawn("r/s/1", "/usr/bin/head", "-c", "100M", "/dev/zero")
    assert (await home.end_of("r/s/1")).code == 0
    assert home.log.stat().st_size == 100 << 20


async def test_a_step_that_closes_its_streams_is_still_waited_for(home: World) -> None:
    pipe = home.pipe("go")
    await home.start("r/s/1", "/bin/sh", "-c", f"exec <&- >&- 2>&-; read line < {pipe}; exit 5")
    (home.folder / "go").write_text("go\n")
    assert (await home.end_of("r/s/1")).code == 5


@pytest.mark.parametrize(
    ("make", "number"),
    [
        (lambda path: None, errno.ENOENT),
        (lambda path: path.mkdir(), errno.EACCES),
        (lambda path: path.write_text("#!/bin/sh\n"), errno.EACCES),
        (lambda path: (path.write_text("echo hi\n"), path.chmod(0o700)), errno.ENOEXEC),
        (lambda path: (path.write_text("#!/no/such/thing\n"), path.chmod(0o700)), errno.ENOENT),
    ],
    ids=["missing", "folder", "not executable", "no program", "no interpreter"],
)
async def test_what_cannot_be_executed_is_refused(home: World, make: object, number: int) -> None:
    assert callable(make)
    make(home.folder / "program")
    home.spawn("r/s/1", "./program")
    refusal = await home.refusal_of("r/s/1")
    assert (refusal.where, refusal.errno) == ("program", number)


async def test_a_log_that_is_a_link_is_refused(home: World) -> None:
    home.log.symlink_to(home.folder / "elsewhere")
    home.spawn("r/s/1", "/bin/echo", "hi")
    assert (await home.refusal_of("r/s/1")).where == "log"
    assert not os.path.lexists(home.folder / "elsewhere")


async def test_an_id_is_used_once(home: World) -> None:
    home.spawn("r/s/1", "/bin/true")
    await home.end_of("r/s/1")
    home.spawn("r/s/1", "/bin/true")
    assert (await home.refusal_of("r/s/1")).where == "id"
