"""Fixtures for every test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support import Operator

# A deadline per example measures the machine's mood; pytest-timeout bounds the whole test instead.
settings.register_profile("opsgate", deadline=None)
settings.load_profile("opsgate")


@pytest.fixture
def operator(tmp_path: Path) -> Iterator[Operator]:
    """Somebody at a shell with a fresh home; its engine and all it runs are ended afterwards."""
    someone = Operator(tmp_path / "home")
    yield someone
    someone.close()
