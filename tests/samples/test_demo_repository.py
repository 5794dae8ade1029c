"""The demo's repository is a real project with a history, the same on every machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sample_workflows import demo_repository
from tests.samples.repositories import git


def test_it_has_a_history_with_one_release_and_work_after_it(demo: Path) -> None:
    subjects = git(demo, "log", "--format=%s", "--reverse").splitlines()
    assert subjects == [commit.message for commit in demo_repository.HISTORY]
    assert git(demo, "describe", "--tags") == f"v0.3.0-4-g{git(demo, 'rev-parse', '--short', 'HEAD')}"
    assert git(demo, "cat-file", "-t", "v0.3.0") == "tag"


def test_its_branch_is_main_and_its_checkout_is_clean(demo: Path) -> None:
    assert git(demo, "symbolic-ref", "--short", "HEAD") == "main"
    assert git(demo, "status", "--porcelain", "--ignored") == ""


def test_every_machine_makes_the_same_commits(demo: Path, tmp_path: Path) -> None:
    again = demo_repository.make(tmp_path / "again")
    assert git(again, "rev-parse", "HEAD", "v0.3.0") == git(demo, "rev-parse", "HEAD", "v0.3.0")


def test_no_configuration_of_the_user_joins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config"
    config.write_text("[commit]\n\tgpgSign = true\n[user]\n\tname = Mallory\n", encoding="utf-8")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    monkeypatch.delenv("HOME", raising=False)
    repository = demo_repository.make(tmp_path / "mine")
    monkeypatch.delenv("GIT_DIR")
    assert set(git(repository, "log", "--format=%an %cn").splitlines()) == {
        "Tally Maintainers Tally Maintainers"
    }


def test_every_commit_passes_its_own_tests(demo: Path) -> None:
    for commit in git(demo, "rev-list", "HEAD").splitlines():
        git(demo, "checkout", "--quiet", "--detach", commit)
        assert _tests(demo).returncode == 0, git(demo, "show", "--stat", commit)


def test_its_tests_fail_on_request(demo: Path) -> None:
    failed = _tests(demo, DEMO_FAIL="true")
    assert failed.returncode == 1
    assert "failures=1" in failed.stderr


def test_its_command_prints_an_invoice(demo: Path) -> None:
    (demo / "lines.csv").write_text("text,price,quantity\npaper,4.50,3\nink,19.99,1\n", encoding="utf-8")
    argv = [sys.executable, "-m", "tally", "Ada", "lines.csv", "15"]
    printed = subprocess.run(argv, cwd=demo, check=True, capture_output=True, text=True).stdout
    assert printed.splitlines()[-1] == "Total                              28.47"


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("kept", encoding="utf-8")
    with pytest.raises(FileExistsError, match="not empty"):
        demo_repository.make(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def _tests(folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-B", "-m", "unittest", "discover"],
        cwd=folder,
        env=os.environ | env,
        check=False,
        capture_output=True,
        text=True,
    )
