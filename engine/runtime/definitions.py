"""Definitions in memory: validating a file takes milliseconds, so each content is validated once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from engine.core.workflow import Workflow
from engine.definition import Bundle, embed, load

KEPT = 64


class Definitions:
    """The workflows in use, by digest; the least recently used ones make room."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str], Workflow] = OrderedDict()

    def complete(self, bundle: Bundle) -> Bundle:
        """The bundle with the files it embeds; one that was submitted alone gets them from its folder."""
        return embed(bundle) if bundle.attachments is None else bundle

    def workflow(self, bundle: Bundle) -> Workflow:
        """The workflow of a bundle. Raises InvalidWorkflow with every problem."""
        key = (bundle.digest, bundle.folder)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = load(bundle).workflow
            if len(self._known) > KEPT:
                self._known.popitem(last=False)
        self._known.move_to_end(key)
        return found

    def stored(self, _digest: str, bundle: Mapping[str, Any]) -> Workflow:
        """The workflow of a definition as the store keeps it."""
        return self.workflow(Bundle.from_json(bundle))
