"""The reference of the workflow file says the truth: its examples are valid, every key is in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.definition import Bundle, load
from engine.definition.agent_script import ScriptFile
from engine.definition.schema import WorkflowFile, json_schema
from engine.definition.translate import LATER_KEYS, LATER_WORDS

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "workflow-file.md").read_text()
SCHEMA = DOCS / "workflow.schema.json"
_BLOCK = re.compile(r"^```yaml ?(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ATTACHMENTS = {name: text.encode() for name, text in _BLOCK.findall(TEXT) if name}
EXAMPLES = [text for name, text in _BLOCK.findall(TEXT) if not name]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda text: text.split("\n", 1)[0])
def test_every_example_is_valid_and_without_a_warning(example: str) -> None:
    bundle = Bundle("example", example.encode(), "example.yaml", "/srv/flows", ATTACHMENTS)
    assert load(bundle).warnings == ()


def test_there_are_examples() -> None:
    assert len(EXAMPLES) >= 5


@pytest.mark.parametrize("model", [WorkflowFile, ScriptFile])
def test_every_key_is_documented(model: type[WorkflowFile | ScriptFile]) -> None:
    documented = set(re.findall(r"`([a-z_]+)`", TEXT))
    assert set(_keys(json_schema(model))) - documented == set()


def test_what_is_not_available_is_documented() -> None:
    section = TEXT.partition("## Not in this version")[2]
    documented = set(re.findall(r"`([a-z_]+)`", section))
    assert LATER_KEYS - {"steps"} <= documented
    assert set(LATER_WORDS) - {"allowed", "use"} <= documented


def test_the_published_schema_is_current() -> None:
    current = json.dumps(json_schema(), indent=2) + "\n"
    assert SCHEMA.read_text() == current, "write engine.definition.schema.json_schema() to it"


def test_every_key_of_the_schema_is_described() -> None:
    schema = json_schema()
    for name, part in [("the file", schema), *schema["$defs"].items()]:
        for key, described in part.get("properties", {}).items():
            referred = schema["$defs"].get(described.get("$ref", "").rpartition("/")[2], {})
            assert {**referred, **described}.get("description"), f"{key} of {name}"


def _keys(schema: dict[str, Any]) -> Iterator[str]:
    for part in (schema, *schema["$defs"].values()):
        yield from part.get("properties", {})
