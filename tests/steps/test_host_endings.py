"""However a callable ends, its attempt ends in a stated way, and never as a success it did not report."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from engine.steps.job import Ended, Lost

from .hosting import hosting, log_of


async def test_an_exception_is_one_sentence_and_its_traceback_is_in_the_log(tmp_path: Path) -> None:
    async with hosting(tmp_path) as world:
        world.module("steps.py", "def fail():\n    raise ValueError('no such\\ninvoice')\n")
        job = world.python("steps:fail")
        ended = await world.run(job)
        assert (ended.exit_code, ended.error) == (1, "ValueError: no such invoice")
        log = log_of(job)
        assert log.startswith("Traceback (most recent call last):")
        assert "steps.py" in log
        assert "host.py" not in log


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("import sys; sys.exit(0)", "the callable called sys.exit(0)"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("raise GeneratorExit", "GeneratorExit"),
        ("def f(): f()\n    f()", "RecursionError: maximum recursion depth exceeded"),
        (
            "class Odd(Exception):\n        def __str__(self): 1 / 0\n    raise Odd",
            "Odd: its text cannot be shown",
        ),
        ("import missing_module", "ModuleNotFoundError: No module named 'missing_module'"),
    ],
)
async def test_whatever_is_raised_is_an_error_and_the_host_goes_on(
    tmp_path: Path, code: str, sentence: str
) -> None:
    async with hosting(tmp_path) as world:
        world.module(
            "steps.py", f"import os\ndef fail():\n    {code}\ndef pid():\n    return {{'pid': os.getpid()}}\n"
        )
        before = await world.call("steps:pid")
        ended = await world.call("steps:fail")
        assert ended.exit_code == 1
        assert ended.error is not None
        assert ended.error.startswith(sentence)
        assert await world.call("steps:pid") == _next(before)


def _next(ended: Ended) -> Ended:
    """The same end, two attempts later."""
    return Ended("run/step/3", exit_code=ended.exit_code, result=ended.result)


@pytest.mark.parametrize("target", ["nowhere:f", "steps:nowhere"])
async def test_a_target_that_is_not_there_is_an_error(tmp_path: Path, target: str) -> None:
    async with hosting(tmp_path) as world:
        world.module("steps.py", "")
        ended = await world.call(target)
        assert ended.error is not None
        assert "nowhere" in ended.error


@pytest.mark.parametrize("code", [0, 7])
async def test_a_callable_that_ends_its_process_is_no_success(tmp_path: Path, code: int) -> None:
    async with hosting(tmp_path) as world:
        world.module("steps.py", f"import os\ndef leave():\n    os._exit({code})\n")
        ended = await world.call("steps:leave")
        assert ended.exit_code == code
        assert ended.error is not None
        assert f"exit code {code}" in ended.error


async def test_a_crash_of_the_interpreter_is_a_signal_and_the_log_says_where(tmp_path: Path) -> None:
    async with hosting(tmp_path) as world:
        world.module("steps.py", "import ctypes\ndef crash():\n    ctypes.string_at(0)\n")
        job = world.python("steps:crash")
        ended = await world.run(job)
        assert (ended.exit_code, ended.signal) == (None, signal.SIGSEGV)
        assert "steps.py" in log_of(job)


async def test_a_callable_that_never_returns_can_be_ended(tmp_path: Path) -> None:
    async with hosting(tmp_path) as world:
        begun = world.signal("begun")
        world.module("steps.py", "def spin(begun):\n    open(begun, 'w').write('x')\n    while True: pass\n")
        job = world.python("steps:spin", begun=begun.path)
        world.hosts.start(job)
        await begun.come()
        world.hosts.end(job.id, 5.0)
        assert await world.end_of(job) == Ended(job.id, signal=signal.SIGTERM)


async def test_a_callable_that_ignores_the_request_is_killed(tmp_path: Path) -> None:
    async with hosting(tmp_path) as world:
        begun = world.signal("begun")
        world.module(
            "steps.py",
            """
            import signal
            def spin(begun):
                signal.signal(signal.SIGTERM, signal.SIG_IGN)
                open(begun, "w").write("x")
                while True: signal.pause()
            """,
        )
        job = world.python("steps:spin", begun=begun.path)
        world.hosts.start(job)
        await begun.come()
        world.hosts.end(job.id, 0.05)
        assert await world.end_of(job) == Ended(job.id, signal=signal.SIGKILL)


async def test_a_host_killed_from_outside_leaves_its_attempt_lost(tmp_path: Path) -> None:
    async with hosting(tmp_path) as world:
        begun = world.signal("begun")
        world.module("steps.py", "def spin(begun):\n    open(begun, 'w').write('x')\n    while True: pass\n")
        world.module("who.py", "import os\ndef pid():\n    return {'pid': os.getpid()}\n")
        victim = (await world.call("who:pid")).result["output"]["pid"]
        job = world.python("steps:spin", begun=begun.path)
        world.hosts.start(job)
        await begun.come()
        os.kill(victim, signal.SIGKILL)
        assert await world.end_of(job) == Lost(job.id, "its host was killed from outside")


async def test_a_job_that_is_ended_before_its_host_is_up_is_never_called(tmp_path: Path) -> None:
    async with hosting(tmp_path) as world:
        world.module("steps.py", "def touch():\n    open('touched', 'w')\n")
        job = world.python("steps:touch")
        world.hosts.start(job)
        world.hosts.end(job.id, 5.0)
        assert await world.end_of(job) == Ended(job.id, error="It was never called: ended on request.")
        assert not job.workdir.exists()


async def test_a_callable_that_speaks_on_the_hosts_own_line_is_ended(tmp_path: Path) -> None:
    async with hosting(tmp_path) as world:
        world.module(
            "steps.py",
            """
            import os, stat, time
            def babble():
                for fd in range(3, 64):
                    try:
                        if stat.S_ISSOCK(os.fstat(fd).st_mode):
                            os.write(fd, b"nonsense\\n")
                    except OSError:
                        pass
                while True: time.sleep(1000)
            """,
        )
        assert (await world.call("steps:babble")).signal == signal.SIGKILL


async def test_a_forked_child_that_comes_back_is_not_taken_for_the_host(tmp_path: Path) -> None:
    async with hosting(tmp_path) as world:
        world.module(
            "steps.py",
            """
            import os
            def fork():
                child = os.fork()
                if child:
                    os.waitpid(child, 0)
                return {"parent": child > 0}
            """,
        )
        assert (await world.call("steps:fork")).result == {"output": {"parent": True}}
        assert (await world.call("steps:fork")).result == {"output": {"parent": True}}
        assert world.reports.empty()
