"""Artifacts: only regular files of the working folder, copied by content; nothing else is read or written."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from engine.core.errors import InvalidInput
from engine.steps.artifacts import MAX_COUNT, keep


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    (tmp_path / "secret").write_text("secret")
    return folder


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


def stored(store: Path) -> list[str]:
    return sorted(path.read_text() for path in store.rglob("*") if path.is_file())


def test_a_file_is_kept_by_its_content(work: Path, store: Path) -> None:
    (work / "a.txt").write_text("hello")
    (kept,) = keep(work, ["a.txt"], store)
    digest = hashlib.sha256(b"hello").hexdigest()
    assert (kept.name, kept.size, kept.sha256) == ("a.txt", 5, digest)
    assert kept.path == store / digest[:2] / digest
    assert kept.path.read_text() == "hello"
    assert kept.path.stat().st_mode & 0o777 == 0o440


def test_the_same_content_is_stored_once(work: Path, store: Path) -> None:
    for name in ("a", "b"):
        (work / name).write_text("same")
    first, second = keep(work, ["a", "b"], store)
    assert first.path == second.path
    assert stored(store) == ["same"]


def test_a_file_in_a_folder_below_is_kept(work: Path, store: Path) -> None:
    (work / "deep" / "er").mkdir(parents=True)
    (work / "deep" / "er" / "ä b.txt").write_text("x")
    (kept,) = keep(work, ["deep/er/ä b.txt"], store)
    assert kept.path.read_text() == "x"


def test_a_later_change_of_the_file_does_not_reach_the_store(work: Path, store: Path) -> None:
    (work / "a").write_text("before")
    (kept,) = keep(work, ["a"], store)
    (work / "a").write_text("after")
    assert kept.path.read_text() == "before"


BAD_NAMES = (
    *("", ".", "..", "./a", "a/", "a//b", "-rf"),
    *("/etc/passwd", "../secret", "a/../../secret"),
    *("a\nb", "a\0b", "a\x1b[2J", "a\u202eb", "x" * 600),
)


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_that_is_not_a_plain_path_is_refused(work: Path, store: Path, name: str) -> None:
    with pytest.raises(InvalidInput, match="is no artifact name") as caught:
        keep(work, [name], store)
    assert caught.value.message.isprintable()
    assert not store.exists()


def test_a_missing_file_is_named(work: Path, store: Path) -> None:
    for name in ("a.txt", "folder/a.txt"):
        with pytest.raises(InvalidInput, match=f"The artifact '{name}' is missing"):
            keep(work, [name], store)


def test_a_link_to_a_file_is_refused(work: Path, store: Path) -> None:
    (work / "a").symlink_to("../secret")
    with pytest.raises(InvalidInput, match="symbolic link"):
        keep(work, ["a"], store)


def test_a_link_to_a_folder_is_refused(work: Path, store: Path) -> None:
    (work / "out").symlink_to("..")
    with pytest.raises(InvalidInput, match="without links"):
        keep(work, ["out/secret"], store)
    assert not store.exists()


def test_a_fifo_does_not_make_us_wait(work: Path, store: Path) -> None:
    os.mkfifo(work / "a")
    with pytest.raises(InvalidInput, match="not a regular file"):
        keep(work, ["a"], store)


def test_a_folder_is_no_artifact(work: Path, store: Path) -> None:
    (work / "a").mkdir()
    with pytest.raises(InvalidInput, match="not a regular file"):
        keep(work, ["a"], store)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_second_name_of_another_users_file_is_refused(work: Path, store: Path) -> None:
    os.chown(work.parent / "secret", 65534, 65534)
    os.link(work.parent / "secret", work / "a")
    with pytest.raises(InvalidInput, match="another user's file"):
        keep(work, ["a"], store)


def test_a_second_name_of_an_own_file_is_kept(work: Path, store: Path) -> None:
    (work / "a").write_text("x")
    os.link(work / "a", work / "b")
    (kept,) = keep(work, ["b"], store)
    assert kept.path.read_text() == "x"


def test_what_exceeds_the_limit_together_is_refused_and_leaves_no_draft(work: Path, store: Path) -> None:
    for name in ("a", "b"):
        (work / name).write_text(name * 6)
    with pytest.raises(InvalidInput, match="'b' exceeds"):
        keep(work, ["a", "b"], store, max_bytes=10)
    assert stored(store) == ["aaaaaa"]


def test_too_many_are_refused_before_any_is_read(work: Path, store: Path) -> None:
    with pytest.raises(InvalidInput, match="pack some together"):
        keep(work, [str(number) for number in range(MAX_COUNT + 1)], store)


def test_an_endless_file_ends_at_the_limit(work: Path, store: Path) -> None:
    with (work / "a").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(InvalidInput, match="exceeds"):
        keep(work, ["a"], store, max_bytes=1 << 20)
    assert stored(store) == []
