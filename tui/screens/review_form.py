"""A gate's form as it is stored, as the fields that values are checked against."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.core.fields import Field


def form_fields(form: Mapping[str, Any]) -> dict[str, Field]:
    """The declared fields of a form, in its order."""
    return {name: _field(declared) for name, declared in form.items()}


def _field(declared: Mapping[str, Any]) -> Field:
    values = dict(declared)
    if values.get("enum") is not None:
        values["enum"] = tuple(values["enum"])
    if values.get("items") is not None:
        values["items"] = _field(values["items"])
    return Field(**values)
