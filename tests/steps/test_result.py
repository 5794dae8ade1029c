"""The result document is read strictly: whatever a step leaves, it is a valid one or one sentence."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.errors import InvalidInput
from engine.steps.result import MAX_BYTES, MAX_DEPTH, MAX_NOTE, MAX_NOTES, check_result, read_result


def left(folder: Path, content: str | bytes) -> Path:
    path = folder / "result.json"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def nested(levels: int) -> str:
    return '{"output": ' + '{"a": ' * levels + "1" + "}" * levels + "}"


def test_a_whole_document_is_handed_back(tmp_path: Path) -> None:
    document = {
        "output": {"a": [1, 2.5, None, True, "é"]},
        "state": {"k": {}},
        "caveats": ["c"],
        "decisions": [],
    }
    assert read_result(left(tmp_path, json.dumps(document))) == document


@pytest.mark.parametrize("content", ["", " \n", "{}"])
def test_nothing_left_is_an_empty_result(tmp_path: Path, content: str) -> None:
    assert read_result(left(tmp_path, content)) == {}


def test_no_file_is_an_empty_result(tmp_path: Path) -> None:
    assert read_result(tmp_path / "result.json") == {}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("[]", "holds no JSON object"),
        ("null", "holds no JSON object"),
        ("{", "not valid JSON"),
        ('{"output": {}} {}', "not valid JSON"),
        ('{"output": {"a": NaN}}', "NaN is not a JSON number"),
        ('{"output": {"a": -Infinity}}', "-Infinity is not a JSON number"),
        ('{"output": {"a": 1e999}}', "a number is too large"),
        ('{"output": {"a": ' + "9" * 5000 + "}}", "not valid JSON"),
        ('{"output": {}, "output": {}}', "occurs twice"),
        ('{"output": []}', "output is not an object"),
        ('{"state": 1}', "state is not an object"),
        ('{"caveats": "text"}', "caveats is not a list of texts"),
        ('{"decisions": [1]}', "decisions is not a list of texts"),
        ('{"outputs": {}}', "unknown key 'outputs'"),
        ('{"\\u001b[2J": {}}', r"unknown key '\\x1b\[2J'"),
        ('{"output": {"a": "\\ud800"}}', "surrogate"),
        ('{"output": {"\\ud800": 1}}', "surrogate"),
        (b'{"output": {"a": "\xff"}}', "not UTF-8"),
        (json.dumps({"caveats": ["x"] * (MAX_NOTES + 1)}), "more than 100 caveats"),
        (json.dumps({"decisions": ["x" * (MAX_NOTE + 1)]}), "exceeds 2000 characters"),
        (nested(MAX_DEPTH), "nests deeper"),
        (nested(100_000), "nests deeper"),
        ("[" * 500_000, "nests deeper"),
    ],
)
def test_what_is_no_result_is_refused_in_a_sentence(tmp_path: Path, content: str | bytes, why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        read_result(left(tmp_path, content))


def test_nesting_up_to_the_limit_is_fine(tmp_path: Path) -> None:
    assert read_result(left(tmp_path, nested(MAX_DEPTH - 2)))


def test_a_document_over_the_limit_is_refused(tmp_path: Path) -> None:
    content = json.dumps({"output": {"a": "x" * MAX_BYTES}})
    with pytest.raises(InvalidInput, match="larger than 1048576 bytes"):
        read_result(left(tmp_path, content))


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text('{"output": {}}')
    (tmp_path / "result.json").symlink_to(tmp_path / "secret")
    with pytest.raises(InvalidInput, match="symbolic link"):
        read_result(tmp_path / "result.json")


def test_a_fifo_does_not_make_us_wait(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "result.json")
    with pytest.raises(InvalidInput, match="not a regular file"):
        read_result(tmp_path / "result.json")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "result.json").mkdir()
    with pytest.raises(InvalidInput, match="not a regular file"):
        read_result(tmp_path / "result.json")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(
    JSON
    | st.fixed_dictionaries({}, optional=dict.fromkeys(("output", "state", "caveats", "decisions"), JSON))
)
def test_any_value_is_either_accepted_unchanged_or_refused(document: Any) -> None:
    try:
        assert check_result(document) is document
    except InvalidInput as error:
        assert "\n" not in error.message
