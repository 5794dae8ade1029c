"""The socket's language: whatever arrives is a request or one clear refusal, never anything else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.errors import InvalidInput, InvalidWorkflow, Problem, StaleDigest, error_from
from engine.runtime.protocol import Request, decode_request, encode_error, encode_ok, encode_request, is_text

texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=200)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_request_or_refused(line: bytes) -> None:
    _decoded(line)


@given(values)
def test_any_json_is_a_request_or_refused(value: Any) -> None:
    _decoded(json.dumps(value).encode())


@given(st.fixed_dictionaries({"id": values, "verb": values}, optional={"args": values, "as": values}))
def test_anything_with_the_right_keys_is_a_request_or_refused(value: dict[str, Any]) -> None:
    request = _decoded(json.dumps(value).encode())
    if request is not None:
        assert (request.id, request.verb) == (value["id"], value["verb"])
        assert is_text(request.id)
        assert isinstance(request.args, dict)


def _decoded(line: bytes) -> Request | None:
    try:
        return decode_request(line)
    except InvalidInput as refused:
        assert refused.message
        return None


@given(texts, texts, st.dictionaries(st.text(), values, max_size=4), st.none() | texts)
def test_a_request_survives_the_way(key: str, verb: str, args: dict[str, Any], claimed: str | None) -> None:
    line = encode_request(Request(key, verb, args, claimed))
    assert line.count(b"\n") == 1
    assert decode_request(line) == Request(key, verb, args, claimed)


@pytest.mark.parametrize(
    "document",
    [
        {"verb": "status"},
        {"id": "", "verb": "status"},
        {"id": "a" * 201, "verb": "status"},
        {"id": 1, "verb": "status"},
        {"id": "\ud800", "verb": "status"},
        {"id": "a", "verb": None},
        {"id": "a", "verb": "status", "args": []},
        {"id": "a", "verb": "status", "args": None},
        {"id": "a", "verb": "status", "as": ""},
        {"id": "a", "verb": "status", "as": 5},
        ["id", "verb"],
    ],
)
def test_what_is_no_request_is_refused(document: object) -> None:
    with pytest.raises(InvalidInput):
        decode_request(json.dumps(document).encode())


def test_nesting_without_end_is_refused() -> None:
    with pytest.raises(InvalidInput):
        decode_request(b'{"id": "a", "verb": "b", "args": ' + b"[" * 100_000)


def test_errors_survive_the_way_with_their_kind_and_details() -> None:
    stale = StaleDigest("look again", details={"digest": "abc"})
    found = error_from(**json.loads(encode_error("k", stale))["error"])
    assert (type(found), found.message, found.details) == (StaleDigest, "look again", {"digest": "abc"})
    wrong = InvalidWorkflow("a.yaml", [Problem(1, 2, "no"), Problem(3, 4, "neither", "try this")])
    back = error_from(**json.loads(encode_error("k", wrong))["error"])
    assert isinstance(back, InvalidWorkflow)
    assert (back.problems, back.message) == (wrong.problems, wrong.message)
    assert json.loads(encode_ok("k", {"a": 1})) == {"id": "k", "ok": {"a": 1}}
