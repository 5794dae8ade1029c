"""What reading a file gives: plain values, and where in the file each of them stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from engine.core.errors import Problem

Path = tuple[str | int, ...]
"""The way from the root to a value: keys of mappings, zero-based positions in lists."""


class Place(NamedTuple):
    """A place in a file, 1-based."""

    line: int
    column: int


START = Place(1, 1)


@dataclass(frozen=True, slots=True)
class Document:
    """The values of one file. `keys` and `values` hold the place of every key and every value by its path."""

    value: Any
    values: Mapping[Path, Place] = field(default_factory=dict)
    keys: Mapping[Path, Place] = field(default_factory=dict)

    def value_at(self, path: Path) -> Place:
        """Where the value at `path` stands; where the nearest value around it stands if there is none."""
        while path and path not in self.values:
            path = path[:-1]
        return self.values.get(path, START)

    def key_at(self, path: Path) -> Place:
        """Where the key that ends `path` stands; the value's place if it has no key of its own."""
        return self.keys.get(path) or self.value_at(path)


MAX_PROBLEMS = 100


class TooManyProblems(Exception):
    """So much is wrong that looking further helps nobody."""


@dataclass(slots=True)
class Findings:
    """The problems found in one document, in the order they were found."""

    document: Document
    problems: list[Problem] = field(default_factory=list)

    def error(self, path: Path, message: str, suggestion: str = "") -> None:
        """Note what is wrong with the value at `path`."""
        self._add(self.document.value_at(path), message, suggestion, "error")

    def key_error(self, path: Path, message: str, suggestion: str = "") -> None:
        """Note what is wrong with the key that ends `path`."""
        self._add(self.document.key_at(path), message, suggestion, "error")

    def warning(self, path: Path, message: str, suggestion: str = "") -> None:
        """Note what is probably not meant at `path`; the file stays valid."""
        self._add(self.document.key_at(path), message, suggestion, "warning")

    def absorb(self, path: Path, file: str, problems: list[Problem]) -> None:
        """Note problems of another file, which the value at `path` names."""
        place = self.document.value_at(path)
        for problem in problems:
            message = f"{file}:{problem.line}:{problem.column}: {problem.message}"
            self._add(place, message, problem.suggestion, problem.severity)

    def _add(self, place: Place, message: str, suggestion: str, severity: str) -> None:
        count = sum(problem.severity == severity for problem in self.problems)
        if count < MAX_PROBLEMS:
            self.problems.append(Problem(place.line, place.column, message, suggestion, severity))
        elif severity == "error":
            raise TooManyProblems

    @property
    def errors(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.severity == "error"]


def in_file_order(problems: list[Problem]) -> list[Problem]:
    """Problems by place, errors before warnings at the same place."""
    return sorted(problems, key=lambda problem: (problem.line, problem.column, problem.severity))
