"""What reaches the screen: escapes stand out, markup is plain text, and the filter stops the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from engine.core.display import BAD
from tui.safe import REPLACEMENT, WARNING, SafeFilter, safe_text, segments

BLACK = Color(0, 0, 0)


def test_escapes_stand_out_and_the_rest_keeps_its_style() -> None:
    text = safe_text("ok \x1b[2J \\x1b", "green")
    assert text.plain == "ok \\x1b[2J \\x1b"
    assert text.style == "green"
    assert [(text.plain[span.start : span.end], span.style) for span in text.spans] == [("\\x1b", WARNING)]


@pytest.mark.parametrize("hostile", ["[/]", "[red]x[/red]", "[@click=app.quit]x[/]", "[a='"])
def test_markup_is_plain_text(hostile: str) -> None:
    assert safe_text(hostile).plain == hostile
    assert safe_text(hostile).spans == []


def test_a_text_without_spans_keeps_its_base_style_as_segments() -> None:
    console = Console()
    assert segments(safe_text("x", "red"), console) == [Segment("x", Style(color="red"))]
    assert segments(safe_text(""), console) == []
    shown = segments(safe_text("x\x1b", "red"), console)
    assert shown[0] == Segment("x", Style(color="red"))


def test_clean_segments_pass_as_they_are() -> None:
    segments = [Segment("plain "), Segment("表 ✓", Style(bold=True))]
    assert SafeFilter().apply(segments, BLACK) is segments


def test_bad_code_points_are_replaced_and_links_dropped() -> None:
    segments = [Segment("a\x1b]52;c;x\x07"), Segment("b", Style(bold=True, link="https://example.test"))]
    shown = SafeFilter().apply(segments, BLACK)
    assert "".join(segment.text for segment in shown).startswith(f"a{REPLACEMENT}]52")
    assert all(segment.style is None or segment.style.link is None for segment in shown)


@given(
    st.lists(st.text(st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("\x1b\u200b\n"))))
)
def test_a_filtered_line_is_clean_and_keeps_its_width(texts: list[str]) -> None:
    segments = [Segment(text) for text in texts]
    shown = SafeFilter().apply(segments, BLACK)
    line = "".join(segment.text for segment in shown)
    assert BAD.search(line) is None
    assert sum(cell_len(segment.text) for segment in shown) == sum(cell_len(text) for text in texts)
