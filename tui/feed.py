"""The feed: one loop that reads for the screen in front when the database changed, and never too often."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from engine.client import Client, Views
from engine.core.errors import StorageTrouble

SHORTEST = 0.25
"""Seconds between two reads: the screen changes at most four times a second."""

LOOK = 0.125
"""Seconds between two looks whether the database changed, each of which costs a tenth of a millisecond."""

LOOKS_A_TICK = round(SHORTEST / LOOK)

TROUBLE_PAUSE = 2.0
"""Seconds until the database is asked again after it failed."""


class Feed:
    """Calls `load` when the database changed or somebody called `wake`, and `tick` while `is_live()`.

    `trouble` hears when the database cannot be read, each time it is tried; the feed then tries again.
    """

    def __init__(
        self,
        client: Client,
        *,
        load: Callable[[Views], Awaitable[None]],
        tick: Callable[[], None],
        is_live: Callable[[], bool],
        trouble: Callable[[StorageTrouble], None],
    ) -> None:
        self._client = client
        self._load = load
        self._tick = tick
        self._is_live = is_live
        self._trouble = trouble
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Read again soon: another screen is in front, or another row is selected."""
        self._woken.set()

    async def run(self) -> None:
        """Feed until cancelled."""
        while True:
            try:
                await self._follow(await self._client.views())
            except StorageTrouble as trouble:
                self._trouble(trouble)
                await self._client.close()
                await asyncio.sleep(TROUBLE_PAUSE)

    async def _follow(self, views: Views) -> None:
        while True:
            self._woken.clear()
            seen = await views.data_version()
            await self._load(views)
            with suppress(TimeoutError):
                async with asyncio.timeout(SHORTEST):
                    await self._woken.wait()
            await self._something(views, seen)

    async def _something(self, views: Views, seen: int) -> None:
        """Return when there is a reason to read again; until then let live things move."""
        looks = 0
        while not self._woken.is_set() and await views.data_version() == seen:
            if looks % LOOKS_A_TICK == 0 and self._is_live():
                self._tick()
            looks += 1
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK):
                    await self._woken.wait()
