"""Makes a small real git repository for the release train to release.

`demo_repository/` holds one folder a commit: its files are laid over the tree and committed, in the
order of `HISTORY`. The dates, the author and so the commit ids are the same on every machine.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

STAGES = Path(__file__).with_name("demo_repository")
AUTHOR = "Tally Maintainers"
EMAIL = "maintainers@tally.example"


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit: the folder with its files, its message, its date in UTC, the tag put on it."""

    stage: str
    message: str
    date: str
    tag: str = ""


HISTORY = (
    Commit("1-money", "Count money in whole cents", "2025-02-10T09:12:00"),
    Commit("2-invoice", "Add invoices and their lines", "2025-02-11T14:40:00"),
    Commit("3-text", "Render an invoice as plain text", "2025-02-19T10:05:00"),
    Commit("4-changelog", "Release 0.3.0", "2025-03-03T16:30:00", tag="v0.3.0"),
    Commit("5-discount", "Take a discount off an invoice", "2025-03-12T11:21:00"),
    Commit("6-csv", "Read invoice lines from a CSV file", "2025-03-14T15:48:00"),
    Commit("7-rounding", "Round halves of a cent away from zero", "2025-03-20T08:57:00"),
    Commit("8-command", "Print an invoice from the command line", "2025-03-27T13:33:00"),
)


def make(folder: Path) -> Path:
    """Make the repository in `folder`, which must not exist or be empty, and return its path.

    Its branch is `main`; `v0.3.0` is tagged and four commits wait to be released. Raises
    FileExistsError when `folder` holds something, subprocess.CalledProcessError when git fails.
    """
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty: name a folder that does not exist yet")
    folder.mkdir(parents=True, exist_ok=True)
    _git(folder, "init", "--quiet", "--initial-branch=main")
    _git(folder, "config", "user.name", AUTHOR)
    _git(folder, "config", "user.email", EMAIL)
    for commit in HISTORY:
        shutil.copytree(
            STAGES / commit.stage, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__")
        )
        _git(folder, "add", "--all")
        _git(folder, "commit", "--quiet", f"--message={commit.message}", date=commit.date)
        if commit.tag:
            _git(folder, "tag", "--annotate", f"--message={commit.message}", commit.tag, date=commit.date)
    return folder


def _git(folder: Path, *arguments: str, date: str | None = None) -> None:
    """Run git in `folder` with the repository's own configuration only: no user's hooks or keys join."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    own = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}
    dated = {"GIT_AUTHOR_DATE": f"{date}Z", "GIT_COMMITTER_DATE": f"{date}Z"} if date else {}
    subprocess.run(
        ["git", "-C", str(folder), *arguments],
        env=inherited | own | dated,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )
