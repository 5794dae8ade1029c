"""Fresh virtual environments, and pip in them.

The pip of this interpreter serves them all, which is much faster than giving each one its own; only where
this interpreter has none (some installers leave it out) an environment gets one.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

from .programs import ReleaseError, stream

OWN_PIP = importlib.util.find_spec("pip") is not None


def fresh_environment(folder: Path) -> str:
    """Make a virtual environment in `folder`, which must not exist; its interpreter."""
    without = ["--without-pip"] if OWN_PIP else []
    code, _ = stream([sys.executable, "-m", "venv", *without, str(folder)], Path.cwd())
    if code != 0:
        raise ReleaseError("python cannot make a virtual environment: install its venv and ensurepip modules")
    return str(folder / "bin" / "python")


def pip(python: str, *arguments: str) -> tuple[int, str]:
    """Run pip for `python`; its exit code and what it said, which is in the log as well."""
    program = [sys.executable, "-m", "pip", "--python", python] if OWN_PIP else [python, "-m", "pip"]
    quiet = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_ROOT_USER_ACTION": "ignore"}
    return stream([*program, *arguments], Path.cwd(), quiet)


def has(python: str, requirements: list[str]) -> bool:
    """Whether all of `requirements` are installed for `python` already."""
    if not requirements:
        return True
    code, said = pip(python, "install", "--dry-run", "--no-index", "--", *requirements)
    return code == 0 and "Would install" not in said
