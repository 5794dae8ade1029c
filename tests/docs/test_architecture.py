"""`docs/architecture.md` names only what exists, and every room of the house."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, ROOT, page, rows, sections, words

TEXT = page("architecture.md")
PAGES = sorted([*DOCS.rglob("*.md"), ROOT / "README.md"])
ROOMS = {"engine", "tui"} | {
    str(path.relative_to(ROOT))
    for room in ("engine", "tui")
    for path in (ROOT / room).rglob("*")
    if path.is_dir() and path.name != "__pycache__"
}


def test_every_room_is_described() -> None:
    assert {words(row[0])[0] for row in rows(sections(TEXT)["The rooms"])} == ROOMS


def test_the_rooms_stand_in_the_order_of_the_layers() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = [name.strip().replace(".", "/") for layer in contracts[0]["layers"] for name in layer.split("|")]
    described = [words(row[0])[0] for row in rows(sections(TEXT)["The rooms"])]
    assert [room for room in described if room in layers] == [layer for layer in layers if layer in described]


def test_every_module_directly_in_the_engine_is_named() -> None:
    modules = {f"engine/{path.name}" for path in (ROOT / "engine").glob("*.py")} - {"engine/__init__.py"}
    assert modules <= set(words(TEXT))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_path_on_a_page_exists(path: Path) -> None:
    text = path.read_text()
    named = {
        word
        for word in words(text)
        if re.match(r"(engine|tui|tests|benchmarks|docs|sample_workflows)/", word)
    }
    assert {name for name in named if not (ROOT / name).exists()} == set()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_on_a_page_leads_somewhere(path: Path) -> None:
    folder = path.parent
    for target in re.findall(r"\]\((?!https?:)([^)#\s]+)?(?:#([^)\s]+))?\)", path.read_text()):
        name, anchor = target
        file = folder / name if name else path
        assert file.exists(), name
        if anchor:
            assert anchor in anchors(file.read_text()), f"{name}#{anchor}"


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as code hosts make them."""
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-") for title in titles}
