"""One table, no key with two meanings, and every command explains itself."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from typing import Any

import pytest

from engine.core.errors import InvalidInput
from engine.core.states import GateState, RunState
from tui.command_text import clashes, complete, help_text, hints, key_label, parse
from tui.commands import COMMANDS, Command, Scope, Situation, Tier, by_id, in_scopes, why_not

RUNS = (Scope.GLOBAL, Scope.VIEWS, Scope.LISTS, Scope.RUNS)


def test_the_table_has_no_clashes() -> None:
    assert clashes(COMMANDS) == []


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"keys": ("ctrl+z",)}, "run.cancel: ctrl+z is reserved"),
        ({"keys": ("alt+x",)}, "run.cancel: alt+x is reserved"),
        ({"keys": ("f5",)}, "run.cancel: f5 is reserved"),
        ({"keys": ("j",)}, "j belongs to move.down and run.cancel in global + views + lists + runs"),
        ({"words": ("kill",)}, "kill belongs to run.cancel and run.kill in verbs"),
    ],
)
def test_clashes_are_found(change: dict[str, Any], finding: str) -> None:
    table = [
        dataclasses.replace(command, **change) if command.id == "run.cancel" else command
        for command in COMMANDS
    ]
    assert finding in clashes(table)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.id)
def test_every_command_is_complete(command: Command) -> None:
    assert command.help.endswith(".")
    assert command.title
    assert command.scopes
    assert command.keys or command.words


def test_what_ends_work_asks_first() -> None:
    tiers = {command.id: command.tier for command in COMMANDS if command.writes}
    assert tiers["run.kill"] is Tier.CHALLENGE
    assert min(tiers.values()) is Tier.CONFIRM


@pytest.mark.parametrize(
    ("command_id", "now", "reason"),
    [
        ("run.cancel", Situation(run=RunState.RUNNING), ""),
        ("run.cancel", Situation(), "no run is selected"),
        ("run.cancel", Situation(run=RunState.FAILED), "the run has ended"),
        ("run.cancel", Situation(run=RunState.RUNNING, read_only=True), "this console is read-only"),
        ("run.cancel", Situation(run=RunState.RUNNING, engine_answers=False), "the engine does not answer"),
        ("gate.approve", Situation(gate=GateState.OPEN), ""),
        ("gate.approve", Situation(gate=GateState.REJECTED), "the gate is rejected"),
        ("gate.review", Situation(gate=GateState.REJECTED), ""),
        ("gate.review", Situation(), "no gate is selected"),
        ("next_gate", Situation(open_gates=1), ""),
        ("next_gate", Situation(), "no gate is open"),
        ("help", Situation(read_only=True, engine_answers=False), ""),
    ],
)
def test_a_command_says_why_it_is_not_possible(command_id: str, now: Situation, reason: str) -> None:
    assert why_not(by_id(command_id), now) == reason


def test_the_most_specific_scope_comes_first_and_nothing_comes_twice() -> None:
    ids = [command.id for command in in_scopes(RUNS)]
    assert ids[0] == "gate.review"
    assert len(ids) == len(set(ids))
    assert ids.index("run.cancel") < ids.index("move.down") < ids.index("view.dash") < ids.index("help")


def test_a_command_line_is_understood() -> None:
    parsed = parse("cancel  r-8f31 'r 2'")
    assert parsed.command.id == "run.cancel"
    assert parsed.arguments == ("r-8f31", "r 2")
    assert parse("q").command.id == "quit"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("cansel r-1", "did you mean 'cancel'?"),
        ("", "press ?"),
        ("zzzz", "press ?"),
        ("cancel 'r", "open quote"),
    ],
)
def test_a_line_that_is_no_command_gets_advice(line: str, words: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(line)
    assert words in caught.value.message


def test_verbs_complete() -> None:
    assert complete("a") == ["approve", "artifacts"]
    assert complete("nothing") == []


def test_the_footer_greys_what_is_not_possible() -> None:
    shown = hints(RUNS, Situation(run=RunState.FAILED))
    assert ("a", "review", False) in shown
    assert ("n", "new", True) in shown
    assert shown[-1].key == "esc"


def test_the_help_names_every_live_key_and_tells_why_not() -> None:
    page = help_text(RUNS, Situation())
    for command in in_scopes(RUNS):
        assert command.help in page
        assert all(key_label(key) in page for key in command.keys)
    assert "(not now: no run is selected)" in page
    assert page.startswith("Runs\n")


def test_the_table_needs_no_terminal_library() -> None:
    script = "import sys, tui.command_text; sys.exit(bool({'textual', 'rich'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
