"""Patterns that may be used: readable, and unable to run away through nested repeats."""

from __future__ import annotations

import pytest

from engine.definition.patterns import fault


@pytest.mark.parametrize(
    "pattern",
    [
        "v[0-9]+\\.[0-9]+",
        "[a-z]+(-[a-z0-9])*",
        "(foo|bar)+",
        "(a++)+",
        "(?>a+)*",
        "(?:ab)+c{2,}",
        "[(a+)+]+",
        r"\(a+\)+",
        "(a+)?",
        "(a+)(b+)",
        "(a{3})+",
    ],
)
def test_ordinary_patterns_are_fine(pattern: str) -> None:
    assert fault(pattern) == ""


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+", "(a*)*", "(?:[a-z]+)*x", "((a+))+", "(a+b?)+$", "(?P<n>a{1,})+", "((a+)b){2,}", "(a+?)+"],
)
def test_a_repeat_inside_a_repeat_is_refused(pattern: str) -> None:
    assert "a repeat inside a repeat" in fault(pattern)


@pytest.mark.parametrize("pattern", ["[", "(", "a{99999999999}", "(?P<1>a)", "\\"])
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    assert fault(pattern).startswith("it is no regular expression")
