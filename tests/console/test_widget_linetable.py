"""The table keeps its cursor on a row's identity and repaints only lines that changed."""

from __future__ import annotations

import time

import pytest
from rich.text import Text
from textual.strip import Strip

from tests.console.widget_bench import Bench, lines_of
from tui.widgets.columns import Column, Row, place
from tui.widgets.linetable import LineTable

COLUMNS = (
    Column("NAME", 10, priority=9),
    Column("STEP", minimum=8),
    Column("AGE", 5, align="right", priority=1),
)


class Table(LineTable):
    """Counts the lines it paints."""

    def __init__(self) -> None:
        super().__init__(COLUMNS, empty="No rows.", id="table")
        self.painted: list[int] = []

    def render_line(self, y: int) -> Strip:
        self.painted.append(y)
        return super().render_line(y)


def rows(*names: str, age: str = "1s") -> list[Row]:
    return [Row(name, (name, "step", age)) for name in names]


async def test_rows_stand_under_their_titles() -> None:
    async with Bench(table := Table()).run_test(size=(40, 6)) as pilot:
        table.set_rows(rows("a", "b"))
        await pilot.pause()
        assert lines_of(table)[:4] == [
            "  NAME        STEP                   AGE",
            "> a           step                    1s",
            "  b           step                    1s",
            "",
        ]


async def test_an_empty_table_says_so() -> None:
    async with Bench(table := Table()).run_test(size=(40, 6)):
        assert lines_of(table)[1] == "  No rows."


async def test_the_cursor_stays_on_its_row_when_rows_come_above() -> None:
    async with Bench(table := Table()).run_test(size=(40, 6)) as pilot:
        table.set_rows(rows("a", "b", "c"))
        await pilot.press("j")
        assert table.cursor_key == "b"
        table.set_rows(rows("x", "y", "a", "b", "c"))
        await pilot.pause()
        assert table.cursor_key == "b"
        assert lines_of(table)[4].startswith("> b")


async def test_a_row_that_vanishes_leaves_the_cursor_in_its_place() -> None:
    async with Bench(table := Table()).run_test(size=(40, 6)) as pilot:
        table.set_rows(rows("a", "b", "c"))
        await pilot.press("j")
        table.set_rows(rows("a", "c"))
        assert table.cursor_key == "c"


async def test_an_empty_table_takes_every_key() -> None:
    async with Bench(table := Table()).run_test(size=(40, 6)) as pilot:
        table.set_rows(rows("a"))
        table.set_rows([])
        await pilot.press("j", "G", "enter", "space", "v", "asterisk", "backslash", "l")
        assert table.cursor_key is None


async def test_further_down_the_view_stands_still_when_rows_come_above() -> None:
    names = [f"n{index:03}" for index in range(100)]
    async with Bench(table := Table()).run_test(size=(40, 11)) as pilot:
        table.set_rows(rows(*names))
        await pilot.press("ctrl+d", "ctrl+d", "ctrl+d", "k")
        await pilot.pause()
        before = lines_of(table)
        table.set_rows(rows("new1", "new2", *names))
        await pilot.pause()
        assert lines_of(table) == before


async def test_one_changed_cell_repaints_one_line() -> None:
    async with Bench(table := Table()).run_test(size=(80, 24)) as pilot:
        table.set_rows(rows(*"abcdefghij"))
        await pilot.pause()
        table.painted.clear()
        changed = rows(*"abcdefghij")
        changed[4] = Row("e", ("e", Text("other", "red"), "1s"))
        table.set_rows(changed)
        await pilot.pause()
        assert table.painted == [5]
        table.painted.clear()
        table.set_rows(list(changed))
        await pilot.pause()
        assert table.painted == []


async def test_a_change_of_style_alone_is_painted() -> None:
    async with Bench(table := Table()).run_test(size=(80, 24)) as pilot:
        table.set_rows([Row("a", (Text("a", "red"), "", ""))])
        await pilot.pause()
        table.painted.clear()
        table.set_rows([Row("a", (Text("a", "green"), "", ""))])
        await pilot.pause()
        assert table.painted == [1]


async def test_the_cursor_repaints_two_lines() -> None:
    async with Bench(table := Table()).run_test(size=(80, 24)) as pilot:
        table.set_rows(rows(*"abcdefghij"))
        await pilot.pause()
        table.painted.clear()
        await pilot.press("j")
        await pilot.pause()
        assert sorted(table.painted) == [1, 2]


