"""Strict YAML: what is read, where it stands, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from engine.definition.loader import Unreadable, read_document


def _refused(source: bytes | str) -> list[str]:
    with pytest.raises(Unreadable) as caught:
        read_document(source.encode() if isinstance(source, str) else source)
    return [problem.text("f").removeprefix("f:") for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("12:30:45", "12:30:45"),
        ("2001-01-01", "2001-01-01"),
        ("1_000", "1_000"),
        ("0", 0),
        ("-12", -12),
        ("+5", 5),
        ("0x1F", 31),
        ("0o14", 12),
        ("1.50", 1.5),
        ("-2e3", -2000.0),
        (".5", 0.5),
        ("0.5", 0.5),
        ("1.2.3", "1.2.3"),
        ("'012'", "012"),
        ('"true"', "true"),
        ('"\\u00e9"', "é"),
        ("|\n  a\n  b\n", "a\nb\n"),
    ],
)
def test_scalars_follow_the_core_schema(text: str, value: Any) -> None:
    read = read_document(f"k: {text}\n".encode()).value["k"]
    assert read == value
    assert type(read) is type(value)


def test_every_key_and_value_has_a_place() -> None:
    document = read_document(b"a: 1\nsteps:\n  - id: x\n    run: [git, log]\n")
    assert document.value == {"a": 1, "steps": [{"id": "x", "run": ["git", "log"]}]}
    assert document.key_at(("steps", 0, "run")) == (4, 5)
    assert document.value_at(("steps", 0, "run", 1)) == (4, 16)
    assert document.value_at(("steps", 0, "gone", "deeper")) == (3, 5)
    assert document.key_at(("steps", 0)) == (3, 5)


def test_a_byte_order_mark_and_dos_line_ends_are_fine() -> None:
    assert read_document(b"\xef\xbb\xbfa: 1\r\nb: |\r\n  x\r\n").value == {"a": 1, "b": "x\n"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: &x 1", "1:4: anchors (`&x`) are not allowed"),
        ("a: *x", "1:4: aliases (`*name`) are not allowed"),
        ("<<: {a: 1}", "1:1: merge keys (`<<`) are not allowed"),
        ("a: !!str 1", "1:4: tags (`!…`) are not allowed"),
        ("a: ! 1", "1:4: tags (`!…`) are not allowed"),
        ("!x\na: 1", "1:1: tags"),
        ("a: 1\nb: 2\na: 3", '3:1: the key "a" stands here a second time (first in line 1)'),
        ("1: a", '1:1: a key is a text, not 1 (write "1")'),
        ("true: a", "1:1: a key is a text, not true"),
        (": a", "1:1: a key is a text, not null"),
        ("? [a]\n: 1", "a key is a text, not a list or mapping"),
        ("{[a]: 1}", "a key is a text, not a list or mapping"),
        ("a: 1\n---\nb: 1", "2:1: a file holds one document"),
        ("%YAML 1.1\n---\na: 1", "directives (`%…`) are not allowed"),
        ("a: 012", '1:4: `012` begins with a zero, which some read as octal (write `12`, or "012"'),
        ("a: -007.5", "begins with a zero"),
        ("a: True", "1:4: `True` is ambiguous (write `true`"),
        ("a: NULL", "`NULL` is ambiguous (write `null`"),
        ("a: .inf", "`.inf` is not a finite number"),
        ("a: -.INF", "is not a finite number"),
        ("a: .NaN", "is not a finite number"),
        ("a: 1e999", "`1e999` is too large"),
        ("a: 9223372036854775808", "is too large"),
        ("a: " + "9" * 5000, "a number has at most 64 characters"),
        ('a: "\\e[31m"', "1:4: the character U+001B is not allowed"),
        ('a: "\\u202e"', "the character U+202E is not allowed"),
        ('a: "\\ud800"', "the character U+D800 is not allowed"),
        ("a: 1 # \u202e", "1:8: the character U+202E is not allowed"),
        ("a: \x00", "1:4: the character U+0000 is not allowed"),
        ("a:\n\tb: 1", "2:1: this is not YAML: found character '\\t' that cannot start any token (indent"),
        ("a: b: c", "1:5: this is not YAML: mapping values are not allowed here (put a text that holds"),
        ("a: [1", "this is not YAML"),
        ("a: @x", "put a text that begins with this character in quotes"),
        ('a: "\\U00110000"', "this is not YAML"),
        ('a: "x', "this is not YAML"),
    ],
)
def test_what_surprises_is_refused_with_its_place(text: str, said: str) -> None:
    assert any(said in problem for problem in _refused(text))


def test_bytes_that_are_not_utf8_are_located() -> None:
    assert _refused(b"a: 1\nb: \xff\n") == ["2:4: the file is not UTF-8 (save it as UTF-8)"]


def test_all_problems_are_reported_at_once() -> None:
    found = _refused("a: &x 1\nb: !t 2\na: 012\nc: *x\n")
    assert [problem.split(": ")[0] for problem in found] == ["1:4", "2:4", "3:1", "3:4", "4:4"]
