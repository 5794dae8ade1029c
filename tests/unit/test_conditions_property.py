"""Conditions against arbitrary text, and against an answer computed in another way."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine.core.conditions import ConditionProblem, parse

Answer = bool | None
"""The oracle's answer; None where the language has to refuse."""

_VALUES: dict[str, Any] = {"n": 3, "m": -1.5, "s": "abc", "t": True, "f": False, "l": [1, 2], "o": {"abc": 1}}
_WORDS = (
    "and",
    "or",
    "not",
    "in",
    "has(",
    "len(",
    "(",
    ")",
    "[",
    "]",
    ",",
    "==",
    "<",
    "'a'",
    "1",
    "inputs.n",
)


@given(st.text(max_size=200))
def test_arbitrary_text_is_read_or_refused(text: str) -> None:
    _read_and_answer(text)


@given(st.lists(st.sampled_from(_WORDS), max_size=40).map(" ".join))
def test_arbitrary_words_are_read_or_refused(text: str) -> None:
    _read_and_answer(text)


def _read_and_answer(text: str) -> None:
    try:
        answer = parse(text).evaluate({"inputs": _VALUES})
    except ConditionProblem as problem:
        assert 0 <= problem.column <= len(text) + 1
        assert problem.message
    else:
        assert isinstance(answer, bool)


def _operands() -> st.SearchStrategy[tuple[str, Any]]:
    literals = st.one_of(st.integers(-9, 9), st.sampled_from(["", "a", "abc"]), st.booleans(), st.none())
    paths = st.sampled_from(sorted(_VALUES)).map(lambda name: (f"inputs.{name}", _VALUES[name]))
    return st.one_of(paths, literals.map(lambda value: (json.dumps(value), value)))


def _comparison(left: tuple[str, Any], operator: str, right: tuple[str, Any]) -> tuple[str, Answer]:
    return f"{left[0]} {operator} {right[0]}", _compared(left[1], operator, right[1])


def _sort(value: Any) -> str:
    kinds = {bool: "b", int: "n", float: "n", str: "s", list: "l", dict: "o"}
    return kinds.get(type(value), "null")


def _compared(left: Any, operator: str, right: Any) -> Answer:
    if operator == "in":
        return _member(left, right)
    if operator == "not in":
        member = _member(left, right)
        return None if member is None else not member
    alike = _sort(left) == _sort(right)
    if operator in ("==", "!="):
        if not alike and left is not None and right is not None:
            return None
        return bool(left == right) is (operator == "==")
    if not alike or _sort(left) not in ("n", "s"):
        return None
    order = int(left > right) - int(left < right)
    return {"<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}[operator]


def _member(left: Any, right: Any) -> Answer:
    if isinstance(right, list):
        if left is not None and _sort(left) != "n":
            return None
        return bool(left in right)
    return bool(left in right) if isinstance(right, str | dict) and isinstance(left, str) else None


_OPERATORS = st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "in", "not in"])
_LEAVES = st.builds(_comparison, _operands(), _OPERATORS, _operands())


def _both(left: tuple[str, Answer], word: str, right: tuple[str, Answer]) -> tuple[str, Answer]:
    text = f"({left[0]}) {word} ({right[0]})"
    if left[1] is None or left[1] is (word == "or"):
        return text, left[1]
    return text, right[1]


def _negated(inner: tuple[str, Answer]) -> tuple[str, Answer]:
    return f"not ({inner[0]})", None if inner[1] is None else not inner[1]


_EXPRESSIONS = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.builds(_both, inner, st.sampled_from(["and", "or"]), inner), st.builds(_negated, inner)
    ),
    max_leaves=12,
)


@given(_EXPRESSIONS)
def test_it_answers_as_an_independent_reading_does(expression: tuple[str, Answer]) -> None:
    text, expected = expression
    try:
        answer: Answer = parse(text).evaluate({"inputs": _VALUES})
    except ConditionProblem as problem:
        answer = None
        if "nests at most" in problem.message:
            return
    assert answer == expected
