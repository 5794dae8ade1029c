"""Fixtures of the console's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.console.fingers import Clock
from tests.console.living import Living, living
from tui.screens.dialogs import Dialog


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Living]:
    """A home with an engine, empty."""
    async with living(tmp_path) as found:
        yield found


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of all dialogs: it stands still until a test moves it."""
    clock = Clock()
    monkeypatch.setattr(Dialog, "clock", clock)
    return clock
