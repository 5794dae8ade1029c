"""What the tests of the sample workflows share: repositories to release, and git as on a fresh machine."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sample_workflows import demo_repository, release_steps
from tests.samples.repositories import make_flat


@pytest.fixture(autouse=True)
def bare_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """No user name, no hooks, no signing keys."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return demo_repository.make(tmp_path_factory.mktemp("made") / "demo")


@pytest.fixture
def demo(tmp_path: Path, made_once: Path) -> Path:
    """The demo repository, in a folder with a space and an umlaut in its name."""
    return Path(shutil.copytree(made_once, tmp_path / "mein schönes repo", symlinks=True))


@pytest.fixture
def flat(tmp_path: Path) -> Path:
    return make_flat(tmp_path / "flat")


@dataclass
class Train:
    """The release train's first half on one repository: each step's arguments as the workflow gives them."""

    repo: Path
    run: Path

    def __post_init__(self) -> None:
        self.tree = self.run / "tree"

    def checkout(self) -> dict[str, Any]:
        result = release_steps.checkout(str(self.repo), str(self.tree))
        self.source = result["output"]
        return result

    def bump(self, part: str = "patch", changelog: str = "- Something new") -> dict[str, Any]:
        self.changelog = changelog
        self.bumped = release_steps.bump(
            str(self.tree), self.source["commit"], part, changelog, self.source["previous_tag"]
        )
        return self.bumped

    def tag(self) -> dict[str, Any]:
        return release_steps.tag(
            str(self.tree),
            self.source["commit"],
            self.bumped["output"]["tag"],
            self.bumped["state"]["version"],
            self.changelog,
            self.bumped["output"]["patch_sha256"],
        )


@pytest.fixture
def run_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run's folder; its `work` is the current folder, as a step's working folder is."""
    work = tmp_path / "run é" / "work"
    work.mkdir(parents=True)
    monkeypatch.chdir(work)
    return work.parent


@pytest.fixture
def demo_train(demo: Path, run_folder: Path) -> Train:
    return Train(demo, run_folder)


@pytest.fixture
def flat_train(flat: Path, run_folder: Path) -> Train:
    return Train(flat, run_folder)
