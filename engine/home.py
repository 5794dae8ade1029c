"""The home directory: one engine, one database, and the files of its runs.

HOME/opsgate.db         events and projections (SQLite)
HOME/engine.lock        flock of the engine that owns this home, with its name in it
HOME/engine.sock        commands
HOME/engine.log         what the engine prints
HOME/artifacts/         kept files, by digest
HOME/runs/RUN/          a run's folder: `${run.dir}`
HOME/runs/RUN/.steps/   one folder an attempt: STEP/NUMBER
HOME/supervisor/        the supervisor's socket and record
HOME/hosts/             warm python hosts
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.core.errors import StorageTrouble


@dataclass(frozen=True, slots=True)
class Home:
    """Where everything of one engine lies. Making one touches nothing."""

    path: Path

    @property
    def database(self) -> Path:
        return self.path / "opsgate.db"

    @property
    def lock(self) -> Path:
        return self.path / "engine.lock"

    @property
    def socket(self) -> Path:
        return self.path / "engine.sock"

    @property
    def log(self) -> Path:
        return self.path / "engine.log"

    @property
    def artifacts(self) -> Path:
        return self.path / "artifacts"

    @property
    def runs(self) -> Path:
        return self.path / "runs"

    def run_folder(self, run: str) -> Path:
        return self.runs / run

    def ensure(self) -> None:
        """Make the directory, private to its owner. Raises StorageTrouble when that is impossible."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.runs.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise StorageTrouble(
                f"The home {self.path} cannot be used: {error.strerror}. Choose another with --home."
            ) from error
        if not os.access(self.path, os.W_OK | os.X_OK):
            raise StorageTrouble(
                f"The home {self.path} is not writable for you. "
                "Choose another with --home, or fix its rights."
            )


def attempt_folder(run_folder: str, step: str, attempt: int) -> str:
    """The folder of one attempt: its log, its input, its result, its working folder.

    Text, since every attempt passes here and path objects cost more than all the rest of its preparation.
    """
    return f"{run_folder}/.steps/{step}/{attempt}"


def default_home(environment: Mapping[str, str]) -> Home:
    """`OPSGATE_HOME`, else `$XDG_STATE_HOME/opsgate`, else `~/.local/state/opsgate`."""
    chosen = environment.get("OPSGATE_HOME")
    if chosen:
        return Home(Path(chosen).expanduser().absolute())
    state = environment.get("XDG_STATE_HOME")
    base = Path(state) if state else Path.home() / ".local" / "state"
    return Home((base / "opsgate").absolute())
