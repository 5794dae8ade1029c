"""Run ids: short, sortable by time, unique within a home."""

from __future__ import annotations

from engine.runtime.clock import Clock

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_EPOCH = 1_767_225_600.0  # 2026-01-01T00:00:00Z; eight digits of base 32 last until 2060
_DIGITS = 8


class Ids:
    """Ids from the clock's milliseconds; never one twice, even when the clock steps back."""

    def __init__(self, clock: Clock, last: str | None = None) -> None:
        self._clock = clock
        self._last = _value(last) if last else 0

    def run(self) -> str:
        """The next run id, such as `r0k3f9x2a`."""
        now = int((self._clock.now() - _EPOCH) * 1000)
        self._last = max(self._last + 1, now, 0)
        return "r" + _digits(self._last)


def _digits(value: int) -> str:
    text = ""
    for _ in range(_DIGITS):
        value, rest = divmod(value, 32)
        text = _ALPHABET[rest] + text
    return text


def _value(run: str) -> int:
    value = 0
    for digit in run.removeprefix("r"):
        value = value * 32 + _ALPHABET.index(digit)
    return value
