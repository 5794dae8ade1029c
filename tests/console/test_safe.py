"""Nothing that a reader cannot see comes out of the sanitiser, and nothing is lost on the way."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.display import BAD, MAX_MARKS, hidden_count, is_safe, pieces, safe, safe_bytes

INVISIBLE = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}

any_text = st.text(
    st.one_of(
        st.characters(),
        st.characters(categories=["Cc", "Cf", "Cs", "Co", "Zl", "Zp", "Mn", "Me"]),
        st.sampled_from("\t\n\x1b\u202e\u0301 a"),
    )
)


def test_every_invisible_class_of_unicode_is_covered() -> None:
    missed = [
        hex(code)
        for code in range(sys.maxunicode + 1)
        if unicodedata.category(chr(code)) in INVISIBLE and not BAD.match(chr(code))
    ]
    assert missed == []


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x1b]52;c;aGk=\x07", "\\x1b]52;c;aGk=\\x07"),
        ("a\rb\x00\x7f", "a\\x0db\\x00\\x7f"),
        ("one\ntwo", "one\\ntwo"),
        ("a\tb", "a       b"),
        ("\u202eexe.txt", "\\u202eexe.txt"),
        ("z\u200bero", "z\\u200bero"),
        ("\x9b2J", "\\u009b2J"),
        ("\U000e0041", "\\U000e0041"),
        ("\ud800", "\\ud800"),
        ("\ufeffbom", "\\ufeffbom"),
        ("a\u2028b", "a\\u2028b"),
        ("\u3164", "\\u3164"),
        ("naïve 表 ✓ ½", "naïve 表 ✓ ½"),
        ("e\u0301", "e\u0301"),
        ("\u0301", "\\u0301"),
        (r"\x1b", r"\x1b"),
        ("", ""),
    ],
)
def test_hidden_characters_become_visible(raw: str, shown: str) -> None:
    assert safe(raw) == shown


def test_newlines_stay_when_asked_for_and_tabs_follow_the_line() -> None:
    assert safe("ab\n\tx\r\n", newlines=True) == "ab\n        x\\x0d\n"


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"ok", "ok"),
        (b"\xff\xfe", "\\xff\\xfe"),
        ("é".encode(), "é"),
        (b"a\xc3", "a\\xc3"),
        (b"\x1b", "\\x1b"),
    ],
)
def test_bytes_that_are_no_text_show_their_value(raw: bytes, shown: str) -> None:
    assert safe_bytes(raw) == shown


def test_only_a_few_marks_stay_on_one_base() -> None:
    shown = safe("o" + "\u0301" * 20 + "k")
    assert shown.count("\u0301") == MAX_MARKS
    assert shown.count("\\u0301") == 20 - MAX_MARKS
    assert shown.endswith("k")


@pytest.mark.parametrize("raw", ["x" * 5000, "\x1b" * 5000, "\t" * 5000, "é" * 4097])
def test_a_long_text_says_how_much_is_left_out(raw: str) -> None:
    shown = safe(raw)
    kept, _, note = shown.rpartition("… +")
    unit = {"\x1b": 4, "\t": 8}.get(raw[0], 1)
    assert len(shown) <= 4096
    assert len(kept) // unit + int(note.removesuffix(" more")) == len(raw)


def test_a_huge_text_costs_no_more_than_what_is_shown() -> None:
    assert len(safe("\x1b" * 50_000_000, limit=100)) <= 100


@given(any_text, st.booleans(), st.integers(-5, 80))
def test_output_is_visible_bounded_and_stable(text: str, newlines: bool, limit: int) -> None:
    shown = safe(text, limit=limit, newlines=newlines)
    allowed = {"\n"} if newlines else set()
    assert [c for c in shown if BAD.match(c) and c not in allowed] == []
    assert len(shown) <= max(limit, 32)
    assert safe(shown, limit=limit, newlines=newlines) == shown


@given(st.text(st.characters(categories=["L", "N", "P", "S"], exclude_characters="\u115f\u1160\u3164\uffa0")))
def test_clean_text_is_untouched(text: str) -> None:
    if not any("\u1161" <= c <= "\u11ff" or "\ud7b0" <= c <= "\ud7ff" for c in text):
        assert safe(text) == text
        assert is_safe(text)


@given(any_text)
def test_is_safe_means_shown_as_it_is(text: str) -> None:
    assert is_safe(text) == (safe(text, limit=sys.maxsize) == text)


@given(st.binary())
def test_any_bytes_can_be_shown(raw: bytes) -> None:
    assert is_safe(safe_bytes(raw))


@given(any_text)
def test_pieces_tell_escapes_from_text(text: str) -> None:
    assert "".join(piece.text for piece in pieces(text)) == safe(text)
    assert all(is_safe(piece.text) or not piece.escaped for piece in pieces(text))


def test_hidden_characters_are_counted_but_line_breaks_and_tabs_are_not() -> None:
    assert hidden_count("clean\n\ttext\n") == 0
    assert hidden_count("a\x1bb\u202e\r\nc\u200b") == 4
