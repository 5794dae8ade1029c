"""The version is raised where the project states it, and the gate shows exactly that difference."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest

from sample_workflows.release_steps import ReleaseError
from sample_workflows.release_steps.bump import next_version
from tests.samples.conftest import Train
from tests.samples.repositories import commit, git, write


def test_version_and_changelog_are_written_and_staged_only(demo_train: Train) -> None:
    demo_train.checkout()
    result = demo_train.bump("minor", "- Take a discount off an invoice")
    assert result["state"] == {"version": "0.4.0"}
    assert result["caveats"] == []
    assert result["output"]["tag"] == "v0.4.0"
    assert result["output"]["files"] == ["pyproject.toml", "CHANGELOG.md", "tally/__init__.py"]
    assert git(demo_train.tree, "diff", "--cached", "--name-only").splitlines() == sorted(
        result["output"]["files"]
    )
    changelog = (demo_train.tree / "CHANGELOG.md").read_text(encoding="utf-8").splitlines()
    assert changelog[0:2] == ["# Changelog", ""]
    assert changelog[2].startswith("## 0.4.0 - ")
    assert changelog[3:7] == ["", "- Take a discount off an invoice", "", "## 0.3.0 - 2025-03-03"]
    assert git(demo_train.tree, "rev-parse", "HEAD") == demo_train.source["commit"]
    assert git(demo_train.repo, "status", "--porcelain") == ""


def test_the_patch_is_the_real_difference(demo_train: Train, tmp_path: Path) -> None:
    demo_train.checkout()
    for name, value in {"diff.noprefix": "true", "color.ui": "always", "diff.external": "/bin/false"}.items():
        git(demo_train.repo, "config", name, value)
    result = demo_train.bump()
    patch = Path("release.patch").resolve()
    assert hashlib.sha256(patch.read_bytes()).hexdigest() == result["output"]["patch_sha256"]
    subprocess.run(["git", "clone", "--quiet", demo_train.repo, tmp_path / "clone"], check=True)
    git(tmp_path / "clone", "apply", str(patch))
    for name in result["output"]["files"]:
        assert (tmp_path / "clone" / name).read_bytes() == (demo_train.tree / name).read_bytes()


def test_bumping_again_begins_anew(demo_train: Train) -> None:
    demo_train.checkout()
    first = demo_train.bump("major")
    assert demo_train.bump("major") == first


def test_only_the_projects_own_version_is_raised(flat_train: Train) -> None:
    flat_train.checkout()
    result = flat_train.bump("minor")
    text = (flat_train.tree / "pyproject.toml").read_text(encoding="utf-8")
    assert text == (flat_train.repo / "pyproject.toml").read_text(encoding="utf-8").replace(
        "# stands alone\nversion = '1.4'", "# stands alone\nversion = '1.5.0'"
    )
    assert "__version__ = '1.5.0'" in (flat_train.tree / "squares.py").read_text(encoding="utf-8")
    assert result["caveats"] == [
        "The version 1.4 was read as 1.4.0.",
        "There was no CHANGELOG.md; one was made.",
    ]


def test_a_version_that_differs_elsewhere_is_left_and_said(flat_train: Train) -> None:
    write(flat_train.repo, {"squares.py": "__version__ = '1.2'\n"})
    git(flat_train.repo, "tag", "1.1")
    commit(flat_train.repo, "Disagree")
    flat_train.checkout()
    result = flat_train.bump()
    assert result["output"]["tag"] == "1.4.1"
    assert "squares.py says __version__ 1.2, not 1.4; it was left as it is." in result["caveats"]
    assert "pyproject.toml says 1.4, but the last release tag is 1.1." in result["caveats"]


@pytest.mark.parametrize(
    ("project", "reason"),
    [
        (None, "has no pyproject.toml"),
        ("[tool.x]\nversion = '1.0'\n", r"no version in its \[project\] table"),
        ("[project]\ndynamic = ['version']\n", "computes its version"),
        ("[project]\nversion = '1.0rc1'\n", "cannot raise the version 1.0rc1"),
        ("project = {version = '1.0.0'}\n", "written unusually"),
        ("[project\n", "cannot be read"),
    ],
)
def test_a_version_that_cannot_be_raised_is_refused(
    flat_train: Train, project: str | None, reason: str
) -> None:
    (flat_train.repo / "pyproject.toml").unlink()
    write(flat_train.repo, {} if project is None else {"pyproject.toml": project})
    commit(flat_train.repo, "Change the project")
    flat_train.checkout()
    with pytest.raises(ReleaseError, match=reason):
        flat_train.bump()


def test_a_tag_that_exists_stops_the_release_before_anybody_is_asked(demo_train: Train) -> None:
    git(demo_train.repo, "tag", "v0.3.1", "HEAD~5")
    git(demo_train.repo, "tag", "--delete", "v0.3.0")
    demo_train.checkout()
    demo_train.source["previous_tag"] = "v0.3.0"
    with pytest.raises(ReleaseError, match=r"v0\.3\.1 exists already"):
        demo_train.bump()


def test_an_unreleased_section_and_foreign_line_ends_are_kept(flat_train: Train) -> None:
    write(flat_train.repo, {"CHANGELOG.md": "# News\r\n\r\n## Unreleased\r\n\r\n## 1.4\r\n\r\n- Old\r\n"})
    commit(flat_train.repo, "Keep a changelog")
    flat_train.checkout()
    result = flat_train.bump(changelog="- New\n- Newer\n")
    text = (flat_train.tree / "CHANGELOG.md").read_bytes().decode()
    assert "\n" not in text.replace("\r\n", "")
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings[0] == "## Unreleased"
    assert headings[1].startswith("## 1.4.1 - ")
    assert headings[2] == "## 1.4"
    assert "- New\r\n- Newer\r\n\r\n## 1.4\r\n" in text
    assert any("Unreleased" in caveat for caveat in result["caveats"])


def test_the_next_version_by_part() -> None:
    assert [next_version("1.2.3", part) for part in ("major", "minor", "patch")] == [
        "2.0.0",
        "1.3.0",
        "1.2.4",
    ]
    assert [next_version("7", part) for part in ("major", "minor", "patch")] == ["8.0.0", "7.1.0", "7.0.1"]
    with pytest.raises(ReleaseError, match="no part of a version"):
        next_version("1.2.3", "micro")
