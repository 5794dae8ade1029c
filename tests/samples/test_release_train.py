"""The release train's file fits its callables: played in order they leave a tag, archives, no worktree."""

from __future__ import annotations

import inspect
import subprocess
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

import sample_workflows
from engine.core.references import resolve_argv, resolve_value
from tests.samples.repositories import git

FOLDER = Path(sample_workflows.__file__).parent


def test_the_whole_train_on_the_demo(demo: Path, run_folder: Path) -> None:
    names = _play(demo, run_folder, bump="minor")
    subjects = git(demo, "log", "--format=- %s", "v0.3.0..main")
    assert names["steps"]["draft"]["output"]["changelog"] == subjects
    assert names["state"] == {"version": "0.4.0"}
    assert subjects in git(demo, "show", "v0.4.0:CHANGELOG.md")
    assert git(demo, "tag", "--list", "--format=%(contents:body)", "v0.4.0").strip() == subjects
    assert sorted(path.name for path in (run_folder / "dist").iterdir()) == [
        "tally-0.4.0-py3-none-any.whl",
        "tally-0.4.0.tar.gz",
    ]
    assert names["steps"]["verify"]["output"]["version"] == "0.4.0"
    assert "\n" not in git(demo, "worktree", "list")
    assert names["caveats"] == []


def test_the_whole_train_on_a_project_unlike_the_demo(flat: Path, run_folder: Path) -> None:
    names = _play(flat, run_folder)
    assert git(flat, "tag") == "v1.4.1"
    assert names["steps"]["verify"]["output"] == {"version": "1.4.1", "modules": ["squares"]}
    assert len(names["caveats"]) == 4


@pytest.mark.parametrize("file", ["release_train.yaml", "nightly_report.yaml", "gated_payment.yaml"])
def test_each_python_step_gives_its_callable_what_it_takes(file: str) -> None:
    steps = [step for step in _load(file)["steps"] if "python" in step]
    assert steps
    for step in steps:
        inspect.signature(_callable(step["python"])).bind(**step.get("with", {}))


def _play(repo: Path, run_folder: Path, **inputs: Any) -> dict[str, Any]:
    """Every step but the gate, one after another; the names a reference can see, and all caveats."""
    workflow = _load("release_train.yaml")
    defaults = {name: field["default"] for name, field in workflow["inputs"].items() if "default" in field}
    names: dict[str, Any] = {
        "inputs": {**defaults, "repo": str(repo), **inputs},
        "state": {},
        "steps": {},
        "run": {"id": "r1", "dir": str(run_folder)},
        "caveats": [],
    }
    for step in workflow["steps"]:
        if "agent" in step:
            result = {"output": {"changelog": _drafted(names)}}
        elif "python" in step:
            result = _callable(step["python"])(**resolve_value(step["with"], names))
        else:
            continue
        assert set(result.get("state", {})) <= set(step.get("writes", []))
        assert all(Path(name).is_file() for name in step.get("artifacts", []))
        names["steps"][step["id"]] = {"output": result["output"]}
        names["state"].update(result.get("state", {}))
        names["caveats"].extend(result.get("caveats", []))
    return names


def _drafted(names: dict[str, Any]) -> str:
    """What the writer's tool prints."""
    (tool,) = [action["tool"] for action in _load("agents/changelog.yaml")["script"] if "tool" in action]
    argv = resolve_argv(tool["run"], names)
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()


def _callable(target: str) -> Any:
    module, _, name = target.partition(":")
    return getattr(import_module(f"sample_workflows.{module}"), name)


def _load(file: str) -> dict[str, Any]:
    loaded: dict[str, Any] = YAML(typ="safe").load((FOLDER / file).read_text(encoding="utf-8"))
    return loaded
