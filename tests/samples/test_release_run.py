"""The main job, end to end, through the command line: a real repository is released, or it is not."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

import pytest

from sample_workflows import demo_repository
from tests.support import Operator

SAMPLES = Path(demo_repository.__file__).parent
RELEASE = SAMPLES / "release_train.yaml"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return demo_repository.make(tmp_path / "tally")


def _tags(repository: Path) -> list[str]:
    command = ["git", "-C", str(repository), "tag", "--list"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def test_an_approved_release_is_tagged_built_and_verified(operator: Operator, repository: Path) -> None:
    run = operator.submit(RELEASE, "-i", f"repo={repository}")
    gate = operator.gate()
    assert gate["title"] == "Release 0.3.1?"
    assert gate["consequence"] == "high"
    assert _tags(repository) == ["v0.3.0"], "nothing is released before a person has decided"
    shown = operator("gate", gate["id"]).out
    assert "+## 0.3.1" in shown, "the gate shows the real diff"
    operator("approve", gate["id"], "--digest", gate["digest"], "--reason", "read it")
    assert operator.end_of(run) == "succeeded"
    assert _tags(repository) == ["v0.3.0", "v0.3.1"]
    _check_wheel(operator, run)
    _check_story(operator, run)


def _check_wheel(operator: Operator, run: str) -> None:
    dist = operator.home / "runs" / run / "dist"
    wheel = next(dist.glob("*.whl"))
    assert wheel.name == "tally-0.3.1-py3-none-any.whl"
    assert "tally/money.py" in zipfile.ZipFile(wheel).namelist()
    kept = operator.home / "kept.whl"
    operator("artifacts", run, "build/wheel.whl", "--out", kept)
    assert kept.read_bytes() == wheel.read_bytes()


def _check_story(operator: Operator, run: str) -> None:
    detail = operator.ask("show", run)
    assert all(step["state"] == "succeeded" for step in detail["steps"])
    assert detail["state"] == {"version": "0.3.1"}
    assert detail["gates"][0]["decisions"][0]["reason"] == "read it"
    assert {item["name"] for item in detail["artifacts"]} == {"release.patch", "sdist.tar.gz", "wheel.whl"}
    assert "Ran 13 tests" in operator("logs", run, "tests").out
    types = [event["type"] for event in operator.list("events", run)]
    assert "agent.message" in types and "tool.finished" in types and "usage" in types
    assert types[0] == "run.created" and types[-1] == "run.ended"
    assert detail["run"]["tokens"] > 0


def test_a_failing_test_stops_the_release(operator: Operator, repository: Path) -> None:
    run = operator.submit(RELEASE, "-i", f"repo={repository}", "-i", "inject_failure=true")
    assert operator.end_of(run) == "failed"
    steps = {step["id"]: step for step in operator.ask("show", run)["steps"]}
    assert steps["tests"]["state"] == "failed"
    assert steps["tag"]["state"] == "cancelled"
    assert _tags(repository) == ["v0.3.0"]


def test_a_rejected_release_leaves_nothing(operator: Operator, repository: Path) -> None:
    run = operator.submit(RELEASE, "-i", f"repo={repository}", "-i", "bump=major")
    gate = operator.gate()
    assert gate["title"] == "Release 1.0.0?"
    operator("reject", gate["id"], "--digest", gate["digest"], "--reason", "too early for 1.0")
    assert operator.end_of(run) == "rejected"
    assert _tags(repository) == ["v0.3.0"]
    assert "too early for 1.0" in operator("show", run).out


@pytest.mark.timeout(240)
def test_the_demo_does_all_of_it_by_itself(tmp_path: Path) -> None:
    operator = Operator(tmp_path / "unused")
    said = operator("demo", "--headless", "--keep", tmp_path / "demo")
    assert "v0.3.1" in said.out
    assert "succeeded_with_flags" in said.out
    assert operator("--home", tmp_path / "demo" / "home", "engine", "status", code=5).out == ""
