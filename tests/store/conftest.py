"""What the store's tests share: a home, an engine's store in it, and the read side."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.home import Home
from engine.store.views import Views

from .build import Desk, open_store


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home(tmp_path / "home")
    found.ensure()
    return found


@pytest.fixture
async def desk(home: Home) -> AsyncIterator[Desk]:
    store = open_store(home)
    try:
        yield Desk(home, store, store.start_writer(asyncio.get_running_loop()))
    finally:
        await store.close()


@pytest.fixture
async def views(home: Home) -> AsyncIterator[Views]:
    async with await Views.open(home.database) as opened:
        yield opened
