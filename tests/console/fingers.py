"""How tests press keys in front of a dialog: with a clock that they move themselves."""

from __future__ import annotations

from typing import Any

from textual.pilot import Pilot

from tui.screens.arming import QUIET


class Clock:
    """Stands in for `Dialog.clock`."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def pass_by(self) -> None:
        """More time than any dialog wants."""
        self.now += 2 * QUIET


async def press(pilot: Pilot[Any], clock: Clock, *keys: str) -> None:
    """Keys as a person presses them: each after some time."""
    for key in keys:
        clock.pass_by()
        await pilot.press(key)
