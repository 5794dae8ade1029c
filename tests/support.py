"""What tests of whole processes share: a home of their own, the command line on it, and its end."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

OPSGATE = (sys.executable, "-c", "import sys; from engine.cli import main; sys.exit(main())")
PATIENCE = 40.0
"""Seconds a test waits for something that takes milliseconds; reaching it is a failure."""


@dataclass(frozen=True, slots=True)
class Said:
    """What one command line printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its standard output as one JSON object."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """Its standard output as JSON, one object a line."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(slots=True)
class Operator:
    """Somebody at a shell with a home of their own. `close` leaves no process behind."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __call__(self, *words: str | Path, code: int | None = 0, stdin: str = "") -> Said:
        """Run one command line; `code` is the exit code that is expected, None for any."""
        done = subprocess.run(
            [*OPSGATE, "--home", str(self.home), *map(str, words)],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
            env={**os.environ, **self.environment},
        )
        said = Said(done.returncode, done.stdout, done.stderr)
        assert code is None or said.code == code, said
        assert "Traceback" not in said.out + said.err, said
        return said

    def ask(self, *words: str | Path) -> Any:
        """One JSON object."""
        return self("--json", *words).json

    def list(self, *words: str | Path) -> list[Any]:
        """JSON objects, one a line."""
        return self("--json", *words).lines

    def submit(self, file: Path, *words: str | Path) -> str:
        """Submit a run and return its id."""
        return str(self("run", file, *words).out.strip())

    def run_state(self, run: str) -> str:
        return str(self.ask("show", run)["run"]["state"])

    def step(self, run: str, step: str) -> dict[str, Any]:
        found: dict[str, Any] = next(item for item in self.ask("show", run)["steps"] if item["id"] == step)
        return found

    def end_of(self, run: str) -> str:
        """Wait for the run's end; returns its final state."""
        self("engine", "start")
        until(lambda: self.ask("show", run)["run"]["ended_at"] is not None)
        return self.run_state(run)

    def gate(self) -> dict[str, Any]:
        """Wait for an open gate."""
        until(lambda: self.list("gates") != [])
        gate: dict[str, Any] = self.list("gates")[0]
        return gate

    def engine_pid(self) -> int:
        return int(self.ask("engine", "status")["pid"])

    def close(self) -> None:
        """End the engine with all that it runs."""
        if self("engine", "status", code=None).code == 0:
            self("engine", "stop", "--kill")


def until(true: Callable[[], bool]) -> None:
    """Look again and again until `true()`; for what only another process's state can tell."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        select.select([], [], [], 0.02)


def wait_for_exit(pid: int) -> None:
    """Return once the process is gone, or a zombie that its parent has not reaped yet."""
    with suppress(ProcessLookupError):
        descriptor = os.pidfd_open(pid)
        try:
            ready, _, _ = select.select([descriptor], [], [], PATIENCE)
            assert ready, f"process {pid} does not end"
        finally:
            os.close(descriptor)


def wait_for_file(path: Path) -> None:
    until(path.exists)


def workflow(folder: Path, text: str, name: str = "workflow.yaml") -> Path:
    """Write a workflow file and return its path."""
    file = folder / name
    file.write_text(text)
    return file


def release(path: Path) -> None:
    """Let go whoever reads from the named pipe."""
    with path.open("w") as pipe:
        pipe.write("go\n")
