"""Hostile files: refused within a small, bounded amount of work, and never with anything but a problem."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.errors import InvalidWorkflow
from engine.definition import Bundle, load
from engine.definition.files import MAX_BYTES
from engine.definition.loader import MAX_DEPTH, MAX_NODES, Unreadable, read_document

ALIAS_BOMB = "a: &a [x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(9)
)
MERGE_BOMB = "a: &a {k: v}\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} {{<<: [{', '.join([f'*{chr(97 + n)}'] * 9)}]}}\n" for n in range(9)
)
HOSTILE = {
    "alias bomb": ALIAS_BOMB,
    "merge bomb": MERGE_BOMB,
    "deep lists": "[" * 100_000,
    "deep block lists": "- " * 50_000,
    "deep mappings": "{a: " * 50_000,
    "deep complex keys": "? " * 50_000,
    "many nodes": "[" + "1," * 100_000 + "1]",
    "many keys": "".join(f"k{number}: 1\n" for number in range(20_000)),
    "many problems": "".join(f"k{number}: &a 012\n" for number in range(5_000)),
    "a huge plain scalar": "a: " + "x" * 250_000,
    "a huge scalar of words": "a: " + "x " * 120_000,
    "a huge quoted scalar": 'a: "' + "\\n" * 120_000 + '"',
    "a huge folded scalar": "a: x\n" + "  y\n" * 60_000,
    "a huge anchor": "&" + "a" * 250_000 + " x",
    "a huge tag": "!<" + "a" * 200_000 + "> x",
    "a huge number": "a: " + "9" * 250_000,
    "comments": "#\n" * 120_000,
    "line ends": "\n" * 250_000,
    "directives": "%X y\n" * 40_000 + "---\na\n",
}
_MOST_CPU_SECONDS = 15.0
"""Far above what any of them takes (below 2 s on a slow machine), far below a runaway."""


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_a_hostile_file_is_refused_in_bounded_time(name: str) -> None:
    started = time.process_time()
    with pytest.raises(InvalidWorkflow):
        load(Bundle("w", HOSTILE[name].encode(), "w.yaml", "/srv", {}))
    assert time.process_time() - started < _MOST_CPU_SECONDS


def test_the_limits_are_exact() -> None:
    read_document(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    read_document(b"[" + b"1," * (MAX_NODES - 1) + b"]")
    read_document(b"#" * MAX_BYTES)
    for source in (
        b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1),
        b"[" + b"1," * MAX_NODES + b"]",
        b"#" * (MAX_BYTES + 1),
    ):
        with pytest.raises(Unreadable):
            read_document(source)


def _load(source: bytes) -> None:
    try:
        load(Bundle("w", source, "w.yaml", "/srv", {}))
    except InvalidWorkflow as invalid:
        assert invalid.problems
        assert all(problem.line >= 1 and problem.column >= 1 for problem in invalid.problems)


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_refused_with_problems(source: bytes) -> None:
    _load(source)


@given(st.text(max_size=300))
def test_arbitrary_text_is_refused_with_problems(text: str) -> None:
    _load(text.encode("utf-8", "surrogatepass"))


_MARKS = (
    "a",
    "b",
    ": ",
    "- ",
    "\n",
    "  ",
    "{",
    "}",
    "[",
    "]",
    ",",
    "&a ",
    "*a",
    "!t ",
    "|",
    ">",
    "'",
    '"',
    "\\",
)
_MORE = ("#", "%", "?", "---", "...", "<<", "0", "\t", "é", "@", "`", "\\x", "\\U", "=", ".", "%YAML ", "1.2")


@given(st.lists(st.sampled_from(_MARKS + _MORE), max_size=60).map("".join))
def test_arbitrary_marks_are_read_or_refused(text: str) -> None:
    _load(text.encode())
