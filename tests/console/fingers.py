"""How tests press keys in front of a dialog: with a clock that they move themselves."""

from __future__ import annotations

from typing import Protocol

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


class Keyboard(Protocol):
    """What keys are pressed on: a pilot, or a console as a test sees it."""

    async def press(self, *keys: str) -> None: ...


async def press(keyboard: Keyboard, clock: Clock, *keys: str) -> None:
    """Keys as a person presses them: each after some time."""
    for key in keys:
        clock.pass_by()
        await keyboard.press(key)