async def test_focus_repaints_the_cursor_row_only() -> None:
    first, second = Table(), LineTable(COLUMNS)
    async with Bench(first, second).run_test(size=(80, 24)) as pilot:
        first.set_rows(rows(*"abcdefghij"))
        second.set_rows(rows(*"abc"))
        first.focus()
        await pilot.pause()
        first.painted.clear()
        await pilot.press("tab")
        await pilot.pause()
        assert second.has_focus
        assert first.painted == [1]


@pytest.mark.parametrize(
    ("keys", "row"),
    [
        (["j", "j", "k"], 1),
        (["down", "down", "up"], 1),
        (["G"], 99),
        (["end"], 99),
        (["G", "g"], 0),
        (["end", "home"], 0),
        (["pagedown"], 10),
        (["pagedown", "pageup"], 0),
        (["ctrl+d"], 5),
        (["ctrl+d", "ctrl+u"], 0),
        (["k"], 0),
    ],
)
async def test_keys_move_the_cursor(keys: list[str], row: int) -> None:
    async with Bench(table := Table()).run_test(size=(40, 11)) as pilot:
        table.set_rows(rows(*(str(index) for index in range(100))))
        await pilot.press(*keys)
        assert table.cursor_key == str(row)
        assert any(line.startswith(f"> {row} ") for line in lines_of(table))


async def test_opening_and_moving_are_told_with_the_identity() -> None:
    app = Bench(table := Table())
    async with app.run_test(size=(40, 11)) as pilot:
        table.set_rows(rows("a", "b"))
        await pilot.press("j", "enter")
        await pilot.pause()
        heard = [
            (type(message), message.key) for message in app.heard if isinstance(message, LineTable.Event)
        ]
        assert heard == [
            (LineTable.Highlighted, "a"),
            (LineTable.Highlighted, "b"),
            (LineTable.Opened, "b"),
        ]


async def test_marks_stay_with_their_rows() -> None:
    async with Bench(table := Table()).run_test(size=(40, 11)) as pilot:
        table.set_rows(rows("a", "b", "c", "d"))
        await pilot.press("space", "v", "j", "v")
        assert table.marked == {"a", "b", "c"}
        table.set_rows(rows("new", "c", "b"))
        assert table.marked == {"b", "c"}
        await pilot.press("backslash")
        assert table.marked == frozenset()
        await pilot.press("asterisk")
        assert table.marked == {"new", "b", "c"}


def test_columns_leave_by_priority() -> None:
    def names(width: int, skip: int = 0) -> list[int]:
        return [placed.column for placed in place(COLUMNS, width, skip)]

    assert names(27) == [0, 1, 2]
    assert names(26) == [0, 1]
    assert names(19) == [0]
    assert names(4) == [0]
    assert names(19, skip=1) == [0, 2]
    assert sum(placed.width for placed in place(COLUMNS, 80, 0)) == 76


async def test_the_sorted_column_is_marked_and_columns_scroll() -> None:
    async with Bench(table := Table()).run_test(size=(40, 4)) as pilot:
        table.set_rows(rows("a"))
        table.set_sort(1, descending=True)
        assert "STEP v" in lines_of(table)[0]
        await pilot.press("l")
        assert lines_of(table)[0].split() == ["NAME", "AGE"]
        await pilot.press("h")
        assert "STEP v" in lines_of(table)[0]


async def test_a_click_moves_the_cursor() -> None:
    async with Bench(table := Table()).run_test(size=(40, 11)) as pilot:
        table.set_rows(rows("a", "b", "c"))
        await pilot.click("#table", offset=(4, 3))
        assert table.cursor_key == "c"


async def test_a_hundred_thousand_rows_are_quick() -> None:
    many = [Row(str(index), (str(index), "step", "1s")) for index in range(100_000)]
    async with Bench(table := Table()).run_test(size=(160, 48)) as pilot:
        table.set_rows(many)
        await pilot.press("G")
        started = time.process_time()
        for _ in range(10):
            table.set_rows(list(many))
            table.move_by(-1)
        assert time.process_time() - started < 1.0
        assert table.cursor_key == "99989"
