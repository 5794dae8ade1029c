"""What every verb gets: the home, the chosen output, the claimed name, and a client for its time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

import click

from engine.client import Client
from engine.core.errors import InvalidInput
from engine.home import Home

P = ParamSpec("P")
OpenConsole = Callable[[Home, str | None], object]
"""Opens the console on a home, under a claimed name if one was given."""


@dataclass(slots=True)
class Context:
    """The command line's global options."""

    open_console: OpenConsole | None = None
    home: Home = field(default_factory=lambda: Home(Path()))
    as_json: bool = False
    claimed: str | None = None

    def console(self, home: Home) -> None:
        """Open the console on `home`."""
        if self.open_console is None:
            raise InvalidInput("No console here: name a verb, see `opsgate --help`.")
        self.open_console(home, self.claimed)


def verb(
    act: Callable[Concatenate[Context, Client, P], Awaitable[int | None]],
) -> Callable[P, int]:
    """Make a click callback of an async verb: it gets the context and a client, which is closed after it."""

    @wraps(act)
    def run(*args: P.args, **kwargs: P.kwargs) -> int:
        context = click.get_current_context().find_object(Context)
        assert context is not None
        return asyncio.run(_with_client(context, act, *args, **kwargs))

    return run


async def _with_client(
    context: Context, act: Callable[..., Awaitable[int | None]], *args: Any, **kwargs: Any
) -> int:
    client = Client(context.home, context.claimed)
    try:
        return await act(context, client, *args, **kwargs) or 0
    finally:
        await client.close()


def assignments(texts: tuple[str, ...], option: str) -> dict[str, str]:
    """The values of a repeated NAME=VALUE `option`. Raises InvalidInput for a text that is none."""
    values: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise InvalidInput(f"{option} wants NAME=VALUE, not {text!r}.")
        values[name] = value
    return values
