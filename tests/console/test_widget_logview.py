"""A log opens at its end, follows it until the operator looks back, and survives what files do."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.console.widget_bench import Bench, lines_of
from tui.widgets.logview import LogView


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "step.log"
    path.write_text("".join(f"line {number}\n" for number in range(100)))
    return path


def append(path: Path, text: str) -> None:
    with path.open("a") as out:
        out.write(text)


async def settled(pilot: Pilot[None]) -> None:
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def test_a_log_opens_at_its_end_and_follows(log: Path) -> None:
    async with Bench(view := LogView()).run_test(size=(40, 5)) as pilot:
        view.show(log)
        assert lines_of(view) == [f"line {number}" for number in range(95, 100)]
        append(log, "half")
        view.poll()
        assert lines_of(view)[-1] == "half"
        append(log, " whole\n")
        view.poll()
        await pilot.pause()
        assert lines_of(view)[-1] == "half whole"
        assert view.status == "FOLLOW  101 lines"


async def test_scrolling_up_stops_following_and_the_end_resumes_it(log: Path) -> None:
    async with Bench(view := LogView()).run_test(size=(40, 5)) as pilot:
        view.show(log)
        view.focus()
        await pilot.press("k")
        append(log, "new\n" * 3)
        view.poll()
        assert lines_of(view)[-1] == "line 98"
        assert view.status == "PAUSED +3 new  103 lines"
        await pilot.press("G")
        assert view.follow
        assert lines_of(view)[-1] == "new"
        await pilot.press("g")
        assert lines_of(view)[0] == "line 0"
        await pilot.press("f")
        assert lines_of(view)[-1] == "new"


async def test_nothing_new_paints_nothing(log: Path) -> None:
    async with Bench(view := LogView()).run_test(size=(40, 5)) as pilot:
        view.show(log)
        await pilot.pause()
        app = pilot.app
        before = len(getattr(app, "heard", []))
        view.poll()
        await pilot.pause()
        assert len(getattr(app, "heard", [])) == before


async def test_a_log_that_comes_later_goes_and_comes_again(tmp_path: Path) -> None:
    path = tmp_path / "later.log"
    async with Bench(view := LogView(empty="Nothing yet.")).run_test(size=(40, 5)):
        view.show(path)
        assert lines_of(view)[0] == "Nothing yet."
        path.write_text("first\nsecond\n")
        view.poll()
        assert lines_of(view)[:2] == ["first", "second"]
        path.write_text("cut\n")
        view.poll()
        assert lines_of(view)[:2] == ["cut", ""]
        path.unlink()
        view.poll()
        assert lines_of(view)[0] == "cut"
        path.write_text("other\n")
        view.poll()
        assert lines_of(view)[0] == "other"
        view.show(None)
        assert lines_of(view)[0] == "Nothing yet."


async def test_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    async with Bench(view := LogView()).run_test(size=(60, 5)):
        view.show(tmp_path)
        assert lines_of(view)[0] == "The log cannot be read: Is a directory."


async def test_search_goes_to_matches_and_tells_when_there_is_none(log: Path) -> None:
    app = Bench(view := LogView())
    async with app.run_test(size=(40, 5)) as pilot:
        view.show(log)
        view.focus()
        await pilot.press("g")
        view.search("line 5")
        await settled(pilot)
        assert "line 5" in lines_of(view)
        await pilot.press("n")
        await settled(pilot)
        assert "line 50" in lines_of(view)
        await pilot.press("N", "c")
        await settled(pilot)
        assert [message.text for message in app.heard if isinstance(message, LogView.Copied)] != []
        view.search("absent")
        await settled(pilot)
        assert app.told(LogView.NotFound)


async def test_e_goes_to_lines_that_tell_of_errors(log: Path) -> None:
    append(log, "ERROR one\n" + "fine\n" * 50 + "Traceback two\n" + "fine\n" * 50)
    async with Bench(view := LogView()).run_test(size=(40, 5)) as pilot:
        view.show(log)
        view.focus()
        await pilot.press("g", "e")
        await settled(pilot)
        assert "ERROR one" in lines_of(view)
        await pilot.press("e")
        await settled(pilot)
        assert "Traceback two" in lines_of(view)
        await pilot.press("E")
        await settled(pilot)
        assert "ERROR one" in lines_of(view)


async def test_long_lines_wrap_or_scroll(log: Path) -> None:
    append(log, "a" * 40 + "b" * 40 + "表" * 10 + "\n")
    async with Bench(view := LogView()).run_test(size=(40, 5)) as pilot:
        view.show(log)
        view.focus()
        assert lines_of(view)[-1] == "a" * 40
        await pilot.press("w")
        assert lines_of(view)[-3:] == ["a" * 40, "b" * 40, "表" * 10]
        await pilot.press("w", "l", "l")
        assert lines_of(view)[-1] == "a" * 24 + "b" * 16
        await pilot.press("h", "h", "h")
        assert lines_of(view)[-1] == "a" * 40


async def test_a_line_without_end_is_cut_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "endless.log"
    with path.open("wb") as out:
        out.truncate(100_000_000)  # a sparse file: one line of NUL bytes
    started = time.process_time()
    async with Bench(view := LogView()).run_test(size=(80, 24)) as pilot:
        view.show(path)
        await settled(pilot)
        await pilot.press("tab", "w", "G", "g", "w")
        assert lines_of(view)[0].startswith("\\x00\\x00")
        assert view.status.endswith("1 lines")
    assert time.process_time() - started < 10


async def test_a_million_lines_open_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "big.log"
    with path.open("w") as out:
        out.writelines(f"{number:09} {'x' * 90}\n" for number in range(1_000_000))
    async with Bench(view := LogView()).run_test(size=(160, 48)) as pilot:
        started = time.process_time()
        view.show(path)
        await settled(pilot)
        assert lines_of(view)[-1].startswith("000999999")
        assert time.process_time() - started < 1.5


async def test_another_log_is_shown_at_once(tmp_path: Path, log: Path) -> None:
    big = tmp_path / "big.log"
    big.write_bytes(b"x\n" * 10_000_000)
    async with Bench(view := LogView()).run_test(size=(40, 5)) as pilot:
        view.show(big)
        view.show(log)
        assert lines_of(view)[-1] == "line 99"
        await settled(pilot)
        assert lines_of(view)[-1] == "line 99"


async def test_colours_are_shown_and_every_other_sequence_is_escaped(tmp_path: Path) -> None:
    path = tmp_path / "colour.log"
    path.write_bytes(b"\x1b[1;31mred\x1b[0m \x1b[8;38;5;0;40mseen\x1b[m \x1b[2Jbad \x1b[31;\n")
    async with Bench(view := LogView()).run_test(size=(60, 2)):
        view.show(path)
        strip = view.render_line(0)
        assert strip.text.rstrip() == "red seen \\x1b[2Jbad \\x1b[31;"
        styles = {segment.text.strip(): segment.style for segment in strip}
        red = styles["red"]
        assert red is not None
        assert red.bold
        assert red.color is not None
        assert red.color.name == "red"
        assert not any(style.conceal for style in styles.values() if style is not None)
