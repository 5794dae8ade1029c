"""Process jobs from start to report: one report each, and an error is one sentence that says what to do."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from engine.steps.job import Ended, ProcessJob, Report
from engine.steps.process import ProcessExecutor
from engine.steps.supervision import Supervision
from tests.steps.supervising import PATH, PATIENCE


class Runner:
    """An executor on a supervisor of its own, and what it reported."""

    executor: ProcessExecutor
    supervision: Supervision

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = folder / "store"
        self.reports: asyncio.Queue[Report] = asyncio.Queue()

    async def open(self) -> None:
        self.supervision = await Supervision.attach(
            self.folder / "home",
            on_started=lambda _: None,
            on_refused=lambda refusal: self._mine(self.executor.refused(refusal)),
            on_ended=lambda end: self._mine(self.executor.ended(end)),
            on_gone=lambda: pytest.fail("the supervisor died"),
        )
        self.executor = ProcessExecutor(self.supervision, self.store, self.reports.put_nowait)

    def _mine(self, mine: bool) -> None:
        assert mine

    def job(self, *argv: str, **changes: Any) -> ProcessJob:
        """The attempt r/s/1; its environment names its input and result as the engine's does."""
        folder = self.folder / "attempts" / "1"
        env = {
            "PATH": PATH,
            "OPSGATE_RUN": "r",
            "OPSGATE_STEP": "s",
            "OPSGATE_ATTEMPT": "1",
            "OPSGATE_INPUT": str(folder / "input.json"),
            "OPSGATE_RESULT": str(folder / "result.json"),
        }
        given: Mapping[str, Any] = {
            "id": "r/s/1",
            "folder": folder,
            "workdir": folder / "work",
            "env": env,
            "input": {},
            "artifacts": (),
            **changes,
        }
        return ProcessJob(argv=argv, **given)

    async def run(self, *argv: str, **changes: Any) -> Ended:
        self.executor.start(self.job(*argv, **changes))
        async with asyncio.timeout(PATIENCE):
            report = await self.reports.get()
        assert isinstance(report, Ended)
        assert self.reports.empty()
        return report

    async def shell(self, script: str, **changes: Any) -> Ended:
        return await self.run("/bin/sh", "-eu", "-c", script, **changes)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Runner]:
    made = Runner(folder)
    await made.open()
    try:
        yield made
    finally:
        await made.executor.close()
        assert await made.supervision.quit()


@pytest.fixture
async def runner(tmp_path: Path) -> AsyncIterator[Runner]:
    async with opened(tmp_path) as made:
        yield made


async def test_success_with_nothing_to_hand_back(runner: Runner) -> None:
    assert await runner.run("true") == Ended("r/s/1", exit_code=0)


async def test_the_exit_code_is_reported(runner: Runner) -> None:
    assert await runner.shell("exit 7") == Ended("r/s/1", exit_code=7)


async def test_the_signal_is_reported(runner: Runner) -> None:
    assert await runner.shell("kill -9 $$") == Ended("r/s/1", signal=9)


async def test_the_input_document_is_where_the_step_looks_for_it(runner: Runner) -> None:
    document = {"inputs": {"name": "grüß"}, "state": {"n": 1}}
    await runner.shell('cat "$OPSGATE_INPUT"', input=document)
    folder = runner.folder / "attempts" / "1"
    assert json.loads((folder / "log").read_text()) == document
    assert (folder / "input.json").stat().st_mode & 0o777 == 0o600
    assert (folder / "work").stat().st_mode & 0o777 == 0o700


async def test_the_result_document_is_handed_back(runner: Runner) -> None:
    ended = await runner.shell("""printf '{"output": {"n": 1}}' > "$OPSGATE_RESULT" """)
    assert ended == Ended("r/s/1", exit_code=0, result={"output": {"n": 1}})


async def test_an_unreadable_result_is_an_error_of_a_step_that_claims_success(runner: Runner) -> None:
    ended = await runner.shell('echo nonsense > "$OPSGATE_RESULT"')
    assert ended.exit_code == 0
    assert ended.error is not None
    assert ended.error.startswith("The result file is not valid JSON")


async def test_an_unreadable_result_does_not_hide_the_exit_code(runner: Runner) -> None:
    ended = await runner.shell('echo nonsense > "$OPSGATE_RESULT"; exit 2')
    assert ended == Ended("r/s/1", exit_code=2)


async def test_artifacts_are_kept(runner: Runner) -> None:
    ended = await runner.shell("printf hello > a.txt", artifacts=("a.txt",))
    (kept,) = ended.artifacts
    assert (kept.name, kept.size, kept.path.read_text()) == ("a.txt", 5, "hello")


