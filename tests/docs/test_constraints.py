"""`constraints.txt` pins everything that an installation brings, within what `pyproject.toml` allows."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib.metadata import requires

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.docs.pages import ROOT

LINES = [
    Requirement(line)
    for line in (ROOT / "constraints.txt").read_text().splitlines()
    if not line.startswith("#")
]
PINS = {canonicalize_name(line.name): line.specifier for line in LINES}


def declared() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [*project["dependencies"], *project["optional-dependencies"]["dev"]]


def needed(wanted: str, known: set[str]) -> Iterator[str]:
    """What a requirement brings into an environment like this one, itself first."""
    requirement = Requirement(wanted)
    name = canonicalize_name(requirement.name)
    if name not in known:
        known.add(name)
        yield name
        for below in map(Requirement, requires(name) or ()):
            extras = ["", *requirement.extras]
            if below.marker is None or any(below.marker.evaluate({"extra": extra}) for extra in extras):
                yield from needed(str(below), known)


def test_every_line_names_one_exact_version() -> None:
    for line in LINES:
        (only,) = line.specifier
        assert only.operator == "=="
        assert line.url is None
        assert line.marker is None


def test_the_versions_are_allowed_by_the_project() -> None:
    for requirement in map(Requirement, declared()):
        (pin,) = PINS[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(pin.version), requirement


def test_exactly_what_an_installation_brings_is_pinned() -> None:
    known: set[str] = set()
    brought = {name for wanted in declared() for name in needed(wanted, known)}
    assert set(PINS) == brought
