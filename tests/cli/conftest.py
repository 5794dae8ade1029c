"""One engine for all tests of a file: what they leave in the home is part of each other's hostile world."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cli.shell import Shell


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """An operator with a home and an engine, both shared by the tests of the file."""
    someone = Shell(tmp_path_factory.mktemp("shared") / "home")
    someone("engine", "start")
    yield someone
    someone.close()
