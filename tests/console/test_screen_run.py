"""A run from within: every tab at both sizes, steps and attempts by key, documents behind rows."""

from __future__ import annotations

import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.console.fingers import Clock, press
from tests.console.living import SIZES, Living, Sight, console_on
from tui.screens.base import ConsoleScreen
from tui.screens.document import DocumentScreen
from tui.screens.review import ReviewScreen
from tui.screens.run import RunScreen
from tui.widgets.lines import ScrollingView

WORKED = """
workflow: worked
inputs:
  who: {type: string, default: ACME}
state:
  total: {type: number}
defaults: {on_failure: halt, timeout: 1m}
steps:
  - id: build
    script: |
      echo "built for $WHO"
      printf 'hello\\n' > plain.txt
      printf -- '--- a/x\\n+++ b/x\\n@@ -1 +1 @@\\n-old\\n+new\\n' > change.patch
      printf 'a\\0b\\377' > blob.bin
      printf '{"state": {"total": 7}, "caveats": ["the source was old"]}' > "$OPSGATE_RESULT"
    env: {WHO: "${inputs.who}"}
    writes: [total]
    artifacts: [plain.txt, change.patch, blob.bin]
    effects: none
  - id: flaky
    needs: [build]
    script: |
      echo "attempt $OPSGATE_ATTEMPT speaks"
      exit $((OPSGATE_ATTEMPT < 2))
    retry: {attempts: 2, backoff: 1ms}
    effects: none
  - id: broken
    needs: [flaky]
    script: |
      echo "going down"
      exit 3
    effects: none
  - id: never
    needs: [broken]
    run: ["true"]
    effects: irreversible
"""


GROWING = """
workflow: growing
inputs: {fifo: {type: string}}
defaults: {on_failure: halt, timeout: 1m}
steps:
  - id: talk
    script: |
      exec 3<> "$FIFO"
      while read -r line <&3; do echo "heard $line"; done
    env: {FIFO: "${inputs.fifo}"}
    effects: none
"""


@asynccontextmanager
async def run_open(
    home: Living, run: str, size: tuple[int, int] = (80, 24), tab: str | None = None
) -> AsyncIterator[Sight]:
    async with console_on(home.client.home, size) as sight:
        await sight.app.open_run(run, tab=tab)
        await sight.shows(run, "[")
        yield sight


def in_front(sight: Sight, kind: type[ConsoleScreen]) -> bool:
    return isinstance(sight.front, kind)


@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_steps_note_and_log_are_in_view_together(home: Living, size: tuple[int, int]) -> None:
    run = await home.ended(WORKED)
    async with run_open(home, run, size) as sight:
        await sight.shows("worked", "✗ failed", "4/4 steps", "[1 Steps]", "2 Log", "5 Artifacts")
        await sight.shows("✓ succeeded", "− cancelled", "4 ended", "Log broken attempt 1", "going down")
        await sight.shows("broken, script step", "exit code 3", "never")


async def test_the_cursor_begins_on_what_went_wrong_and_moves_note_and_log(home: Living) -> None:
    run = await home.ended(WORKED)
    async with run_open(home, run) as sight:
        await sight.shows("Log broken attempt 1")
        await sight.press("g")
        await sight.shows("Log build attempt 1", "built for ACME", "caveat: the source was old")
        await sight.press("G")
        await sight.shows("It has printed nothing.", "irreversible: It cannot be taken back")


async def test_digits_and_letters_show_tabs_and_the_keys_go_there(home: Living) -> None:
    run = await home.ended(WORKED)
    async with run_open(home, run) as sight:
        for key, words in (
            ("2", ("[2 Log]", "Log broken attempt 1", "going down")),
            ("3", ("[3 State]", '"total": 7', '"who": "ACME"', "the source was old")),
            ("4", ("[4 Events]", "run.ended", "attempt.ended")),
            ("5", ("[5 Artifacts]", "change.patch", "blob.bin")),
            ("1", ("[1 Steps]",)),
            ("L", ("[2 Log]",)),
            ("s", ("[3 State]",)),
            ("i", ("[4 Events]",)),
            ("A", ("[5 Artifacts]",)),
            (">", ("[1 Steps]",)),
            ("<", ("[5 Artifacts]",)),
            ("9", ("[5 Artifacts]",)),
        ):
            await sight.press(key)
            await sight.shows(*words)
            focused = sight.app.focused
            assert isinstance(focused, ScrollingView)
            assert focused.is_on_screen


