"""The architecture is a test: layers, purity, sizes, and what an import may drag in."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRODUCT = sorted([*(ROOT / "engine").rglob("*.py"), *(ROOT / "tui").rglob("*.py")])
TESTS = sorted((ROOT / "tests").rglob("*.py"))
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
ANSWERS = ("action_", "on_")
"""Textual answers each key and each message with a method of its own; these do not count."""


def _tool(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_the_layers_hold() -> None:
    result = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_code_is_formatted() -> None:
    result = _tool("ruff", "format", "--check", ".")
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_linter_finds_nothing() -> None:
    result = _tool("ruff", "check", ".")
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.timeout(600)
def test_the_types_are_strict() -> None:
    result = _tool("mypy")
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("path", PRODUCT, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_fits_in_the_head(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= 500, "split this module"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, FUNCTIONS):
            assert (node.end_lineno or 0) - node.lineno < 60, f"{node.name} is too long"
        if isinstance(node, ast.ClassDef):
            methods = [child.name for child in node.body if isinstance(child, FUNCTIONS)]
            own = [name for name in methods if not name.startswith(ANSWERS)]
            limit = 28 if _is_a_screen(node) else 20
            assert len(own) <= limit, f"{node.name} has {len(own)} methods"


def _is_a_screen(node: ast.ClassDef) -> bool:
    """A screen says about itself in small overrides what its frame asks: place, scopes, selection."""
    return any(ast.unparse(base).split("[")[0].endswith(("Screen", "App")) for base in node.bases)


@pytest.mark.parametrize("path", PRODUCT, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_broad_except_stands_only_at_an_edge(path: Path) -> None:
    """The edges: the socket (recorded as engine.trouble), the host's call of user code, the console's app."""
    edges = {"engine/runtime/server.py", "engine/steps/host.py", "tui/app.py"}
    broad = [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or getattr(node.type, "id", "") in ("Exception", "BaseException"))
        and not any(isinstance(child, ast.Raise) and child.exc is None for child in ast.walk(node))
    ]
    assert not broad or str(path.relative_to(ROOT)) in edges, f"broad except at lines {broad}"


@pytest.mark.parametrize("path", TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_test_sleeps(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("time.sleep", "asyncio.sleep"):
            zero = node.args and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0
            assert zero, f"line {node.lineno}: wait for a signal, or drive a clock"


def _loaded_by(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(' '.join(sorted(sys.modules)))"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(result.stdout.split())


@pytest.mark.parametrize(
    ("statement", "unwanted"),
    [
        ("import tui.main", {"textual", "rich", "pydantic", "ruamel", "watchfiles"}),
        ("import engine.cli", {"textual", "rich", "pydantic", "ruamel", "watchfiles"}),
        ("import engine.core.decide", {"asyncio", "subprocess", "sqlite3", "pydantic"}),
        ("import engine.client", {"textual", "pydantic", "ruamel"}),
        ("import engine.__main__", {"textual", "rich"}),
        ("import tui.app", {"pydantic", "ruamel", "watchfiles"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_import_brings_only_what_it_needs(statement: str, unwanted: set[str]) -> None:
    """Seen at run time, so that a deferred import cannot hide."""
    assert not _loaded_by(statement) & unwanted


def test_the_project_names_no_place_but_its_own() -> None:
    """No path of a builder's machine and no registry host stands in a file that ships."""
    words = ("/wor" + "k/", "/far" + "m/", "pythonhos" + "ted", "pypi" + ".org", "registry.npm" + "js")
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    files = [ROOT / name for name in listed.stdout.split("\n") if name]
    for path in files:
        if path.is_file() and path.stat().st_size < 1_000_000:
            text = path.read_bytes().decode(errors="replace")
            assert not any(word in text for word in words), path
