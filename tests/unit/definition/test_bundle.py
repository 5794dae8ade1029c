"""What is stored of a workflow: every byte, pinned by a digest, read from one folder only."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.errors import InvalidInput, InvalidWorkflow, NotFound
from engine.definition import Bundle, load, read
from engine.definition.files import MAX_BYTES

FLOW = """\
workflow: flow
defaults: {on_failure: halt}
agents: {w: {use: scripted, script: %s}}
steps: [{id: a, agent: w, prompt: x}]
"""


def _written(folder: Path, script: str = "agents/w.yaml") -> Path:
    (folder / "agents").mkdir(parents=True)
    (folder / "agents" / "w.yaml").write_text("script: [{message: hello}]\n")
    path = folder / "flow.yaml"
    path.write_text(FLOW % script)
    return path


def test_a_file_is_read_with_all_that_it_embeds(tmp_path: Path) -> None:
    path = _written(tmp_path / "flows")
    bundle = read(path)
    assert (bundle.name, bundle.file, bundle.folder) == ("flow", "flow.yaml", str(path.parent.resolve()))
    assert bundle.source == path.read_bytes()
    assert bundle.attachments == {"agents/w.yaml": b"script: [{message: hello}]\n"}
    assert load(bundle).workflow.agents["w"].script == ({"do": "message", "text": "hello"},)


def test_a_later_edit_does_not_reach_a_bundle(tmp_path: Path) -> None:
    path = _written(tmp_path / "flows")
    before = read(path)
    (path.parent / "agents" / "w.yaml").write_text("script: [{message: other}]\n")
    after = read(path)
    assert load(before).workflow.agents["w"].script == ({"do": "message", "text": "hello"},)
    assert before.digest != after.digest


def test_the_digest_is_of_the_content_and_not_of_the_place(tmp_path: Path) -> None:
    assert read(_written(tmp_path / "one")).digest == read(_written(tmp_path / "two")).digest


def test_the_digest_tells_apart_what_only_concatenates_alike() -> None:
    one = Bundle("w", b"ab", "w", "/", {"x": b"c"})
    other = Bundle("w", b"a", "w", "/", {"x": b"bc"})
    assert one.digest != other.digest


@pytest.mark.parametrize(
    "script", ["../secret", "/etc/passwd", "link.yaml", "loop.yaml", "pipe.yaml", "agents", "gone"]
)
def test_nothing_outside_the_folder_is_read(tmp_path: Path, script: str) -> None:
    (tmp_path / "secret").write_text("script: [{message: secret}]")
    path = _written(tmp_path / "flows", script)
    (path.parent / "link.yaml").symlink_to(tmp_path / "secret")
    (path.parent / "loop.yaml").symlink_to("loop.yaml")
    os.mkfifo(path.parent / "pipe.yaml")
    bundle = read(path)
    assert bundle.attachments == {}
    with pytest.raises(InvalidWorkflow, match="`script`"):
        load(bundle)


def test_a_link_inside_the_folder_is_followed(tmp_path: Path) -> None:
    path = _written(tmp_path / "flows", "link.yaml")
    (path.parent / "link.yaml").symlink_to("agents/w.yaml")
    assert load(read(path)).workflow.agents["w"].script


def test_files_that_are_too_large_are_refused_and_not_read_to_their_end(tmp_path: Path) -> None:
    path = tmp_path / "flow.yaml"
    path.write_bytes(b"#" * (3 * MAX_BYTES))
    assert len(read(path).source) == MAX_BYTES + 1
    with pytest.raises(InvalidWorkflow, match="larger than 256 KiB"):
        load(read(path))


def test_a_file_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"gone\.yaml"):
        read(tmp_path / "gone.yaml")
    with pytest.raises(InvalidInput, match="no regular file"):
        read(tmp_path)


def test_a_broken_file_is_read_and_then_judged(tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_bytes(b"\xff")
    bundle = read(path)
    assert bundle.name == "broken"
    with pytest.raises(InvalidWorkflow, match="not UTF-8"):
        load(bundle)


@given(st.binary(), st.dictionaries(st.text(max_size=5).filter(str.isprintable), st.binary()))
def test_a_bundle_survives_json_byte_by_byte(source: bytes, attachments: dict[str, bytes]) -> None:
    bundle = Bundle("w", source, "w.yaml", "/srv", attachments)
    restored = Bundle.from_json(json.loads(json.dumps(bundle.to_json())))
    assert restored == bundle
    assert restored.digest == bundle.digest


@pytest.mark.parametrize(
    "value", [{}, {"name": 1}, {"name": "", "file": "", "folder": "", "source": 5, "attachments": []}]
)
def test_anything_else_is_no_bundle(value: dict[str, object]) -> None:
    with pytest.raises(InvalidInput, match="no stored workflow"):
        Bundle.from_json(value)
