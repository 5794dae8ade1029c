"""Lines of a growing file by number, whatever the file looks like."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tui.widgets.logfile import BLOCK, LINE_LIMIT, Line, LogFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "step.log"


@pytest.fixture
def opened(path: Path) -> Iterator[LogFile]:
    path.touch()
    file = LogFile(path)
    yield file
    file.close()


def index(file: LogFile) -> None:
    while file.extend():
        pass


def lines(file: LogFile) -> list[bytes]:
    return [file.line(number).raw for number in range(file.line_count)]


some_bytes = st.binary(max_size=200).map(lambda part: part.replace(b"\r", b""))
edges = st.sampled_from([b"\n\n", b"x" * (BLOCK - 3)])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(parts=st.lists(some_bytes | edges, max_size=8))
def test_a_file_that_grows_reads_as_it_would_at_once(path: Path, parts: list[bytes]) -> None:
    path.write_bytes(b"")
    file = LogFile(path)
    for part in parts:
        with path.open("ab") as out:
            out.write(part)
        index(file)
    whole = b"".join(parts)
    expected = whole.split(b"\n") if whole else []
    if expected and not expected[-1]:
        expected.pop()
    assert lines(file) == [
        line[:LINE_LIMIT].removesuffix(b"\r" * (len(line) <= LINE_LIMIT)) for line in expected
    ]
    file.close()


def test_a_carriage_return_before_the_newline_belongs_to_the_line_end(opened: LogFile, path: Path) -> None:
    path.write_bytes(b"one\r\nt\rwo\r\n")
    index(opened)
    assert lines(opened) == [b"one", b"t\rwo"]


def test_a_long_line_is_counted_but_not_read(opened: LogFile, path: Path) -> None:
    path.write_bytes(b"x" * 3_000_000 + b"\nnext\n")
    index(opened)
    assert opened.line(0) == Line(b"x" * LINE_LIMIT, 3_000_000 - LINE_LIMIT)
    assert opened.line(1) == Line(b"next", 0)
    assert opened.line(2) == Line(b"", 0)


def test_matches_are_found_in_both_directions(opened: LogFile, path: Path) -> None:
    path.write_bytes(
        b"".join(b"%d %s\n" % (n, b"needle" if n % 40_000 == 7 else b"hay" * 9) for n in range(100_000))
    )
    index(opened)
    needle = re.compile(b"needle")
    assert opened.find(needle, -1) == 7
    assert opened.find(needle, 7) == 40_007
    assert opened.find(needle, 80_007) is None
    assert opened.find_back(needle, 100_000) == 80_007
    assert opened.find_back(needle, 80_007) == 40_007
    assert opened.find_back(needle, 7) is None
    assert opened.find(re.compile(b"^99999 ", re.MULTILINE), 0) == 99_999


def test_another_file_under_the_name_is_noticed(opened: LogFile, path: Path) -> None:
    path.write_bytes(b"one\ntwo\n")
    index(opened)
    assert not opened.was_replaced()
    path.write_bytes(b"one\n")
    assert opened.was_replaced()
    other = path.with_name("other")
    other.write_bytes(b"one\ntwo\nthree\n")
    other.rename(path)
    assert opened.was_replaced()


def test_a_file_cut_short_while_it_is_read_gives_less_and_no_crash(opened: LogFile, path: Path) -> None:
    path.write_bytes(b"line\n" * 50_000)
    index(opened)
    path.write_bytes(b"")
    assert opened.line(49_999).raw in (b"", b"line")
    assert opened.find(re.compile(b"absent"), 0) is None
