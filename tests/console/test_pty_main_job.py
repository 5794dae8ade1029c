"""The main job in a real terminal: watch a release, lose terminal and engine, come back, approve."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from sample_workflows import demo_repository
from tests.console.terminals import Terminal
from tests.support import Operator, wait_for_exit

A_GLANCE = 0.5
"""Seconds; a decision dialog takes no key within 400 ms of being painted."""

RELEASE = Path(demo_repository.__file__).parent / "release_train.yaml"


def _tags(repository: Path) -> list[str]:
    command = ["git", "-C", str(repository), "tag", "--list"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def _keys(terminal: Terminal, *keys: str) -> None:
    """Press one key after the other as a person does, reading what the console answers in between."""
    for key in keys:
        terminal.type(key)
        terminal.quiet(A_GLANCE)


@pytest.mark.timeout(240)
def test_a_release_outlives_terminal_and_engine_and_is_approved_by_keys(
    operator: Operator, tmp_path: Path
) -> None:
    repository = demo_repository.make(tmp_path / "tally")
    run = operator.submit(RELEASE, "-i", f"repo={repository}")
    first = Terminal(operator.home)
    try:
        first.wait_for(run, "release-train")
        first.hang_up()
        assert first.exit_code() in (128 + signal.SIGHUP, -signal.SIGHUP)
    finally:
        first.close()
    engine = operator.engine_pid()
    os.kill(engine, signal.SIGKILL)
    wait_for_exit(engine)
    second = Terminal(operator.home, columns=160, lines=48)
    try:
        second.wait_for("Release 0.3.1?")
        _approve(second, operator.gate()["id"])
        assert operator.end_of(run) == "succeeded"
        second.type("q")
        assert second.exit_code() == 0
    finally:
        second.close()
    assert _tags(repository) == ["v0.3.0", "v0.3.1"]
    decision = operator.ask("show", run)["gates"][0]["decisions"][0]
    assert decision["identity"] == "kernel"
    assert decision["reason"] == "read in the terminal"


def _approve(terminal: Terminal, gate: str) -> None:
    """Read all that is shown to its end, then decide: nothing less opens the way."""
    terminal.type("!")
    terminal.wait_for("digest")
    _keys(terminal, "2", "G", "3", "G", "1", "G")
    terminal.type("a")
    terminal.wait_for("Approve gate")
    run, _, place = gate.rpartition(".")
    _keys(terminal, "", "\t", *"read in the terminal", "\t", *f"{run[-3:]}.{place}", "\t", "\t", "\r")
