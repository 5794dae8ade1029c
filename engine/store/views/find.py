"""Ids from their beginnings: wherever an id is wanted, a prefix that only one id has will do."""

from __future__ import annotations

from typing import Final, Literal

from engine.core.errors import Ambiguous, NotFound
from engine.store.views.reader import Read

_SHOWN: Final = 5
_LISTS: Final = {"run": "opsgate runs", "gate": "opsgate gates --all"}
_LAST: Final = "\U0010ffff"


async def resolve(read: Read, table: Literal["run", "gate"], prefix: str) -> str:
    """The only id in `table` that begins with `prefix`. Raises NotFound, and Ambiguous with candidates."""
    if not prefix:  # a variable that is not set, in somebody's script
        raise NotFound(f"An empty id names no {table}. List them with `{_LISTS[table]}`.")
    rows = await read.rows(
        f"SELECT id FROM {table} WHERE id >= ? AND id < ? ORDER BY id LIMIT ?",
        prefix,
        prefix + _LAST,
        _SHOWN + 1,
    )
    ids = [str(row["id"]) for row in rows]
    if len(ids) == 1 or prefix in ids:
        return prefix if prefix in ids else ids[0]
    if not ids:
        raise NotFound(f"There is no {table} {prefix}. List them with `{_LISTS[table]}`.")
    more = ", …" if len(ids) > _SHOWN else ""
    raise Ambiguous(
        f"{prefix} could be {', '.join(ids[:_SHOWN])}{more}. Type more of it.",
        details={"candidates": ids[:_SHOWN]},
    )