async def test_brackets_go_through_steps_and_braces_through_attempts(home: Living) -> None:
    run = await home.ended(WORKED)
    async with run_open(home, run, tab="log") as sight:
        await sight.shows("Log broken attempt 1")
        await sight.press("[")
        await sight.shows("Log flaky attempt 2", "attempt 2 speaks")
        await sight.press("{")
        await sight.shows("Log flaky attempt 1 of 2", "attempt 1 speaks")
        await sight.press("{")
        await sight.shows("There is no earlier attempt.")
        await sight.press("}")
        await sight.shows("attempt 2 speaks")
        await sight.press("]")
        await sight.shows("Log broken attempt 1")


async def test_an_event_opens_whole_and_escape_leads_back(home: Living) -> None:
    run = await home.ended(WORKED)
    async with run_open(home, run, tab="events") as sight:
        await sight.shows("run.ended")
        await sight.press("enter")
        await sight.shows('"type": "run.ended"', '"hash":')
        await sight.press("escape")
        await sight.shows("[4 Events]")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("plain.txt", ("1 hello", "text")),
        ("change.patch", ("+new", "diff")),
        ("blob.bin", ("61 00 62 ff", "binary")),
    ],
)
async def test_an_artifact_opens_as_what_it_is(home: Living, name: str, words: tuple[str, ...]) -> None:
    run = await home.ended(WORKED)
    async with run_open(home, run, tab="artifacts") as sight:
        await sight.shows(name)
        while f"> {name}" not in sight.text:
            await sight.press("j")
        await sight.press("enter")
        await sight.shows(*words)


async def test_an_artifact_that_was_changed_is_not_shown(home: Living) -> None:
    run = await home.ended(WORKED)
    stored = home.client.artifact(hashlib.sha256(b"a\0b\377").hexdigest())
    stored.chmod(0o600)
    stored.write_bytes(b"other")
    async with run_open(home, run, tab="artifacts") as sight:
        await sight.shows("blob.bin")
        await sight.press("enter")
        await sight.shows("The stored bytes were changed")
        assert not in_front(sight, DocumentScreen)


async def test_enter_on_a_gate_step_opens_its_review_and_a_too(home: Living) -> None:
    run = await home.gated()
    async with run_open(home, run) as sight:
        await sight.shows("A gate prints nothing", "waits for gate", "held")
        await sight.press("enter")
        assert in_front(sight, ReviewScreen)
        await sight.press("escape")
        assert in_front(sight, RunScreen)
        await sight.press("a")
        assert in_front(sight, ReviewScreen)


async def test_a_run_is_cancelled_from_within(home: Living, clock: Clock) -> None:
    run = await home.gated()
    async with run_open(home, run) as sight:
        await sight.press("c")
        await sight.shows(f"Cancel run {run}?")
        await press(sight, clock, "y")
        await sight.shows("− cancelled")


async def test_a_step_that_runs_shows_its_log_as_it_grows(home: Living, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    run = await home.submit(GROWING, fifo=str(fifo))
    async with run_open(home, run) as sight:
        fifo.write_text("one\n")
        await sight.shows("▸ running", "heard one", "1 in flight", "FOLLOW")
        fifo.write_text("two\n")
        await sight.shows("heard two")


async def test_hostile_logs_names_and_values_are_escaped(home: Living) -> None:
    run = await home.ended(WORKED, who="\x1b[2J\u202e[/][@click=app.quit]x[/]")
    for size in SIZES:
        async with run_open(home, run, size) as sight:
            await sight.press("g")
            await sight.shows("\\u202e[/][@click=app.quit]x[/]")
            await sight.press("3")
            await sight.shows("[@click=app.quit]")
            assert "\x1b" not in sight.text
            assert "\u202e" not in sight.text
