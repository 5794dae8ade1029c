"""`${…}`: replaced once, as data, never in silence."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.references import (
    Reference,
    ReferenceProblem,
    names,
    parse,
    resolve,
    resolve_argv,
    resolve_text,
    resolve_value,
)

SCOPE: dict[str, Any] = {
    "inputs": {
        "n": 5,
        "f": 1.0,
        "yes": True,
        "text": "a b",
        "dash": "-rf",
        "list": [1, "x"],
        "odd": "${run.id}",
    },
    "state": {"a": {"b": 1}, "a.b": 2, "null": None},
    "steps": {"build": {"output": {"k": "v"}, "state": "succeeded"}, "build.v2": {"output": {"k": "w"}}},
    "run": {"id": "r1", "dir": "/runs/r1"},
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("", ""),
        ("${inputs.n}", 5),
        ("${inputs.list}", [1, "x"]),
        ("${state.null}", None),
        ("n=${inputs.n}", "n=5"),
        ("${inputs.yes}/${inputs.f}", "true/1.0"),
        ("l=${inputs.list}", 'l=[1, "x"]'),
        ("${run.dir}/tree", "/runs/r1/tree"),
        ("$${run.id}", "${run.id}"),
        ("a $$ $ {b} $${", "a $$ $ {b} ${"),
        ("${steps.build.output.k}", "v"),
        ("${steps.build.v2.output.k}", "w"),
        ("${steps.build.output}", {"k": "v"}),
    ],
)
def test_references_are_replaced(text: str, value: Any) -> None:
    assert resolve(text, SCOPE) == value


def test_the_longest_name_that_leads_somewhere_wins() -> None:
    assert resolve("${state.a.b}", SCOPE) == 2
    steps = {"a": {"output": {"k": 1}}, "a.output": {"state": "failed"}}
    assert resolve("${steps.a.output.k}", {"steps": steps}) == 1
    assert resolve("${steps.a.output.state}", {"steps": steps}) == "failed"


def test_a_value_is_never_read_again_for_references() -> None:
    assert resolve("${inputs.odd}", SCOPE) == "${run.id}"
    assert resolve("x${inputs.odd}", SCOPE) == "x${run.id}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("${inputs.gone}", "${inputs.gone} has no value here"),
        ("${steps.build.output.gone}", "has no value here"),
        ("${inputs.n.x}", "has no value here"),
        ("${inputs.n", "is not closed"),
        ("${}", "is no reference"),
        ("${ inputs.n }", "is no reference"),
        ("${inputs.n|upper}", "is no reference"),
        ("${a${b}}", "is not closed"),
        ("is ${state.null}", "is null, which has no text"),
        ("${" + ".".join("a" * 40) + "}", "has no value here"),
    ],
)
def test_what_leads_nowhere_is_an_error(text: str, said: str) -> None:
    with pytest.raises(ReferenceProblem) as caught:
        resolve(text, SCOPE)
    assert said in str(caught.value)


def test_text_stays_text_where_text_is_wanted() -> None:
    assert resolve_text("${inputs.n}", SCOPE) == "5"
    assert resolve_text("${inputs.yes}", SCOPE) == "true"


def test_nested_values_are_resolved_and_their_keys_left_alone() -> None:
    value = {"${inputs.n}": ["${inputs.n}", {"deep": "n=${inputs.n}"}], "plain": 3}
    assert resolve_value(value, SCOPE) == {"${inputs.n}": [5, {"deep": "n=5"}], "plain": 3}


def test_a_text_tells_which_values_it_names() -> None:
    assert names("a ${inputs.n} $${no} ${run.id}") == ("inputs.n", "run.id")
    assert parse("a${run.id}$${") == ("a", Reference("run.id"), "${")


def test_each_element_of_an_argv_stays_one_argument() -> None:
    argv = ["git", "-C", "${inputs.text}", "--depth=${inputs.n}", "x${inputs.dash}", ""]
    assert resolve_argv(argv, SCOPE) == ("git", "-C", "a b", "--depth=5", "x-rf", "")


@pytest.mark.parametrize("element", ["${inputs.dash}", "${inputs.dash}/x"])
def test_a_value_never_becomes_an_option(element: str) -> None:
    with pytest.raises(ReferenceProblem, match="taken for an option"):
        resolve_argv(["rm", element], SCOPE)
    assert resolve_argv(["rm", "--", element], SCOPE)[2].startswith("-rf")


def test_an_empty_value_before_a_dash_is_no_way_around_it() -> None:
    with pytest.raises(ReferenceProblem, match="taken for an option"):
        resolve_argv(["rm", "${inputs.empty}${inputs.dash}"], {"inputs": {"empty": "", "dash": "-rf"}})


def test_a_value_is_not_the_end_of_options() -> None:
    scope = {"inputs": {"end": "--", "dash": "-rf"}}
    with pytest.raises(ReferenceProblem, match="taken for an option"):
        resolve_argv(["rm", "${inputs.end}", "${inputs.dash}"], scope)


def test_lists_and_nul_are_no_arguments() -> None:
    with pytest.raises(ReferenceProblem, match="no single argument"):
        resolve_argv(["x", "a${inputs.list}"], SCOPE)
    with pytest.raises(ReferenceProblem, match="NUL"):
        resolve_argv(["x", "${inputs.nul}"], {"inputs": {"nul": "a\0b"}})


@given(st.text(alphabet="${}abc.-\n", max_size=60))
def test_arbitrary_text_is_resolved_or_refused(text: str) -> None:
    try:
        resolve(text, {"a": {"b": "${a}"}})
    except ReferenceProblem as problem:
        assert str(problem)


@given(st.text())
def test_any_value_arrives_unchanged(value: str) -> None:
    assert resolve("${inputs.x}", {"inputs": {"x": value}}) == value
    assert resolve("<${inputs.x}>", {"inputs": {"x": value}}) == f"<{value}>"
