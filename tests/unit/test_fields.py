"""Declared values: checked strictly, filled in, said clearly."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.fields import MAX_INTEGER, TYPES, Field, check


def _problem(field: Field, value: Any, *, texts: bool = False) -> str:
    (problem,) = check({"x": field}, {"x": value}, texts=texts).problems
    assert problem.name == "x"
    return problem.message


def _value(field: Field, value: Any, *, texts: bool = False, base: str = "") -> Any:
    checked = check({"x": field}, {"x": value}, texts=texts, base=base)
    assert not checked.problems
    return checked.values["x"]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("string", ""),
        ("number", 2.5),
        ("number", 3),
        ("integer", -3),
        ("boolean", False),
        ("list", [1, "a", None, {"k": [True]}]),
        ("object", {"a": {"b": []}}),
        ("path", "/tmp"),
    ],
)
def test_a_value_of_its_type_is_kept(kind: str, value: Any) -> None:
    kept = _value(Field(kind), value)
    assert kept == value
    assert type(kept) is type(value)


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("string", 5, "expected a string, got the number 5"),
        ("string", None, "got nothing (null)"),
        ("string", "\ud800", "not UTF-8"),
        ("number", True, "expected a number, got true"),
        ("number", "5", 'got the text "5"'),
        ("number", math.nan, "a finite number"),
        ("number", math.inf, "a finite number"),
        ("integer", 3.0, "expected an integer, got the number 3.0"),
        ("integer", MAX_INTEGER + 1, "fits in 64 bits"),
        ("integer", False, "got false"),
        ("boolean", 1, "expected true or false, got the number 1"),
        ("boolean", "true", "expected true or false"),
        ("path", "", "expected a path"),
        ("path", "a\x1bb", "without control characters"),
        ("list", "abc", "expected a list"),
        ("list", {}, "expected a list, got an object"),
        ("list", [math.nan], "a finite number"),
        ("list", [{1: 2}], "keys are texts"),
        ("list", [b"x"], "expected a JSON value, got bytes"),
        ("object", [], "expected an object, got a list"),
    ],
)
def test_nothing_is_converted_in_silence(kind: str, value: Any, said: str) -> None:
    assert said in _problem(Field(kind), value)


def test_nesting_is_bounded() -> None:
    deep: Any = 1
    for _ in range(40):
        deep = [deep]
    assert "levels of nesting" in _problem(Field("list"), deep)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("string", "5", "5"),
        ("number", "5", 5),
        ("number", "-2.50e1", -25.0),
        ("integer", "0042", 42),
        ("boolean", "true", True),
        ("boolean", "false", False),
        ("list", '[1, "a"]', [1, "a"]),
        ("object", '{"a": 1}', {"a": 1}),
    ],
)
def test_command_line_texts_are_read_by_type(kind: str, text: str, value: Any) -> None:
    read = _value(Field(kind), text, texts=True)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("number", "5,0"),
        ("number", "nan"),
        ("number", "inf"),
        ("number", "1_000"),
        ("number", "٣"),
        ("number", "1e999"),
        ("number", "9" * 5000),
        ("integer", "5.0"),
        ("integer", " 5"),
        ("boolean", "yes"),
        ("boolean", "True"),
        ("list", "a,b"),
        ("list", "[NaN]"),
        ("list", "[" * 100_000),
        ("object", "[]"),
    ],
)
def test_texts_that_do_not_fit_are_refused(kind: str, text: str) -> None:
    assert "expected" in _problem(Field(kind), text, texts=True)


def test_paths_are_made_absolute_by_text_alone() -> None:
    assert _value(Field("path"), "repo/../x", base="/home/a") == "/home/a/x"
    assert _value(Field("path"), "/abs/./x", base="/home/a") == "/abs/x"
    assert _value(Field("path"), "repo") == "repo"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        (Field("string", enum=("a", "b")), "c", 'expected one of "a", "b", got the text "c"'),
        (Field("integer", enum=(1,)), True, "expected an integer"),
        (Field("number", minimum=0), -1, "expected at least 0, got -1"),
        (Field("number", maximum=10), 10.5, "expected at most 10, got 10.5"),
        (Field("string", min_length=2), "a", "at least 2 characters, got 1"),
        (Field("string", max_length=2), "abc", "at most 2 characters, got 3"),
        (Field("list", min_length=1), [], "at least 1 items, got 0"),
        (Field("object", max_length=0), {"a": 1}, "at most 0 keys"),
        (Field("string", pattern="[a-z]+"), "ab1", "expected text that matches [a-z]+"),
        (Field("string", pattern=".*"), "a" * 257, "at most 256 characters"),
        (Field("list", items=Field("integer")), [1, "x"], "item 2: expected an integer"),
    ],
)
def test_limits_hold(field: Field, value: Any, said: str) -> None:
    assert said in _problem(field, value)


def test_defaults_fill_in_and_what_is_required_is_asked_for() -> None:
    fields = {"a": Field("integer", default=3), "b": Field("string", required=True), "c": Field("string")}
    checked = check(fields, {})
    assert checked.values == {"a": 3}
    assert [str(problem) for problem in checked.problems] == ["b: it is required: give a string"]


def test_a_default_is_no_command_line_text() -> None:
    assert check({"a": Field("integer", default=3)}, {}, texts=True).values == {"a": 3}


def test_unknown_names_come_with_a_suggestion() -> None:
    checked = check({"amount": Field("number")}, {"amuont": 3, "zzz": 1})
    first, second = checked.problems
    assert (first.name, first.message) == ("amuont", "there is no such name; did you mean `amount`?")
    assert second.message == "there is no such name; known: amount"


def test_messages_hold_no_raw_control_characters_and_stay_short() -> None:
    message = _problem(Field("integer"), "\x1b[31m" + "x" * 10_000)
    assert "\x1b" not in message
    assert len(message) < 200


_ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
    max_leaves=10,
)


@given(st.sampled_from(TYPES), _ANYTHING, st.booleans())
def test_a_check_answers_for_any_value(kind: str, value: Any, texts: bool) -> None:
    checked = check({"x": Field(kind)}, {"x": value}, texts=texts)
    assert bool(checked.problems) is ("x" not in checked.values)
    if not checked.problems:
        assert not check({"x": Field(kind)}, checked.values).problems
