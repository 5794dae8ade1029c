"""Timeouts, retries, and runs that are ended from outside: nothing stays running, all of it is said."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.cli import processes
from tests.cli.shell import Shell
from tests.support import until, wait_for_file, workflow

pytestmark = pytest.mark.xdist_group("cli-policy")

DEAF = """
      trap "" TERM INT HUP
      setsid sh -c 'trap "" TERM; while :; do sleep 1000; done' &
      echo begun > "$FOLDER/begun-$OPSGATE_RUN"
      while :; do sleep 1000; done
"""


def events(shell: Shell, run: str, kind: str) -> list[dict[str, Any]]:
    return [event for event in shell.list("events", run) if event["type"] == kind]


def test_a_timeout_ends_the_whole_tree(shell: Shell, tmp_path: Path) -> None:
    file = workflow(
        tmp_path,
        "workflow: slow\nsteps:\n  - id: one\n    timeout: 300ms\n    on_failure: halt\n    script: |\n"
        "      setsid sleep 1000 &\n      sleep 1000\n",
    )
    said = shell("run", file, "--wait", code=1)
    run = said.out.split()[0]
    assert "longer than its timeout of 0.3 s" in said.out
    assert processes.of_run(run) == []
    (attempt,) = shell.ask("show", run)["attempts"]
    assert attempt["state"] == "timed_out"
    assert len(events(shell, run, "attempt.timed_out")) == 1


def test_a_failed_attempt_is_tried_again_after_its_backoff(shell: Shell, tmp_path: Path) -> None:
    file = workflow(
        tmp_path,
        "workflow: flaky\nsteps:\n  - id: one\n    on_failure: halt\n"
        "    retry: {attempts: 4, backoff: 40ms, factor: 3, jitter: 0}\n"
        "    script: |\n      test $OPSGATE_ATTEMPT -ge 3\n",
    )
    run = shell("run", file, "--wait").out.split()[0]
    shown = shell.ask("show", run)
    states = [(attempt["number"], attempt["state"]) for attempt in shown["attempts"]]
    assert states == [(1, "failed"), (2, "failed"), (3, "succeeded")]
    assert shown["run"]["state"] == "succeeded"
    assert len(events(shell, run, "step.retrying")) == 2
    assert shown["caveats"] == [], "a step that worked in the end is no flag"


def test_when_all_tries_are_used_up_the_run_fails(shell: Shell, tmp_path: Path) -> None:
    file = workflow(
        tmp_path,
        "workflow: broken\ndefaults: {on_failure: halt}\nsteps:\n"
        "  - {id: one, run: ['false'], retry: {attempts: 3, backoff: 1ms}}\n"
        "  - {id: two, run: ['true'], needs: [one]}\n",
    )
    run = shell("run", file, "--wait", code=1).out.split()[0]
    shown = shell.ask("show", run)
    assert [step["state"] for step in shown["steps"]] == ["failed", "cancelled"]
    assert len(shown["attempts"]) == 3


def test_an_exit_code_that_forbids_it_is_not_tried_again(shell: Shell, tmp_path: Path) -> None:
    file = workflow(
        tmp_path,
        "workflow: final\nsteps:\n  - id: one\n    on_failure: halt\n    script: exit 64\n"
        "    retry: {attempts: 5, backoff: 1ms, non_retryable_exit_codes: [64]}\n",
    )
    run = shell("run", file, "--wait", code=1).out.split()[0]
    assert len(shell.ask("show", run)["attempts"]) == 1


def test_a_run_that_proceeds_is_flagged_with_a_caveat(shell: Shell, tmp_path: Path) -> None:
    file = workflow(
        tmp_path,
        "workflow: proceeds\nsteps:\n  - {id: one, run: ['false'], on_failure: proceed}\n"
        "  - {id: two, run: ['true'], needs: [one], on_failure: halt}\n",
    )
    said = shell("run", file, "--wait")
    run = said.out.split()[0]
    assert "succeeded_with_flags after" in said.out
    shown = shell.ask("show", run)
    assert [step["state"] for step in shown["steps"]] == ["flagged", "succeeded"]
    assert [(item["step"], item["acknowledged"]) for item in shown["caveats"]] == [("one", False)]


@pytest.mark.parametrize("verb", ["cancel", "kill"])
def test_a_running_step_that_is_deaf_to_term_is_ended_with_its_children(
    shell: Shell, tmp_path: Path, verb: str
) -> None:
    file = workflow(
        tmp_path,
        "workflow: deaf\ninputs: {folder: {type: path}}\nsteps:\n  - id: one\n    on_failure: halt\n"
        "    env: {FOLDER: '${inputs.folder}'}\n    script: |" + DEAF,
    )
    run = shell.submit(file, "-i", f"folder={tmp_path}")
    wait_for_file(tmp_path / f"begun-{run}")
    assert processes.of_run(run)
    if verb == "cancel":
        assert "cancelling" in shell("cancel", run, "--reason", "enough").out
        assert "cancelling" in shell("cancel", run).out, "asking once more changes nothing"
    shell("kill", run, "--reason", "at once")
    assert shell.end_of(run) == "cancelled"
    assert processes.of_run(run) == []
    assert "already ended as cancelled" in shell(verb, run, code=3).err
    (step,) = shell.ask("show", run)["steps"]
    assert step["state"] == "cancelled"


def test_a_waiting_run_is_cancelled_at_once(shell: Shell, tmp_path: Path) -> None:
    file = workflow(tmp_path, "workflow: ask\nsteps:\n  - {id: ask, gate: {title: Go on?}}\n")
    run = shell.submit(file)
    gate = next(gate for gate in shell.list("gates") if gate["run"] == run)
    assert "cancelled" in shell("cancel", run).out
    assert shell.ask("gate", gate["id"])["state"] == "cancelled"
    late = shell("approve", gate["id"], "--digest", gate["digest"], code=3)
    assert "already cancelled" in late.err


def test_a_run_between_two_tries_is_cancelled_at_once(shell: Shell, tmp_path: Path) -> None:
    file = workflow(
        tmp_path,
        "workflow: later\nsteps:\n"
        "  - {id: one, run: ['false'], retry: {attempts: 2, backoff: 1h}, on_failure: halt}\n",
    )
    run = shell.submit(file)
    until(lambda: shell.run_state(run) == "waiting")
    assert "next attempt at 2" in shell.step(run, "one")["waiting_for"]
    assert "cancelled" in shell("kill", run).out
    assert shell.step(run, "one")["state"] == "cancelled"


def test_one_refusal_keeps_no_other_run_from_being_ended(shell: Shell, tmp_path: Path) -> None:
    file = workflow(tmp_path, "workflow: ask\nsteps:\n  - {id: ask, gate: {title: Go on?}}\n")
    first, second = shell.submit(file), shell.submit(file)
    shell("cancel", first)
    said = shell("cancel", first, second, code=3)
    assert f"{second}  cancelled" in said.out
    assert "already ended" in said.err
    third = shell.submit(file)
    shell("cancel", third, "r-no-such-run", code=4)
    assert shell.run_state(third) == "waiting", "with a name that is wrong, nothing is ended"


def test_a_run_in_line_behind_a_full_queue_is_cancelled_at_once(tmp_path: Path) -> None:
    shell = Shell(tmp_path / "home")
    shell("engine", "start", "--slots", "1")
    try:
        os.mkfifo(tmp_path / "pipe")
        file = workflow(
            tmp_path,
            "workflow: read\ninputs: {pipe: {type: path}}\nsteps:\n"
            "  - {id: one, run: [cat, '${inputs.pipe}'], on_failure: halt}\n",
        )
        first = shell.submit(file, "-i", f"pipe={tmp_path / 'pipe'}")
        until(lambda: shell.run_state(first) == "running")
        second = shell.submit(file, "-i", f"pipe={tmp_path / 'pipe'}")
        assert shell.ask("engine", "status")["queued"] == 1
        assert "cancelled" in shell("cancel", second).out
        status = shell.ask("engine", "status")
        assert (status["active"], status["queued"]) == (1, 0)
        assert shell.ask("show", second)["attempts"] == []
        shell("kill", first)
        assert shell.end_of(first) == "cancelled"
        assert shell.ask("engine", "status")["active"] == 0
    finally:
        shell.close()
