"""When a dialog takes a key: not before it was seen, and not when a held key or a paste brings it."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto

QUIET = 0.4
"""Seconds the keyboard must have been silent, in view of the dialog, before any key counts."""


class Press(Enum):
    """What to make of a key."""

    EARLY = auto()  # it came before the dialog could be read: typed ahead, pasted, or held
    REPEATED = auto()  # the same key as just before: a held key looks like presses to a terminal program
    FRESH = auto()


class Arming:
    """Tells keys that were meant for a dialog from those that were under way when it appeared.

    Every early key starts the wait anew, so what was typed ahead drains into nothing however long it is.
    `clock` gives seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._quiet_since: float | None = None
        self._armed = False
        self._last = ("", 0.0)

    def painted(self) -> None:
        """The dialog is on the screen."""
        self._quiet_since = self._clock()

    @property
    def armed(self) -> bool:
        """Whether the dialog has been seen for long enough, without a key coming in."""
        if not self._armed and self._quiet_since is not None:
            self._armed = self._clock() - self._quiet_since >= QUIET
        return self._armed

    def hear(self, key: str) -> Press:
        """Judge a press of `key`, which happens now."""
        now = self._clock()
        before, self._last = self._last, (key, now)
        if not self.armed:
            if self._quiet_since is not None:
                self._quiet_since = now
            return Press.EARLY
        return Press.REPEATED if before[0] == key and now - before[1] < QUIET else Press.FRESH
