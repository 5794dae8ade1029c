"""`--follow` and `--wait`: they show what happens as it happens, and know when it is over."""

from __future__ import annotations

import os
import select
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.shell import Shell
from tests.support import OPSGATE, PATIENCE, release, until, wait_for_exit, wait_for_file, workflow

pytestmark = pytest.mark.xdist_group("cli-following")

TALK = """
workflow: talk
inputs: {folder: {type: path, required: true}}
defaults: {on_failure: halt}
steps:
  - id: one
    env: {FOLDER: "${inputs.folder}"}
    script: |
      echo first
      printf 'half of '
      touch "$FOLDER/begun"
      cat "$FOLDER/pipe"
      echo last
  - {id: two, needs: [one], run: [echo, two]}
"""

Started = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def started(shell: Shell) -> Iterator[Started]:
    """Starts command lines that go on, and ends those that are left."""
    processes: list[subprocess.Popen[bytes]] = []

    def start(*words: str, home: Path = shell.home) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [*OPSGATE, "--home", str(home), *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def line_of(process: subprocess.Popen[bytes]) -> str:
    """The next line it prints."""
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], PATIENCE)
    assert ready, "nothing is printed"
    return process.stdout.readline().decode()


def end_of(process: subprocess.Popen[bytes]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=PATIENCE)
    assert b"Traceback" not in err
    return process.returncode, out.decode(), err.decode()


def begun(shell: Shell, folder: Path) -> str:
    os.mkfifo(folder / "pipe")
    run = shell.submit(workflow(folder, TALK), "-i", f"folder={folder}")
    wait_for_file(folder / "begun")
    return run


def test_a_log_is_followed_until_its_attempt_ends(shell: Shell, started: Started, tmp_path: Path) -> None:
    run = begun(shell, tmp_path)
    one, every = started("logs", run, "one", "--follow"), started("logs", run, "--follow")
    raw = started("logs", run, "one", "--follow", "--raw")
    assert line_of(one) == "first\n"
    assert [line_of(every), line_of(every)] == ["== one attempt 1\n", "first\n"]
    assert line_of(raw) == "first\n"
    release(tmp_path / "pipe")
    assert end_of(one) == (0, "half of go\nlast\n", ""), "half a line waits for its other half"
    assert end_of(raw) == (0, "half of go\nlast\n", "")
    assert end_of(every) == (0, "half of go\nlast\n== two attempt 1\ntwo\n", "")


def test_a_log_that_has_ended_is_printed_and_that_is_all(shell: Shell, tmp_path: Path) -> None:
    file = workflow(
        tmp_path,
        "workflow: two-tries\nsteps:\n  - id: one\n    on_failure: halt\n"
        "    retry: {attempts: 2, backoff: 1ms}\n    script: echo try $OPSGATE_ATTEMPT; exit 1\n",
    )
    run = shell("run", file, "--wait", code=1).out.split()[0]
    for words in ((), ("--follow",)):
        assert shell("logs", run, "one", *words).out == "try 2\n"
        assert shell("logs", run, "one", "--attempt", "1", *words).out == "try 1\n"
    silent = workflow(tmp_path, "workflow: silent\nsteps: [{id: one, run: ['true'], on_failure: halt}]\n")
    run = shell("run", silent, "--wait").out.split()[0]
    assert shell("logs", run, "one", "--follow").out == ""


def test_a_log_is_followed_from_before_its_step_begins(
    shell: Shell, started: Started, tmp_path: Path
) -> None:
    run = begun(shell, tmp_path)
    two = started("logs", run, "two", "--follow")
    events = started("events", run, "--follow")
    assert "run.created" in line_of(events)
    release(tmp_path / "pipe")
    assert end_of(two) == (0, "two\n", "")
    code, out, _ = end_of(events)
    assert code == 0
    assert "run.ended" in out.splitlines()[-1], "the history of a run ends with the run"


def test_all_events_are_followed_for_ever(shell: Shell, started: Started, tmp_path: Path) -> None:
    last = shell.list("events")[-1]["seq"]
    events = started("events", "--follow", "--after", str(last))
    file = workflow(tmp_path, "workflow: brief\nsteps: [{id: one, run: ['true'], on_failure: halt}]\n")
    for _ in range(2):
        run = shell.submit(file)
        kinds = []
        while "run.ended" not in kinds:
            line = line_of(events)
            assert run in line
            kinds.append(line.split()[2])
    assert events.poll() is None


def test_wait_says_how_it_ended(shell: Shell, tmp_path: Path) -> None:
    for command, code, word in (("true", 0, "succeeded"), ("false", 1, "failed")):
        file = workflow(
            tmp_path, f"workflow: brief\nsteps: [{{id: one, run: ['{command}'], on_failure: halt}}]\n"
        )
        said = shell("run", file, "--wait", code=code)
        run, verdict = said.out.splitlines()
        assert verdict.startswith(f"{word} after")
        assert shell.run_state(run) == word


def test_wait_ends_with_a_rejection_and_with_a_cancel(shell: Shell, started: Started, tmp_path: Path) -> None:
    file = workflow(tmp_path, "workflow: ask\nsteps:\n  - {id: ask, gate: {title: Go on?}}\n")
    rejected, cancelled = started("run", str(file), "--wait"), started("run", str(file), "--wait")
    run = line_of(rejected).strip()
    gate = next(item for item in shell.list("gates") if item["run"] == run)
    shell("reject", gate["id"], "--digest", gate["digest"], "--reason", "no")
    shell("cancel", line_of(cancelled).strip())
    assert end_of(rejected)[0] == 1
    assert end_of(cancelled)[0] == 1


@pytest.mark.parametrize("how", ["stopped", "killed"])
def test_when_the_engine_goes_away_wait_says_that_the_run_goes_on(
    started: Started, tmp_path: Path, how: str
) -> None:
    shell = Shell(tmp_path / "home")
    try:
        os.mkfifo(tmp_path / "pipe")
        file = workflow(tmp_path, TALK)
        waiting = started("run", str(file), "-i", f"folder={tmp_path}", "--wait", home=shell.home)
        run = line_of(waiting).strip()
        wait_for_file(tmp_path / "begun")
        if how == "stopped":
            shell("engine", "stop")
        else:
            pid = shell.engine_pid()
            os.kill(pid, signal.SIGKILL)
            wait_for_exit(pid)
        code, out, err = end_of(waiting)
        assert (code, out) == (5, "")
        for words in ("The run is not lost", "opsgate engine start", f"opsgate show {run}"):
            assert words in err
        release(tmp_path / "pipe")
        assert shell.end_of(run) == "succeeded"
        assert shell("logs", run, "one").out == "first\nhalf of go\nlast\n"
    finally:
        shell.close()


def test_a_follower_outlives_the_engine(started: Started, tmp_path: Path) -> None:
    shell = Shell(tmp_path / "home")
    try:
        run = begun(shell, tmp_path)
        follower = started("logs", run, "--follow", home=shell.home)
        assert [line_of(follower), line_of(follower)] == ["== one attempt 1\n", "first\n"]
        shell("engine", "stop")
        release(tmp_path / "pipe")
        shell("engine", "start")
        assert end_of(follower) == (0, "half of go\nlast\n== two attempt 1\ntwo\n", "")
        until(lambda: shell.run_state(run) == "succeeded")
    finally:
        shell.close()
