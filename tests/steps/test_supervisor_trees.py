"""An attempt has ended only when its whole process tree is gone."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.steps.supervising import World, alive, world

DAEMON = """
import os, signal, sys
if os.fork():
    os.wait()
    sys.exit(0)
os.setsid()
if os.fork():
    os._exit(0)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open(sys.argv[1], "w").write(str(os.getpid()))
signal.pause()
"""


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as made:
        yield made


async def test_a_clean_exit_leaves_nothing_over(home: World) -> None:
    home.spawn("r/s/1", "/bin/sh", "-c", "exit 7")
    end = await home.end_of("r/s/1")
    assert (end.code, end.signal, end.leftovers) == (7, None, 0)


async def test_a_death_by_signal_is_told_as_one(home: World) -> None:
    home.spawn("r/s/1", "/bin/sh", "-c", "kill -9 $$")
    end = await home.end_of("r/s/1")
    assert (end.code, end.signal) == (None, 9)


async def test_a_grandchild_in_a_session_of_its_own_ends_with_its_step(home: World) -> None:
    pipe, go = home.pipe("pid"), home.pipe("go")
    script = f"setsid sh -c 'echo $$ > {pipe}; exec sleep 1000' & read line < {go}"
    home.spawn("r/s/1", "/bin/sh", "-c", script)
    grandchild = await home.pid_from("pid")
    Path(go).write_text("go\n")
    end = await home.end_of("r/s/1")
    assert end.leftovers == 1
    assert not alive(grandchild)


async def test_a_daemon_that_ignores_sigterm_is_killed(home: World) -> None:
    pipe = home.pipe("pid")
    home.spawn("r/s/1", sys.executable, "-I", "-S", "-c", DAEMON, pipe)
    daemon = await home.pid_from("pid")
    end = await home.end_of("r/s/1")
    assert (end.code, end.leftovers) == (0, 1)
    assert not alive(daemon)


async def test_a_daemon_that_hides_whose_it_is_ends_with_the_last_it_can_belong_to(home: World) -> None:
    pipe, go = home.pipe("pid"), home.pipe("go")
    await home.start("r/other/1", "/bin/sleep", "1000")
    daemon_script = f"echo $$ > {pipe}; exec sleep 1000"
    hide = f"(env -i setsid /bin/sh -c '{daemon_script}' >/dev/null 2>&1 &); read line < {go}"
    home.spawn("r/s/1", "/bin/sh", "-c", hide)
    daemon = await home.pid_from("pid")
    Path(go).write_text("go\n")
    await home.end_of("r/s/1")
    assert alive(daemon)
    home.supervision.end("r/other/1", 5)
    end = await home.end_of("r/other/1")
    assert end.signal == signal.SIGTERM
    assert not alive(daemon)


async def test_ending_reaches_the_whole_tree(home: World) -> None:
    pipe = home.pipe("pid")
    script = f"setsid sh -c 'echo $$ > {pipe}; exec sleep 1000' & wait"
    await home.start("r/s/1", "/bin/sh", "-c", script)
    grandchild = await home.pid_from("pid")
    home.supervision.end("r/s/1", 30)
    end = await home.end_of("r/s/1")
    assert end.signal == signal.SIGTERM
    assert not alive(grandchild)


async def test_what_ignores_sigterm_is_killed_after_the_grace(home: World) -> None:
    pipe = home.pipe("pid")
    await home.start("r/s/1", "/bin/sh", "-c", f"trap '' TERM; echo $$ > {pipe}; exec sleep 1000")
    await home.pid_from("pid")
    home.supervision.end("r/s/1", 0.2)
    assert (await home.end_of("r/s/1")).signal == signal.SIGKILL


async def test_without_grace_it_is_killed_at_once(home: World) -> None:
    await home.start("r/s/1", "/bin/sleep", "1000")
    home.supervision.end("r/s/1", 0)
    assert (await home.end_of("r/s/1")).signal == signal.SIGKILL


async def test_a_stopped_process_still_gets_to_its_end(home: World) -> None:
    live = await home.start("r/s/1", "/bin/sleep", "1000")
    os.kill(live.pid, signal.SIGSTOP)
    home.supervision.end("r/s/1", 30)
    assert (await home.end_of("r/s/1")).signal == signal.SIGTERM


async def test_ending_one_step_leaves_the_others_alone(home: World) -> None:
    other = await home.start("r/other/1", "/bin/sleep", "1000")
    await home.start("r/s/1", "/bin/sleep", "1000")
    home.supervision.end("r/s/1", 0)
    await home.end_of("r/s/1")
    assert alive(other.pid)


async def test_ending_what_has_ended_does_nothing(home: World) -> None:
    home.spawn("r/s/1", "/bin/true")
    await home.end_of("r/s/1")
    home.supervision.end("r/s/1", 0)
    home.spawn("r/s/2", "/bin/true")
    assert (await home.end_of("r/s/2")).code == 0


async def test_three_hundred_quick_processes_leave_no_zombie(home: World) -> None:
    ids = [f"r/s/{number}" for number in range(300)]
    for job_id in ids:
        home.spawn(job_id, "/bin/true")
    assert {(await home.end_of(job_id)).code for job_id in ids} == {0}
    pid = home.supervision.pid
    assert Path(f"/proc/{pid}/task/{pid}/children").read_text() == ""
