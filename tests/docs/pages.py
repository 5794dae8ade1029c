"""What the tests of the documentation share: the pages, their parts, and text with ids and times in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

_FENCED = re.compile(r"^```(\w+) ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_VOLATILE = re.compile(
    r"(?P<id>\br0[0-9a-z]{7}\b|\bg0[0-9a-z]{7}\.\d+|\b[0-9a-f]{64}\b|\b[0-9a-f]{12}\b)"
    r"|(?P<time>\b\d{4}-\d\d-\d\dT[0-9:.]+Z|\b\d\d:\d\d:\d\d\b|\b\d+(?:\.\d+)?s\b|\b\d+m\d\ds\b|\b1\d{9}\.\d+)"
    r"|(?P<pid>(?<=process )\d+|(?<=engine )\d+|(?<=\"pid\": )\d+|(?<=\"pid\":)\d+|(?<=pid=)\d+)"
)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a page: its kind (`yaml`, `console`, …), the file name behind it, and its text."""

    kind: str
    name: str
    text: str


def page(name: str) -> str:
    """A page of `docs/`."""
    return (DOCS / name).read_text(encoding="utf-8")


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a page, in order."""
    return [Block(*found) for found in _FENCED.findall(text)]


def sections(text: str, level: int = 2) -> dict[str, str]:
    """What stands under each heading of that level, up to the next one of it or above."""
    found: dict[str, str] = {}
    title = ""
    for line in _FENCED.sub(lambda block: block[0].replace("\n#", "\n\\#"), text).splitlines():
        depth = len(line) - len(line.lstrip("#"))
        if 0 < depth <= level:
            title = line.strip("# ") if depth == level else ""
        elif title:
            found[title] = found.get(title, "") + line + "\n"
    return found


def rows(text: str) -> Iterator[list[str]]:
    """The cells of every row of the tables in `text`, without headings and rules."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        ruled = number + 1 < len(lines) and lines[number + 1].startswith("|--")
        if line.startswith("|") and not line.startswith("|--") and not ruled:
            yield [cell.strip() for cell in line.strip("|").split(" | ")]


def words(text: str) -> list[str]:
    """Everything between single backticks."""
    return re.findall(r"`([^`\n]+)`", text)


@dataclass(slots=True)
class Aliases:
    """Ids and digests are others in every run: those of the page stand for the real ones, one for one."""

    known: dict[str, str] = field(default_factory=dict)

    def real(self, text: str) -> str:
        """Text of the page as it has to be typed today."""
        return _VOLATILE.sub(lambda found: self._real(found[0]), text)

    def _real(self, name: str) -> str:
        run, dot, position = name.partition(".")
        if name not in self.known and dot:  # a gate is called after its run
            return "g" + self._real("r" + run[1:])[1:] + dot + position
        return self.known.get(name, name)

    def compare(self, documented: str, printed: str) -> None:
        """Fails unless both say the same. A last line `…` in the page leaves the rest open.

        Times and process ids only have to be there; how wide a column is does not matter.
        """
        if documented.rstrip().endswith("\n…") or documented.strip() == "…":
            lines = documented.rstrip().splitlines()[:-1]
            documented = "\n".join(lines)
            printed = "\n".join(printed.splitlines()[: len(lines)])
        ours, theirs = _plain(documented), _plain(printed)
        alike = len(ours) == len(theirs) and all(map(_alike, ours, theirs))
        assert alike, f"documented:\n{documented}\nprinted:\n{printed}"
        for name, real in zip(_ids(documented), _ids(printed), strict=True):
            assert self.known.setdefault(name, real) == real, f"{name} is {self.known[name]}, not {real}"


def _alike(documented: str, printed: str) -> bool:
    """Whether two lines say the same; where a long one is cut to the width is a matter of digits."""
    if not documented.endswith("…"):
        return documented == printed
    sure = documented.split()[:-2]
    return printed.endswith("…") and printed.split()[: len(sure)] == sure


def _plain(text: str) -> list[str]:
    marked = _VOLATILE.sub(lambda found: f"<{found.lastgroup}>", text)
    return [" ".join(line.split()) for line in marked.strip("\n").splitlines()]


def _ids(text: str) -> list[str]:
    return [found[0] for found in _VOLATILE.finditer(text) if found.lastgroup == "id"]
