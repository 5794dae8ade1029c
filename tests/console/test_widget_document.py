"""An artifact is shown whole, as it is, and the view knows when its end was seen."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from engine.core.errors import InvalidInput
from tests.console.widget_bench import Bench, lines_of
from tui.widgets.document import LIMIT, Document, Kind
from tui.widgets.documentview import DocumentView


def text_of(lines: int) -> bytes:
    return b"".join(b"line %d\n" % number for number in range(1, lines + 1))


@pytest.mark.parametrize(
    ("raw", "name", "kind"),
    [
        (b"plain", "notes.txt", Kind.TEXT),
        (b"diff --git a b\n", "", Kind.DIFF),
        (b"", "x.patch", Kind.DIFF),
        (b"{}", "pay.json", Kind.JSON),
        (b"\x7fELF\x00", "tool.json", Kind.BINARY),
    ],
)
def test_the_kind_follows_content_and_name(raw: bytes, name: str, kind: Kind) -> None:
    assert Document(raw, name).kind is kind


async def test_short_text_is_seen_to_its_end_at_once() -> None:
    app = Bench(view := DocumentView())
    async with app.run_test(size=(40, 5)) as pilot:
        view.show(text_of(3))
        await pilot.pause()
        assert lines_of(view) == ["1 line 1", "2 line 2", "3 line 3", "", ""]
        assert view.reached_end
        assert len(app.told(DocumentView.ReachedEnd)) == 1
        assert view.status == "text  21 B  end"


async def test_the_end_counts_only_once_it_was_in_view() -> None:
    async with Bench(view := DocumentView()).run_test(size=(40, 5)) as pilot:
        view.show(text_of(20))
        view.focus()
        seen = [view.reached_end]
        for key in ("pagedown", "pagedown", "pagedown", "g"):
            await pilot.press(key)
            seen.append(view.reached_end)
        view.show(text_of(20))
        seen.append(view.reached_end)
        assert seen == [False, False, False, True, True, False]


async def test_a_hidden_view_has_shown_nothing() -> None:
    view = DocumentView()
    view.display = False
    async with Bench(view).run_test(size=(40, 5)) as pilot:
        view.show(text_of(2))
        await pilot.pause()
        before = view.reached_end
        view.display = True
        await pilot.pause()
        assert [before, view.reached_end] == [False, True]


async def test_a_document_that_is_cut_is_never_seen_whole() -> None:
    async with Bench(view := DocumentView()).run_test(size=(40, 5)) as pilot:
        view.show(b"x" * 79 + b"\n" + b"y" * LIMIT)
        view.focus()
        await pilot.press("G")
        assert not view.reached_end
        assert "80 B not shown" in view.status


async def test_long_lines_are_wrapped_to_their_last_character() -> None:
    async with Bench(view := DocumentView()).run_test(size=(12, 5)):
        view.show(b"abcdefghijklmnop\n\n\xe8\xa1\xa8\xe8\xa1\xa8\xe8\xa1\xa8\xe8\xa1\xa8\xe8\xa1\xa8x")
        assert lines_of(view) == ["1 abcdefghij", "  klmnop", "2", "3 表表表表表", "  x"]


async def test_hidden_characters_are_shown_and_counted() -> None:
    async with Bench(view := DocumentView()).run_test(size=(60, 5)) as pilot:
        view.show("pay(\u202e1\u200b0)\r\nok".encode() + b"\xff")
        await pilot.pause()
        assert lines_of(view)[:2] == ["1 pay(\\u202e1\\u200b0)\\x0d", "2 ok\\xff"]
        assert "4 hidden characters escaped" in view.status


async def test_bytes_are_shown_in_hexadecimal() -> None:
    async with Bench(view := DocumentView()).run_test(size=(90, 5)) as pilot:
        view.show(b"\x7fELF\x00" + bytes(12) + b"\xff")
        await pilot.pause()
        first, second, *_ = lines_of(view)
        assert first.startswith("00000000  7f 45 4c 46 00 00")
        assert first.endswith("|.ELF............|")
        assert second.startswith("00000010  00 ff")
        assert view.status.startswith("binary")


async def test_a_diff_is_coloured_by_line() -> None:
    async with Bench(view := DocumentView()).run_test(size=(40, 6)):
        view.show(b"--- a\n+++ b\n@@ -1 +1 @@\n-old\n+new\n same\n")
        colours = []
        for y in range(6):
            style = list(view.render_line(y))[1].style
            colours.append(style.color.name if style is not None and style.color is not None else "")
        assert colours[3] == "red"
        assert colours[4] == "green"
        assert colours[2] == "cyan"


async def test_search_finds_lines_and_says_when_there_are_no_more() -> None:
    app = Bench(view := DocumentView())
    async with app.run_test(size=(40, 5)) as pilot:
        view.show(text_of(100))
        view.focus()
        view.search("line 5")
        assert any(line.endswith(" line 5") for line in lines_of(view))
        await pilot.press("n")
        assert any(line.endswith("line 50") for line in lines_of(view))
        await pilot.press("N", "N")
        await pilot.pause()
        assert app.told(DocumentView.NotFound)
        with pytest.raises(InvalidInput, match="not a regular expression"):
            view.search("(", literal=False)


async def test_c_copies_the_line_made_safe() -> None:
    app = Bench(view := DocumentView())
    async with app.run_test(size=(40, 5)) as pilot:
        view.show(b"a\x1b[2J\nb\n")
        await press(pilot, view, "c")
        assert [message.text for message in app.heard if isinstance(message, DocumentView.Copied)] == [
            "a\\x1b[2J"
        ]


async def press(pilot: Pilot[None], view: DocumentView, *keys: str) -> None:
    view.focus()
    await pilot.press(*keys)
    await pilot.pause()


def test_a_very_long_line_comes_in_pieces_under_one_number() -> None:
    line = "+" + "ä\u202e" * 5000
    document = Document(f"--- a\n{line}\nlast".encode())
    pieces = [number for number in range(len(document.lines)) if document.label(number) in ("2", "")]
    assert len(pieces) > 5
    assert b"".join(document.lines[number] for number in pieces).decode() == line
    assert [document.label(number) for number in pieces].count("2") == 1
    assert {document.text(number).style for number in pieces} == {document.text(pieces[0]).style}
    assert (document.line_count, document.hidden) == (3, 5000)
