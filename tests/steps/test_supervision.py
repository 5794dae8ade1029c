"""The supervisor outlives its engines: what it runs and what has ended is there for the next one."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.core.errors import EngineUnavailable
from engine.steps import supervisor
from engine.steps.supervision import PROGRAM, Supervision
from tests.steps.supervising import World, world
from tests.support import release, wait_for_exit


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as made:
        yield made


def record(home: World) -> list[dict[str, object]]:
    lines = (home.home / "supervisor" / "record.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


async def test_a_second_supervisor_is_refused(home: World) -> None:
    words = [sys.executable, "-I", "-S", str(PROGRAM), str(home.home)]
    second = await asyncio.to_thread(subprocess.run, words, capture_output=True, text=True, check=False)
    assert second.returncode == supervisor.OWNED_ELSEWHERE
    assert "another supervisor owns this home" in second.stderr


async def test_the_next_engine_finds_the_same_supervisor(home: World) -> None:
    first = home.supervision
    await first.close()
    await home.attach()
    assert home.supervision.pid == first.pid
    assert not home.gone.is_set()


async def test_what_lives_is_told_to_the_next_engine_and_its_end_too(home: World) -> None:
    pipe = home.pipe("go")
    live = await home.start("r/s/1", "/bin/sh", "-c", f"read line < {pipe}; exit 3")
    await home.supervision.close()
    await home.attach()
    assert home.supervision.live == (live,)
    Path(pipe).write_text("go\n")
    assert (await home.end_of("r/s/1")).code == 3


async def test_an_end_with_no_engine_is_kept_for_the_next_one(home: World) -> None:
    pipe = home.pipe("go")
    live = await home.start("r/s/1", "/bin/sh", "-c", f"read line < {pipe}; exit 3")
    await home.supervision.close()
    Path(pipe).write_text("go\n")
    await asyncio.to_thread(wait_for_exit, live.pid)
    await home.attach()
    ends = {end.id: end for end in home.supervision.ended} or {"r/s/1": await home.end_of("r/s/1")}
    assert ends["r/s/1"].code == 3


async def test_ends_are_told_again_until_they_are_forgotten(home: World) -> None:
    for number in (1, 2):
        home.spawn(f"r/s/{number}", "/bin/true")
        await home.end_of(f"r/s/{number}")
    home.supervision.forget(["r/s/1"])
    await home.supervision.close()
    await home.attach()
    assert [end.id for end in home.supervision.ended] == ["r/s/2"]


async def test_a_new_supervisor_knows_what_the_one_before_recorded(home: World) -> None:
    home.spawn("r/s/1", "/bin/sh", "-c", "exit 4")
    await home.end_of("r/s/1")
    assert await home.supervision.quit()
    await home.attach()
    assert [(end.id, end.code) for end in home.supervision.ended] == [("r/s/1", 4)]
    assert home.supervision.complete


async def test_the_record_is_emptied_when_all_is_forgotten(home: World) -> None:
    home.spawn("r/s/1", "/bin/true")
    await home.end_of("r/s/1")
    assert [line["at"] for line in record(home)] == ["boot", "asked", "started", "ended"]
    home.supervision.forget(["r/s/1"])
    assert await home.supervision.quit()
    assert [line["at"] for line in record(home)] == ["boot"]


async def test_a_torn_last_line_of_the_record_is_passed_over(home: World) -> None:
    home.spawn("r/s/1", "/bin/true")
    await home.end_of("r/s/1")
    assert await home.supervision.quit()
    with (home.home / "supervisor" / "record.jsonl").open("ab") as file:
        file.write(b'{"at": "ended", "id": "r/s/2", "co')
    await home.attach()
    assert [end.id for end in home.supervision.ended] == ["r/s/1"]


async def test_a_record_of_an_earlier_boot_is_not_complete(home: World) -> None:
    assert await home.supervision.quit()
    file = home.home / "supervisor" / "record.jsonl"
    file.write_text('{"at": "boot", "boot": "another"}\n')
    await home.attach()
    assert not home.supervision.complete


async def test_a_supervisor_with_work_does_not_quit(home: World) -> None:
    await home.start("r/s/1", "/bin/sleep", "1000")
    assert not await home.supervision.quit()


async def test_told_to_quit_with_work_it_leaves_after_the_last_of_it(tmp_path: Path) -> None:
    made = World(tmp_path)
    await made.attach()
    pipe = made.pipe("go")
    await made.start("r/s/1", "/bin/sh", "-c", f"read line < {pipe}")
    assert not await made.supervision.quit()
    await made.supervision.close()
    await asyncio.to_thread(release, Path(pipe))
    await asyncio.to_thread(wait_for_exit, made.supervision.pid)


async def test_left_alone_with_nothing_to_do_it_exits(tmp_path: Path) -> None:
    made = World(tmp_path)
    await made.attach(idle=0.1)
    await made.supervision.close()
    await asyncio.to_thread(wait_for_exit, made.supervision.pid)
    assert not made.gone.is_set()


async def test_what_cannot_be_recorded_is_not_started_and_what_runs_is_still_watched(home: World) -> None:
    pipe = home.pipe("go")
    await home.start("r/s/1", "/bin/sh", "-c", f"read line < {pipe}; exit 3")
    pid = home.supervision.pid
    unlimited = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, unlimited[1]))
    home.spawn("r/s/2", "/bin/true")
    assert (await home.refusal_of("r/s/2")).where == "record"
    Path(pipe).write_text("go\n")
    assert (await home.end_of("r/s/1")).code == 3
    resource.prlimit(pid, resource.RLIMIT_FSIZE, unlimited)
    home.spawn("r/s/3", "/bin/true")
    assert (await home.end_of("r/s/3")).code == 0
    assert "r/s/1" in [line.get("id") for line in record(home) if line["at"] == "ended"]


async def test_a_home_with_a_very_long_path_works(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 100) / ("y" * 100)
    folder.mkdir(parents=True)
    async with world(folder) as home:
        home.spawn("r/s/1", "/bin/true")
        assert (await home.end_of("r/s/1")).code == 0


async def test_everything_of_the_supervisor_is_private(home: World) -> None:
    folder = home.home / "supervisor"
    modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    assert modes == {"lock": 0o600, "log": 0o600, "record.jsonl": 0o600, "socket": 0o600}
    assert folder.stat().st_mode & 0o777 == 0o700


async def test_a_request_that_makes_no_sense_harms_nothing(home: World) -> None:
    await home.supervision.close()
    with socket.socket(socket.AF_UNIX) as stranger:
        folder = os.open(home.home / "supervisor", os.O_PATH)
        stranger.connect(f"/proc/self/fd/{folder}/socket")
        os.close(folder)
        stranger.sendall(b'nonsense\n[]\n{"do": "spawn"}\n{"do": "end", "id": "x", "grace": "y"}\n')
    await home.attach()
    home.spawn("r/s/1", "/bin/true")
    assert (await home.end_of("r/s/1")).code == 0


async def test_a_home_that_cannot_be_used_is_said_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "supervisor").mkdir()
    (tmp_path / "supervisor" / "lock").mkdir()
    with pytest.raises(EngineUnavailable, match="No supervisor could be started"):
        await Supervision.attach(
            tmp_path,
            on_started=lambda _: None,
            on_refused=lambda _: None,
            on_ended=lambda _: None,
            on_gone=lambda: None,
        )


async def test_the_program_imports_the_standard_library_and_its_own_helpers_only() -> None:
    words = [sys.executable, "-I", "-S", "-v", str(PROGRAM), "/dev/null/none"]
    done = await asyncio.to_thread(subprocess.run, words, capture_output=True, text=True, check=False)
    ours = {line.split("'")[1] for line in done.stderr.splitlines() if line.startswith("import 'engine")}
    assert ours == {
        "engine",
        "engine.steps",
        "engine.steps.proc",
        "engine.steps.record",
        "engine.steps.trees",
    }
    assert "site-packages" not in "".join(
        line for line in done.stderr.splitlines() if line.startswith("import ") and "engine" not in line
    )
