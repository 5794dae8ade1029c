"""A home with a detached engine and real runs, and the console on it as a test sees it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual import events
from textual.keys import _character_to_key
from textual.pilot import Pilot

from engine.client import Client, Views
from engine.core.states import Verdict
from engine.home import Home
from tests.support import PATIENCE
from tui.app import Console
from tui.screens.base import ConsoleScreen

SIZES = ((80, 24), (160, 48))

GATED = """
workflow: gated
inputs:
  who: {type: string, default: ACME}
  weight: {type: string, default: high}
defaults: {on_failure: halt, timeout: 1m}
steps:
  - id: prepare
    script: |
      echo "prepared for $WHO"
    env: {WHO: "${inputs.who}"}
    effects: none
  - id: approve
    needs: [prepare]
    gate: {title: "Pay ${inputs.who}?", consequence: high, show: [inputs.who]}
  - id: pay
    needs: [approve]
    run: ["true"]
    effects: none
"""
QUICK = """
workflow: quick
inputs:
  code: {type: integer, default: 0}
queue: errands
defaults: {on_failure: halt, timeout: 1m}
steps:
  - id: only
    script: exit "$CODE"
    env: {CODE: "${inputs.code}"}
    effects: none
"""
HELD = """
workflow: held
inputs:
  gate: {type: string}
defaults: {on_failure: halt, timeout: 5m}
steps:
  - id: hold
    script: |
      echo "holding on"
      read -r line < "$FIFO"
    env: {FIFO: "${inputs.gate}"}
    effects: none
"""


class Living:
    """A home that runs. `folder` holds its workflow files."""

    def __init__(self, client: Client, folder: Path) -> None:
        self.client = client
        self.folder = folder

    async def submit(self, text: str, **inputs: Any) -> str:
        """Submit a run of the workflow with this text."""
        file = self.folder / f"{hash(text) & 0xFFFF:04x}.yaml"
        file.write_text(text)
        bundle = await self.client.bundle(str(file))
        answer = await self.client.submit(bundle, inputs=inputs, folder=self.folder)
        return str(answer["run"])

    async def ended(self, text: str, **inputs: Any) -> str:
        """Submit a run and wait for its end."""
        run = await self.submit(text, **inputs)
        await self.client.wait(run)
        return run

    async def gated(self, **inputs: Any) -> str:
        """Submit a run and wait for its gate; returns the run."""
        run = await self.submit(GATED, **inputs)
        await self.gate_of(run)
        return run

    async def gate_of(self, run: str) -> str:
        """The open gate of a run, once there is one."""
        views = await self.client.views()
        async with asyncio.timeout(PATIENCE):
            while (gate := (await views.run(run)).gate) is None:
                await views.changed()
        return gate

    async def approve(self, gate: str) -> None:
        views = await self.client.views()
        record = await views.gate(gate)
        await self.client.decide(gate, Verdict.APPROVE, record.digest, reason="seen")


@asynccontextmanager
async def living(folder: Path) -> AsyncIterator[Living]:
    """Start an engine in `folder/home`; it ends with all that it runs."""
    client = Client(Home(folder / "home"))
    await client.ensure_engine()
    try:
        yield Living(client, folder)
    finally:
        await client.stop("kill")
        await client.gone()
        await client.close()


_KEYS = {"\r": "enter", "\x1b": "escape", "\x7f": "backspace", "\t": "tab"}


class Sight:
    """The console as somebody at the keyboard has it.

    `views` are the test's own, since only one may wait for changes on one connection.
    """

    def __init__(self, app: Console, pilot: Pilot[None], views: Views) -> None:
        self.app = app
        self.views = views
        self._pilot = pilot

    async def press(self, *keys: str) -> None:
        await self._pilot.press(*keys)

    async def type(self, words: str) -> None:
        """Keys that arrive all at once, as from a quick typist or a slow line."""
        for character in words:
            key = _KEYS.get(character) or _character_to_key(character)
            self.app.post_message(events.Key(key, None if character in _KEYS else character))
        await self._pilot.pause()

    async def resize(self, columns: int, lines: int) -> None:
        await self._pilot.resize_terminal(columns, lines)

    @property
    def lines(self) -> list[str]:
        """What is on the screen."""
        return [strip.text.rstrip() for strip in self.app.screen._compositor.render_strips()]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def front(self) -> ConsoleScreen:
        assert self.app.front is not None
        return self.app.front

    async def until(self, true: Callable[[], bool]) -> None:
        """Let the console work until `true()`; the test looks again whenever the database changed."""
        async with asyncio.timeout(PATIENCE):
            await self._pilot.pause()
            while not true():
                await self.views.changed_or(0.05)
                await self._pilot.pause()

    async def shows(self, *words: str) -> None:
        """Wait until all `words` stand on the screen."""
        try:
            await self.until(lambda: all(word in self.text for word in words))
        except TimeoutError:
            raise AssertionError(f"{words} do not all come:\n{self.text}") from None

    async def at(self, place: str) -> None:
        """Wait until the top bar names this place."""
        await self.until(lambda: self.lines[0].endswith(place))

    async def hides(self, word: str) -> None:
        """Wait until `word` is gone from the screen."""
        await self.until(lambda: word not in self.text)


@asynccontextmanager
async def console_on(home: Home, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Sight]:
    """The console on `home`, its first screen read."""
    client, other = Client(home), Client(home)
    app = Console(client)
    try:
        async with app.run_test(size=size) as pilot:
            sight = Sight(app, pilot, await other.views())
            await sight.until(lambda: app.status.overview is not None)
            yield sight
    finally:
        await client.close()
        await other.close()
