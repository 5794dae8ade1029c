"""The disk is full: the engine stops scheduling and says so; with space again, nothing is missing."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.shell import Shell
from tests.support import OPSGATE, PATIENCE, Operator, release, until, wait_for_exit, wait_for_file, workflow

READ = """
workflow: read
inputs: {folder: {type: path, required: true}}
steps:
  - id: one
    effects: none
    on_failure: halt
    env: {FOLDER: "${inputs.folder}"}
    script: |
      echo "$OPSGATE_ATTEMPT" >> "$FOLDER/witness"
      read -r line < "$FOLDER/pipe"
"""
ASK = "workflow: ask\nsteps:\n  - {id: ask, gate: {title: Go on?}}\n"


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Operator]:
    """An operator whose home lies on a disk of three megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() != 0 or _mount("-t", "tmpfs", "-o", "size=3m", "none", str(disk)) != 0:
        pytest.skip("making a small disk needs the right to mount")
    operator = Shell(disk / "home")
    try:
        yield operator
    finally:
        (disk / "ballast").unlink(missing_ok=True)
        operator.close()
        until(lambda: subprocess.run(["umount", str(disk)], capture_output=True, check=False).returncode == 0)


def _mount(*words: str) -> int:
    return subprocess.run(["mount", *words], capture_output=True, check=False).returncode


def fill(disk: Path) -> None:
    """Take all that is left, to the last byte."""
    with (disk / "ballast").open("wb", buffering=0) as ballast:
        for size in (1 << 16, 1 << 10, 1):
            try:
                while ballast.write(b"x" * size) == size:
                    pass
            except OSError:
                continue


def test_a_full_disk_stops_the_engine_and_nothing_is_lost(small: Operator, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    run = small.submit(workflow(tmp_path, READ), "-i", f"folder={tmp_path}")
    wait_for_file(tmp_path / "witness")
    asking = workflow(tmp_path, ASK, "ask.yaml")
    first = small.submit(asking)
    gate = small.gate()
    pid = small.engine_pid()
    fill(small.home.parent)

    refused = small("approve", gate["id"], "--digest", gate["digest"], code=6)
    assert "disk" in refused.err
    assert "Free some space" in refused.err
    wait_for_exit(pid)
    late = small("run", asking, code=None)
    assert late.code == 6, late
    assert small.run_state(first) == "waiting", "reading goes on without space"
    assert small.run_state(run) == "running"

    (small.home.parent / "ballast").unlink()
    release(tmp_path / "pipe")
    small("engine", "start")
    assert small.end_of(run) == "succeeded"
    assert (tmp_path / "witness").read_text() == "1\n"
    assert small.gate()["digest"] == gate["digest"]
    small("approve", gate["id"], "--digest", gate["digest"])
    assert small.end_of(first) == "succeeded"
    assert small("doctor", code=None).out.count("hash chain unbroken") == 1


def test_whoever_waits_for_a_run_is_told(small: Operator, tmp_path: Path) -> None:
    asking = workflow(tmp_path, ASK)
    waiting = subprocess.Popen(
        [*OPSGATE, "--home", str(small.home), "run", str(asking), "--wait"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    gate = small.gate()
    fill(small.home.parent)
    small("approve", gate["id"], "--digest", gate["digest"], code=6)
    _, err = waiting.communicate(timeout=PATIENCE)
    assert waiting.returncode == 6
    assert "Free some space" in err


def test_an_engine_that_may_write_no_larger_file_says_so(operator: Operator, tmp_path: Path) -> None:
    """The same without any right to mount: files may not grow beyond a limit."""
    limit = 192 * 1024
    engine = subprocess.Popen(
        [*OPSGATE, "--home", str(operator.home), "engine", "run"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    wait_for_file(operator.home / "engine.sock")
    file = workflow(tmp_path, ASK)
    accepted = []
    while (said := operator("run", file, code=None)).code == 0:
        accepted.append(said.out.strip())
        assert len(accepted) < 500
    assert said.code == 6, said
    assert engine.communicate(timeout=PATIENCE)[1].count("\n") == 1
    assert engine.returncode == 6
    operator("engine", "start")
    assert set(accepted) == {record["id"] for record in operator.list("runs", "--limit", "1000")}
    assert operator("doctor").code == 0


def test_a_step_that_ends_while_the_disk_is_full_keeps_its_result(small: Operator, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    two = READ + "  - {id: two, needs: [one], run: ['true'], on_failure: halt}\n"
    run = small.submit(workflow(tmp_path, two), "-i", f"folder={tmp_path}")
    wait_for_file(tmp_path / "witness")
    pid = small.engine_pid()
    fill(small.home.parent)
    release(tmp_path / "pipe")
    wait_for_exit(pid)
    assert [step["state"] for step in small.ask("show", run)["steps"]] == ["running", "pending"]
    (small.home.parent / "ballast").unlink()
    assert small.end_of(run) == "succeeded"
    assert (tmp_path / "witness").read_text() == "1\n"
