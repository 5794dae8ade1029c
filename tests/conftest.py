"""Fixtures for every test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import Operator


@pytest.fixture
def operator(tmp_path: Path) -> Iterator[Operator]:
    """Somebody at a shell with a fresh home; its engine and all it runs are ended afterwards."""
    someone = Operator(tmp_path / "home")
    yield someone
    someone.close()
