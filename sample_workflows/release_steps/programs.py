"""Running git and other programs: no shell, no prompt, output into the step's log."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Result = dict[str, Any]


class ReleaseError(Exception):
    """The release cannot go on; the message is one sentence and what to do next."""


def git(folder: Path, *arguments: str) -> str:
    """What git prints in `folder`, without the final newline. Raises ReleaseError when it fails."""
    return git_bytes(folder, *arguments).decode("utf-8", "replace").rstrip("\n")


def git_bytes(folder: Path, *arguments: str) -> bytes:
    """What git prints in `folder`, byte for byte. Raises ReleaseError when it fails."""
    done = _git(folder, arguments)
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise ReleaseError(
            f"git {' '.join(arguments)[:60]} failed in {folder}: {said or f'exit code {done.returncode}'}"
        )
    return done.stdout


def git_answers(folder: Path, *arguments: str) -> str | None:
    """What git prints in `folder`, or None when it fails: for questions whose answer may be no."""
    done = _git(folder, arguments)
    return done.stdout.decode("utf-8", "replace").strip() if done.returncode == 0 else None


def stream(argv: Sequence[str], folder: Path, env: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Run `argv` in `folder`, print its output line by line as it comes; its exit code and all it said.

    `env` is laid over the step's own environment. Raises ReleaseError when the program cannot be started.
    """
    try:
        process = subprocess.Popen(
            argv,
            cwd=folder,
            env=os.environ | dict(env or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        raise ReleaseError(f"cannot start {argv[0]}: {error.strerror}; install it or name another") from error
    said: list[str] = []
    with process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            said.append(line)
    return process.returncode, "".join(said)


def _git(folder: Path, arguments: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
    quiet = {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C.UTF-8"}
    try:
        return subprocess.run(
            ["git", "-C", str(folder), *arguments],
            env=os.environ | quiet,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise ReleaseError(f"cannot start git: {error.strerror}; install git, or put it on PATH") from error
