"""Making and asking the git repositories that the tests release."""

from __future__ import annotations

import subprocess
from pathlib import Path

PROJECT = """\
[build-system]
requires = []
build-backend = 'flat_backend'
backend-path = ['.']

[project]
name = 'squares'
# stands alone
version = '1.4'

[tool.other]
version = '1.4'
"""

TESTS = """\
import unittest

from squares import square


class Squares(unittest.TestCase):
    def test_three(self):
        self.assertEqual(square(3), 9)
"""


def make_flat(place: Path) -> Path:
    """A repository unlike the demo's: one module, tests in no package, no tag, no changelog, version 1.4."""
    backend = Path(__file__).with_name("flat_backend.py").read_text(encoding="utf-8")
    module = "__version__ = '1.4'\n\n\ndef square(n):\n    return n * n\n"
    files = {"pyproject.toml": PROJECT, "flat_backend.py": backend, "squares.py": module}
    write(place, {**files, "tests/test_squares.py": TESTS})
    git(place, "init", "--quiet", "--initial-branch=trunk")
    commit(place, "Square numbers")
    return place


def write(folder: Path, files: dict[str, str]) -> None:
    """Write `files`, texts by relative path, into `folder`."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")


def commit(folder: Path, message: str) -> None:
    """Commit all there is in `folder`, by somebody git does not know otherwise."""
    git(folder, "add", "--all")
    git(
        folder, "-c", "user.name=Ada", "-c", "user.email=ada@host.example", "commit", "--quiet", "-m", message
    )


def git(folder: Path, *arguments: str) -> str:
    """What git prints in `folder`."""
    done = subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()
