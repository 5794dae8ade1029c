"""Declared values in a file: their compilation to `core.fields.Field`, and what can be wrong with them."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Final

from engine.core.fields import Field, check
from engine.definition.document import Findings, Path
from engine.definition.patterns import fault
from engine.definition.schema import FieldEntry

_TEXTS: Final = ("string", "path")
_NUMBERS: Final = ("number", "integer")
_FITTING: Final[Mapping[str, tuple[str, ...]]] = {
    "minimum": _NUMBERS,
    "maximum": _NUMBERS,
    "pattern": _TEXTS,
    "min_length": (*_TEXTS, "list", "object"),
    "max_length": (*_TEXTS, "list", "object"),
    "items": ("list",),
}
"""The types that each limit makes sense for."""


def field_of(entry: FieldEntry, *, required: bool = False, folder: str = "") -> Field:
    """The field that an entry declares. `required` holds when the entry does not say; a default path in the
    file is relative to `folder`."""
    default = entry.default
    if entry.type == "path" and isinstance(default, str) and folder:
        default = posixpath.normpath(posixpath.join(folder, default))
    return Field(
        type=entry.type,
        required=required if entry.required is None else entry.required,
        default=default,
        enum=None if entry.enum is None else tuple(entry.enum),
        minimum=entry.minimum,
        maximum=entry.maximum,
        pattern=entry.pattern,
        min_length=entry.min_length,
        max_length=entry.max_length,
        description=entry.description,
        items=None if entry.items is None else field_of(entry.items),
    )


def fields_of(
    entries: Mapping[str, FieldEntry], *, required: bool = False, folder: str = ""
) -> dict[str, Field]:
    """The fields of a whole mapping of entries."""
    return {name: field_of(entry, required=required, folder=folder) for name, entry in entries.items()}


def lint_fields(findings: Findings, path: Path, entries: Mapping[str, FieldEntry]) -> None:
    """Note what is wrong with the declared values in the mapping at `path`."""
    for name, entry in entries.items():
        lint_field(findings, (*path, name), entry)


def lint_field(findings: Findings, path: Path, entry: FieldEntry) -> None:
    """Note what is wrong with one declared value."""
    before = len(findings.problems)
    for key, types in _FITTING.items():
        if getattr(entry, key) is not None and entry.type not in types:
            findings.key_error((*path, key), f"`{key}` is for {_listed(types)}, not for {entry.type}")
    _lint_order(findings, path, entry, "minimum", "maximum")
    _lint_order(findings, path, entry, "min_length", "max_length")
    if entry.pattern is not None and (wrong := fault(entry.pattern)):
        findings.error((*path, "pattern"), f"`pattern`: {wrong}")
    if entry.items is not None:
        lint_field(findings, (*path, "items"), entry.items)
    if len(findings.problems) == before:
        _lint_values(findings, path, entry)


def _lint_order(findings: Findings, path: Path, entry: FieldEntry, low: str, high: str) -> None:
    lowest, highest = getattr(entry, low), getattr(entry, high)
    if lowest is not None and highest is not None and lowest > highest:
        findings.error((*path, low), f"`{low}` is larger than `{high}`: no value can fit")


def _lint_values(findings: Findings, path: Path, entry: FieldEntry) -> None:
    """The values that the file itself gives have to fit, too."""
    free = {"value": field_of(entry.model_copy(update={"enum": None, "default": None}))}
    for number, choice in enumerate(entry.enum or ()):
        for problem in check(free, {"value": choice}).problems:
            findings.error((*path, "enum", number), f"`enum`, entry {number + 1}: {problem.message}")
    if entry.default is not None:
        for problem in check({"value": field_of(entry)}, {"value": entry.default}).problems:
            findings.error((*path, "default"), f"`default`: {problem.message}")
        if entry.required:
            findings.warning((*path, "required"), "`required` with a `default`: the default is never used")


def _listed(words: tuple[str, ...]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
