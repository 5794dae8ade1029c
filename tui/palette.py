"""The palette: the command table, searched. It holds nothing that the table does not."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import cast

from rich.text import Text
from textual.command import DiscoveryHit, Hit, Hits, Provider

from tui.command_text import key_label
from tui.commands import Command, in_scopes, why_not
from tui.screens.base import ConsoleScreen


class TableProvider(Provider):
    """The commands that are live on the screen below and possible now."""

    async def discover(self) -> Hits:
        for command in self._commands():
            yield DiscoveryHit(_shown(command), partial(self._owner.perform, command), help=command.help)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for command in self._commands():
            score = matcher.match(f"{command.title} {' '.join(command.words)}")
            if score > 0:
                yield Hit(score, _shown(command), partial(self._owner.perform, command), help=command.help)

    @property
    def _owner(self) -> ConsoleScreen:
        return cast("ConsoleScreen", self.screen)

    def _commands(self) -> Iterator[Command]:
        now = self._owner.situation()
        for command in in_scopes(self._owner.scopes):
            if not command.moves and command.id != "palette" and not why_not(command, now):
                yield command


def _shown(command: Command) -> Text:
    keys = " ".join(key_label(key) for key in command.keys)
    return Text(f"{command.title}  {keys}".rstrip())
