"""Each job gets its own log, folder, environment and code; nothing of one is left for the next."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.steps.job import Ended

from .hosting import World, hosting, log_of

WHO = "import os\ndef pid():\n    return {'pid': os.getpid()}\n"


def _pid(ended: Ended) -> int:
    pid = ended.result["output"]["pid"]
    assert isinstance(pid, int)
    return pid


async def _who(world: World) -> int:
    return _pid(await world.call("who:pid"))


async def test_a_host_is_used_again(tmp_path: Path) -> None:
    async with hosting(tmp_path) as world:
        world.module("who.py", WHO)
        assert await _who(world) == await _who(world)


async def test_a_package_called_engine_is_the_workflows_own(tmp_path: Path) -> None:
    async with hosting(tmp_path) as world:
        world.module("engine/__init__.py", "")
        world.module("engine/core.py", "def name():\n    return {'file': __file__}\n")
        ended = await world.call("engine.core:name")
        assert ended.result == {"output": {"file": str(world.code / "engine/core.py")}}


async def test_what_is_printed_goes_to_the_attempts_own_log(tmp_path: Path) -> None:
    async with hosting(tmp_path) as world:
        world.module(
            "steps.py",
            """
            import os, sys
            def speak(word):
                print(word, end="")
                sys.stderr.write("!")
                os.write(1, b"?")
                os.system(f"echo {word} from a shell")
            """,
        )
        first, second = world.python("steps:speak", word="one"), world.python("steps:speak", word="two")
        await world.run(first)
        await world.run(second)
        for job, word in ((first, "one"), (second, "two")):
            log = log_of(job)
            assert sorted(log) == sorted(f"{word}!?{word} from a shell\n")


async def test_a_line_is_in_the_log_while_the_callable_still_runs(tmp_path: Path) -> None:
    async with hosting(tmp_path) as world:
        begun, goes_on = world.signal("begun"), world.signal("goes_on")
        world.module(
            "steps.py",
            """
            def speak(begun, goes_on):
                print("here")
                open(begun, "w").write("x")
                open(goes_on).readline()
            """,
        )
        job = world.python("steps:speak", begun=begun.path, goes_on=goes_on.path)
        world.hosts.start(job)
        await begun.come()
        assert log_of(job) == "here\n"
        goes_on.give()
        await world.end_of(job)


async def test_environment_and_working_folder_are_the_jobs_own(tmp_path: Path) -> None:
    async with hosting(tmp_path) as world:
        world.module(
            "steps.py",
            """
            import json, os, time
            def look():
                os.environ["LEFT"] = "behind"
                with open("../input.json") as file:
                    given = json.load(file)
                env = {name: os.environ[name] for name in os.environ if name != "OPSGATE_SPAWN"}
                return {"env": env, "cwd": os.getcwd(), "zone": time.tzname[0], "given": given}
            """,
        )
        first = world.python("steps:look", env={"A": "1", "TZ": "Asia/Tokyo"})
        second = world.python("steps:look", env={"B": "2"})
        seen = (await world.run(first)).result["output"]
        assert (seen["env"].pop("LEFT"), seen["env"]) == ("behind", dict(first.env))
        assert (seen["cwd"], seen["zone"], seen["given"]) == (str(first.workdir), "JST", first.input)
        seen = (await world.run(second)).result["output"]
        assert (seen["env"].pop("LEFT"), seen["env"]) == ("behind", dict(second.env))
        assert (seen["cwd"], seen["zone"]) == (str(second.workdir), "UTC")


async def test_changed_code_is_loaded_anew(tmp_path: Path) -> None:
    async with hosting(tmp_path) as world:
        world.module("steps.py", "import helper\ndef give():\n    return {'version': helper.VERSION}\n")
        for version in (1, 2, 3):
            world.module("helper.py", f"VERSION = {version}\n")
            assert (await world.call("steps:give")).result == {"output": {"version": version}}
        assert not (world.code / "__pycache__").exists()


async def test_a_module_that_appears_later_is_found(tmp_path: Path) -> None:
    async with hosting(tmp_path) as world:
        world.module("who.py", WHO)
        assert (await world.call("later:pid")).error == "ModuleNotFoundError: No module named 'later'"
        world.module("later.py", WHO)
        assert (await world.call("later:pid")).error is None


async def test_a_host_with_a_thread_left_is_not_used_again(tmp_path: Path) -> None:
    async with hosting(tmp_path) as world:
        world.module("who.py", WHO)
        world.module(
            "steps.py",
            """
            import os, threading
            def leave(daemon):
                threading.Thread(target=threading.Event().wait, daemon=daemon).start()
                return {"pid": os.getpid()}
            """,
        )
        for daemon in (True, False):
            left = _pid(await world.call("steps:leave", daemon=daemon))
            assert await _who(world) != left
            assert left not in world.live.values()


@pytest.mark.parametrize(
    "leftover",
    ["signal.signal(signal.SIGTERM, signal.SIG_IGN)", "sys.stdout.close()"],
)
async def test_a_host_that_was_tampered_with_is_not_used_again(tmp_path: Path, leftover: str) -> None:
    async with hosting(tmp_path) as world:
        world.module("who.py", WHO)
        world.module(
            "steps.py",
            f"import os, signal, sys\ndef leave():\n    {leftover}\n    return {{'pid': os.getpid()}}\n",
        )
        left = _pid(await world.call("steps:leave"))
        assert await _who(world) != left


async def test_streams_that_were_replaced_are_put_back(tmp_path: Path) -> None:
    async with hosting(tmp_path) as world:
        world.module(
            "steps.py",
            "import io, sys\ndef hide():\n    sys.stdout = io.StringIO()\ndef show():\n    print('shown')\n",
        )
        await world.call("steps:hide")
        job = world.python("steps:show")
        await world.run(job)
        assert log_of(job) == "shown\n"


async def test_a_process_left_behind_is_gone_before_the_attempt_ends(tmp_path: Path) -> None:
    async with hosting(tmp_path) as world:
        world.module(
            "steps.py",
            """
            import os, subprocess
            def leave():
                command = 'sleep 1000 & echo $! > pid'
                subprocess.run(["setsid", "sh", "-c", command], check=True)
                return {"pid": os.getpid()}
            """,
        )
        job = world.python("steps:leave")
        ended = await world.run(job)
        assert ended.exit_code == 0
        left = int((job.workdir / "pid").read_text())
        assert not Path(f"/proc/{left}").exists()
        assert _pid(ended) not in world.live.values()


async def test_a_home_with_a_very_long_path_works(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    async with hosting(folder) as world:
        world.module("who.py", WHO)
        assert await _who(world) in world.live.values()
