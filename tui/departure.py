"""How the console leaves when it is told to, or when its terminal is gone: in order, and soon."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from types import FrameType
from typing import TYPE_CHECKING

from tui.terminal import Terminal

if TYPE_CHECKING:
    from tui.app import Console

PATIENCE = 2.0
"""Seconds until the process ends even if the app cannot: it may wait for a terminal that nobody reads."""


class Departure:
    """Ends `app` on SIGHUP, SIGTERM and when its terminal is gone. Make it while the app's loop runs."""

    def __init__(self, app: Console) -> None:
        self._app = app
        self._loop = asyncio.get_running_loop()
        self._code = 0
        for number in (signal.SIGHUP, signal.SIGTERM):
            # Not the loop's own handlers: the loop may be held up by a terminal that nobody reads.
            signal.signal(number, self._signalled)
        app.terminal_gone = self.leave

    def finish(self) -> None:
        """Once the app has ended: exit with what a shell expects when a signal was the reason."""
        if self._code:
            raise SystemExit(self._code)

    def _signalled(self, number: int, _: FrameType | None) -> None:
        self.leave(128 + number)

    def leave(self, code: int = 128 + signal.SIGHUP) -> None:
        """End the app from whatever thread; only the first call counts."""
        if self._code:
            return
        self._code = code
        last = threading.Timer(PATIENCE, self._give_up)
        last.daemon = True
        last.start()
        self._loop.call_soon_threadsafe(self._app.exit)

    def _give_up(self) -> None:
        driver = self._app._driver
        if isinstance(driver, Terminal):
            driver.restore()
        os._exit(self._code)