async def test_a_missing_artifact_is_an_error_of_a_step_that_claims_success(runner: Runner) -> None:
    ended = await runner.run("true", artifacts=("a.txt",))
    assert ended.error == "The artifact 'a.txt' is missing; the step has to write it in its working folder."


async def test_a_failed_step_hands_back_the_artifacts_it_wrote(runner: Runner) -> None:
    ended = await runner.shell("printf hello > b.txt; exit 2", artifacts=("a.txt", "b.txt"))
    assert (ended.exit_code, ended.error) == (2, None)
    assert [kept.name for kept in ended.artifacts] == ["b.txt"]


async def test_ending_an_attempt_reports_the_signal(runner: Runner) -> None:
    runner.executor.start(runner.job("sleep", "1000"))
    runner.executor.end("r/s/1", 30)
    async with asyncio.timeout(PATIENCE):
        assert await runner.reports.get() == Ended("r/s/1", signal=15)


async def test_ending_an_unknown_attempt_does_nothing(runner: Runner) -> None:
    runner.executor.end("r/s/9", 0)
    assert (await runner.run("true")).exit_code == 0


async def test_a_relative_program_is_found_in_the_working_folder(runner: Runner, tmp_path: Path) -> None:
    program = tmp_path / "tool"
    program.write_text("#!/bin/sh\nexit 9\n")
    program.chmod(0o700)
    assert (await runner.run("./tool", workdir=tmp_path)).exit_code == 9


async def test_an_attempt_of_an_earlier_engine_is_reported_by_the_next(runner: Runner) -> None:
    pipe = runner.folder / "go"
    os.mkfifo(pipe)
    job = runner.job("/bin/sh", "-c", f"read line < {pipe}; exit 6")
    runner.executor.start(job)
    runner.executor.start(runner.job("true", id="r/s/2"))
    async with asyncio.timeout(PATIENCE):
        assert (await runner.reports.get()).id == "r/s/2"
    await runner.supervision.close()
    await runner.open()
    assert runner.executor.take_over([job]) == {"r/s/1"}
    pipe.write_text("go\n")
    async with asyncio.timeout(PATIENCE):
        assert await runner.reports.get() == Ended("r/s/1", exit_code=6)


def no_program(path: Path) -> None:
    """Nothing is there."""


def folder(path: Path) -> None:
    path.mkdir()


def not_executable(path: Path) -> None:
    path.write_text("#!/bin/sh\n")


def without_first_line(path: Path) -> None:
    path.write_text("echo hi\n")
    path.chmod(0o700)


def without_interpreter(path: Path) -> None:
    path.write_text("#!/no/such/thing\n")
    path.chmod(0o700)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (no_program, "There is no program './tool'; check its path from the working folder."),
        (folder, "The program './tool' is a folder; name the program in it."),
        (not_executable, "The program './tool' is not executable; give it execute permission."),
        (
            without_first_line,
            "The program './tool' is no executable format; does a script lack its first line, #!?",
        ),
        (
            without_interpreter,
            "The program './tool' names a missing interpreter in its first line; correct it.",
        ),
    ],
)
async def test_a_program_that_cannot_start_is_explained(
    runner: Runner, tmp_path: Path, make: Callable[[Path], None], sentence: str
) -> None:
    make(tmp_path / "tool")
    assert await runner.run("./tool", workdir=tmp_path) == Ended("r/s/1", error=sentence)


async def test_a_name_that_path_does_not_know_is_explained(runner: Runner) -> None:
    ended = await runner.run("no-such-tool")
    expected = "There is no program 'no-such-tool' in the step's PATH; install it or write its whole path."
    assert ended == Ended("r/s/1", error=expected)


async def test_a_relative_entry_of_path_is_not_searched(runner: Runner, tmp_path: Path) -> None:
    not_executable(tmp_path / "tool")
    (tmp_path / "tool").chmod(0o700)
    ended = await runner.run("tool", workdir=tmp_path, env={"PATH": ".:"})
    assert ended.error is not None
    assert ended.error.startswith("There is no program 'tool'")


async def test_a_working_folder_that_does_not_exist_is_explained(runner: Runner, tmp_path: Path) -> None:
    ended = await runner.run("true", workdir=tmp_path / "none")
    expected = f"The working folder '{tmp_path}/none' cannot be entered: No such file or directory."
    assert ended == Ended("r/s/1", error=expected)


async def test_an_argument_that_is_too_long_is_explained(runner: Runner) -> None:
    ended = await runner.run("echo", "x" * (3 << 20))
    assert ended.error is not None
    assert "pass the data in a file" in ended.error
