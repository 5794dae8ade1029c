"""Here only the engine needs to be a process of its own, not each question that a test asks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.shell import Shell


@pytest.fixture
def operator(tmp_path: Path) -> Iterator[Shell]:
    """Somebody at a shell with a fresh home; its engine and all it runs are ended afterwards."""
    someone = Shell(tmp_path / "home")
    yield someone
    someone.close()
