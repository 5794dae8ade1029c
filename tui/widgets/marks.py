"""Which rows are marked, by identity, so that marks stay with their rows when the list changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


class Marks:
    """The marked keys, and the key where a range was begun."""

    def __init__(self) -> None:
        self._keys: set[str] = set()
        self._anchor: str | None = None

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(self._keys)

    @property
    def anchor(self) -> str | None:
        """Where a range was begun; None when none is open."""
        return self._anchor

    def __contains__(self, key: str) -> bool:
        return key in self._keys

    def __bool__(self) -> bool:
        return bool(self._keys)

    def toggle(self, key: str) -> None:
        self._keys ^= {key}

    def add(self, keys: Iterable[str]) -> None:
        self._keys.update(keys)

    def clear(self) -> None:
        self._keys.clear()
        self._anchor = None

    def extend(self, keys: Sequence[str], at: str) -> None:
        """Begin a range at `at`; with a range open, mark all from its start to `at` and close it."""
        if self._anchor is None or self._anchor not in keys:
            self._anchor = at
            return
        first, last = sorted((keys.index(self._anchor), keys.index(at)))
        self._keys.update(keys[first : last + 1])
        self._anchor = None

    def keep_only(self, keys: Iterable[str]) -> None:
        """Forget the marks of rows that are gone."""
        if self._keys or self._anchor:
            present = set(keys)
            self._keys &= present
            self._anchor = self._anchor if self._anchor in present else None
