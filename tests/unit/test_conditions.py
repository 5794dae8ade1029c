"""The language of `when`: what it answers, and that every mistake is an error."""

from __future__ import annotations

from typing import Any

import pytest

from engine.core.conditions import MAX_DEPTH, MAX_LENGTH, ConditionProblem, parse

SCOPE: dict[str, Any] = {
    "inputs": {"amount": 1500, "bump": "minor", "dry-run": False, "tags": ["a", "b"]},
    "state": {"version": "1.2.0", "empty": None, "total": 2.5, "sum": {"net": 10}},
    "steps": {
        "build": {"output": {"ok": True, "rows": 3}, "state": "succeeded"},
        "build.v2": {"output": {"ok": False}, "state": "flagged"},
    },
    "run": {"id": "r1", "dir": "/runs/r1"},
}


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("inputs.amount > 1000 and state.version != '0.0.0'", True),
        ("inputs.amount <= 1500", True),
        ("inputs.amount < -1.5e3", False),
        ('inputs.bump == "minor"', True),
        ("inputs.dry-run", False),
        ("not inputs.dry-run", True),
        ("not inputs.bump == 'major'", True),
        ("inputs.bump in ['minor', 'major']", True),
        ("inputs.bump not in inputs.tags", True),
        ("'net' in state.sum", True),
        ("'min' in inputs.bump", True),
        ("state.sum.net == 10", True),
        ("state.empty == null", True),
        ("state.version == null", False),
        ("len(inputs.tags) == 2", True),
        ("has(state.nothing)", False),
        ("has(state.empty)", True),
        ("has(state.nothing) and state.nothing > 3", False),
        ("inputs.amount > 1 or state.nothing", True),
        ("false or true and false", False),
        ("(true or false) and true", True),
        ("steps.build.output.ok", True),
        ("steps.build.v2.output.ok", False),
        ("steps.build.v2.state == 'flagged'", True),
        ("run.id == 'r1'", True),
        (r"'it\'s' == 'it\'s' and '\\' != ''", True),
        ("[1, [true]] == [1.0, [true]]", True),
        ("[1] == [true]", False),
        ("1 == 1.0", True),
        ("'b' > 'a'", True),
        ("\n  true\n  and true\n", True),
    ],
)
def test_a_condition_is_answered(text: str, answer: bool) -> None:
    assert parse(text).evaluate(SCOPE) is answer


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("inputs.amuont > 3", "`inputs.amuont` does not exist here (column 1): has(inputs.amuont)"),
        ("inputs.amount > '3'", "`>` cannot compare the number 1500 with the text"),
        ("inputs.amount == '1500'", "`==` cannot compare"),
        ("inputs.dry-run < true", "`<` cannot compare false with true"),
        ("inputs.dry-run == 0", "cannot compare false with the number 0"),
        ("'1' in [1, '1']", "`in` cannot compare"),
        ("3 in inputs.amount", "`in` cannot compare"),
        ("state.sum < state.sum", "cannot compare an object with an object"),
        ("inputs.amount", "the condition has to be true or false, and is the number 1500"),
        ("not inputs.bump", "what stands after `not`"),
        ("true and inputs.amount", "each side of `and`"),
        ("inputs.bump or true", "each side of `or`"),
        ("len(inputs.amount) > 1", "len() counts"),
        ("steps.skipped.output.k == 1", "does not exist here"),
        ("state.version.major == 1", "does not exist here"),
    ],
)
def test_a_mistake_in_the_values_is_an_error_and_never_false(text: str, said: str) -> None:
    condition = parse(text)
    with pytest.raises(ConditionProblem) as caught:
        condition.evaluate(SCOPE)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "column", "said", "suggestion"),
    [
        ("inputs.a = 3", 10, "'=' has no meaning", "write `==`"),
        ("inputs.a && inputs.b", 10, "has no meaning", "write `and`"),
        ("!inputs.a", 1, "has no meaning", "write `not`"),
        ("${inputs.a} == 1", 1, "has no meaning", "a condition names things bare"),
        ("inputs.a == True", 13, "`True` is unknown", "write `true`"),
        ("imputs.a == 1", 1, "`imputs.a` is unknown", "did you mean `inputs`?"),
        ("inputs == 1", 1, "`inputs` alone is no value", ""),
        ("inputs.a < 2 < 3", 14, "cannot be chained", "join two of them with `and`"),
        ("inputs.a is 1", 10, "`is` does not belong here", "write `==`"),
        ("'abc", 1, "a text is not closed", "add ' at its end"),
        (r"'\n' == 'x'", 2, "a backslash stands only before", ""),
        ("(inputs.a", 10, "expected `)`, found the end", ""),
        ("[1 2]", 4, "expected `,`", ""),
        ("has('x')", 5, "expected a name such as `state.version`", ""),
        ("has()", 5, "expected a name", ""),
        ("1.2.3 == 1", 1, "`1.2.3` is not a number", "put a text in quotes"),
        ("007 == 7", 1, "is not a number", "put a text in quotes"),
        ("1e999 > 1", 1, "is too large", ""),
        ("inputs.a == ", 13, "expected a value, found the end", ""),
        ("and true", 1, "`and` is unknown", ""),
        ("  ", 0, "cannot be empty", ""),
        ("inputs.a + 1 > 2", 10, "'+' has no meaning", ""),
        ("open('/etc/passwd')", 1, "`open` is unknown", ""),
    ],
)
def test_a_mistake_in_the_text_is_found_before_the_run(
    text: str, column: int, said: str, suggestion: str
) -> None:
    with pytest.raises(ConditionProblem) as caught:
        parse(text)
    assert said in caught.value.message
    assert caught.value.column == column
    assert suggestion in caught.value.suggestion


def test_its_size_and_nesting_are_bounded() -> None:
    parse("(" * MAX_DEPTH + "true" + ")" * MAX_DEPTH)
    for text in ("(" * 33 + "true" + ")" * 33, "not " * 33 + "true", "[" * 33 + "]" * 33 + " == 1"):
        with pytest.raises(ConditionProblem, match="at most 32 levels"):
            parse(text)
    with pytest.raises(ConditionProblem, match="at most 4096 bytes"):
        parse("'" + "é" * (MAX_LENGTH // 2) + "' == ''")


def test_a_long_chain_needs_no_nesting() -> None:
    assert parse(" and ".join(["true"] * 400)).evaluate({}) is True


def test_values_nested_too_deeply_are_an_error() -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ConditionProblem, match="nested too deeply"):
        parse("state.a == state.b").evaluate({"state": {"a": deep, "b": [deep[0]]}})


def test_it_tells_which_paths_it_names() -> None:
    condition = parse("has(state.a) and (state.a > 1 or len(inputs.b) == 0)")
    assert condition.paths == ("state.a", "state.a", "inputs.b")


def test_conditions_are_equal_when_their_texts_are() -> None:
    assert parse("true") == parse("true")
    assert hash(parse("true")) == hash(parse("true"))
    assert parse("true") != parse("(true)")
