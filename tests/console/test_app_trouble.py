"""Engines go away, databases fail, names are hostile: the console stays, and says so in one sentence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from textual.worker import WorkerFailed

from engine.client import Client
from engine.home import Home
from tests.console.living import QUICK, Living, console_on
from tui import app as app_module
from tui.app import Console
from tui.screens.dashboard import DashboardScreen

ODD = """
workflow: odd
inputs:
  who: {type: string}
defaults: {on_failure: halt, timeout: 1m}
steps:
  - id: talk
    script: |
      printf '%b' '\\033[2J\\033]0;stolen\\007[@click=app.quit]x[/]\\n'
      printf '%b' '\\342\\200\\256reversed\\n'
    effects: none
  - id: approve
    needs: [talk]
    gate: {title: "Trust ${inputs.who}", consequence: high, show: [inputs.who]}
"""


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_module, "ENGINE_LOOK", 0.05)


async def test_the_console_outlives_its_engine_and_finds_the_next_one(home: Living) -> None:
    run = await home.gated()
    async with console_on(home.client.home) as sight:
        await sight.shows(run, "engine up")
        await home.client.stop("detach")
        await home.client.gone()
        await sight.shows("no engine: `opsgate engine start`", run)
        await sight.press("2", "c")
        await sight.shows("Cancel run: the engine does not answer.")
        await home.client.ensure_engine()
        await sight.shows("engine up")
        second = await home.gated(who="second")
        await sight.shows(second)


async def test_a_command_without_an_engine_says_what_to_do(home: Living) -> None:
    await home.ended(QUICK)
    async with console_on(home.client.home) as sight:
        await home.client.stop("detach")
        await home.client.gone()
        await sight.type(":run quick\r")
        await sight.shows("Start quick?")
        await sight.until(lambda: sight.app.screen._arming.armed)  # type: ignore[attr-defined] # a Dialog
        await sight.press("y")
        await sight.shows("no engine:")
    await home.client.ensure_engine()


async def test_a_database_that_cannot_be_read_is_told_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path / "home")
    home.ensure()
    home.database.write_bytes(b"this is no database, but long enough to be taken for one" * 40)
    client = Client(home)
    app = Console(client)
    async with app.run_test(size=(160, 48)) as pilot:
        while not app.status.trouble:
            await pilot.pause()
        await pilot.pause()
        shown = "\n".join(strip.text for strip in app.screen._compositor.render_strips())
        assert str(home.database)[-12:] in shown or "database" in shown
    await client.close()


async def test_hostile_text_is_shown_and_does_nothing(home: Living) -> None:
    for who in ("[/]", "[@click=app.quit]x[/]", "\u202egpj.exe", "a\u200bb"):
        await home.gate_of(await home.submit(ODD, who=who))
    async with console_on(home.client.home, (160, 48)) as sight:
        await sight.shows("Trust [/]", "[@click=app.quit]x[/]", "\\x1b", "\\u202e")
        for key in ("2", "3", "4", "5", "1"):
            await sight.press(key)
            await sight.shows("engine up")
            assert all(line.isprintable() for line in sight.lines)


async def test_an_error_that_nobody_foresaw_leaves_a_file_and_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client(Home(tmp_path))
    app = Console(client)

    def fails(self: DashboardScreen) -> None:
        raise ZeroDivisionError("a mistake of ours")

    monkeypatch.setattr(DashboardScreen, "tick", fails)
    monkeypatch.setattr(DashboardScreen, "is_live", property(lambda self: True))
    with pytest.raises(WorkerFailed):
        async with app.run_test() as pilot:
            while app.crash is None:
                await pilot.pause()
    assert app.crash is not None
    assert app.crash.parent == tmp_path
    assert "a mistake of ours" in app.crash.read_text()
    await client.close()


@pytest.mark.parametrize("term", ["xterm", "dumb"])
def test_without_a_terminal_the_verbs_are_named(tmp_path: Path, term: str) -> None:
    program = "import sys; from tui.main import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", program, "--home", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        env={"TERM": term, "PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert done.returncode == 2
    assert "needs a terminal" in done.stderr
    assert "opsgate gates" in done.stderr
    assert done.stderr.count("\n") == 1
