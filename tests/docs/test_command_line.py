"""`docs/command-line.md`: its examples run, and every verb, option and field is on it."""

from __future__ import annotations

import os
import pwd
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import pytest

from engine.cli import cli, main
from engine.store import records
from tests.docs.pages import Aliases, Block, blocks, page, rows, sections, words
from tests.support import Operator

TEXT = page("command-line.md")
VERB_TITLE = re.compile(r"`opsgate ([^`]+)`")
SECTIONS = {found[1]: body for title, body in sections(TEXT, 3).items() if (found := VERB_TITLE.match(title))}


def verbs(group: click.Group = cli, path: str = "") -> Iterator[tuple[str, click.Command]]:
    """Every verb with its whole name."""
    for name, command in group.commands.items():
        yield f"{path}{name}", command
        if isinstance(command, click.Group):
            yield from verbs(command, f"{path}{name} ")


VERBS = dict(verbs())


def usage(name: str, command: click.Command) -> str:
    """A verb with its arguments, as the page's headings write them."""
    arguments = [item for item in command.params if isinstance(item, click.Argument)]
    return " ".join((name, *(_argument(item) for item in arguments)))


def _argument(argument: click.Argument) -> str:
    metavar = argument.metavar or (argument.name or "").upper() + ("..." if argument.nargs == -1 else "")
    return metavar if argument.required else f"[{metavar}]"


def options(command: click.Command) -> list[str]:
    return [name for item in command.params if isinstance(item, click.Option) for name in item.opts]


def test_exactly_the_verbs_there_are_have_a_section() -> None:
    assert set(SECTIONS) == {usage(name, command) for name, command in VERBS.items()}


@pytest.mark.parametrize("name", VERBS)
def test_exactly_the_options_of_a_verb_are_documented(name: str) -> None:
    text = SECTIONS[usage(name, VERBS[name])]
    documented = [option for row in rows(text) for option in re.findall(r"(?<![\w-])--?[a-z][a-z-]*", row[0])]
    assert documented == options(VERBS[name])


def test_exactly_the_global_options_are_documented() -> None:
    text = sections(TEXT)["Options of every verb"]
    documented = {option for row in rows(text) for option in re.findall(r"(?<![\w-])--?[a-z]+", row[0])}
    assert documented == {*options(cli), "-h", "--help"}


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_has_an_example(name: str) -> None:
    if not isinstance(VERBS[name], click.Group):
        examples = "".join(block.text for block in blocks(TEXT) if block.kind in ("console", "sh"))
        assert re.search(rf"^[$ ]*opsgate (--\w+ ([\w/]+ )?)*{name}\b", examples, re.MULTILINE)


RECORDS: Mapping[str, Any] = {
    "Run": records.RunRecord,
    "Step": records.StepRecord,
    "Attempt": records.AttemptRecord,
    "Gate": records.GateRecord,
    "Decision": records.DecisionRecord,
    "Caveat": records.CaveatRecord,
    "Artifact": records.ArtifactRecord,
    "Event": records.EventRecord,
    "Queue": records.QueueRecord,
}


@pytest.mark.parametrize("title", RECORDS)
def test_exactly_the_fields_of_a_record_are_documented(title: str) -> None:
    assert documented_fields(title) == set(RECORDS[title]._fields)


def documented_fields(title: str) -> set[str]:
    return {name for row in rows(sections(TEXT, 3)[title]) for name in words(row[0])}


@dataclass
class Shell:
    """A person at a shell in a fresh home folder, who types what the page says.

    All in this process: forty interpreters would take longer than everything they do. Only the engine has
    one of its own, as ever.
    """

    folder: Path
    output: pytest.CaptureFixture[str]
    aliases: Aliases = field(default_factory=Aliases)
    code: int = 0

    def play(self, block: Block) -> None:
        for typed, printed in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block.text, re.MULTILINE):
            if typed == "echo $?":
                assert printed.strip() == str(self.code)
                self.code = 0
            else:
                assert self.code == 0, f"the page does not say what came of the command before `{typed}`"
                self.aliases.compare(printed, self.run(typed))

    def run(self, typed: str) -> str:
        """What a command prints; the machine's own names become those of the page."""
        self.code = main(shlex.split(self.aliases.real(typed))[1:])
        printed = "".join(self.output.readouterr()).replace(str(self.folder), "/home/ada")
        return re.sub(rf"\b{pwd.getpwuid(os.getuid()).pw_name}\b", "ada", printed)


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Shell]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("OPSGATE_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    yield Shell(tmp_path, capfd)
    Operator(tmp_path / ".local/state/opsgate").close()


def test_the_examples_do_what_the_page_says(shell: Shell) -> None:
    for block in blocks(TEXT):
        if block.name:
            (shell.folder / block.name).write_text(block.text)
        elif block.kind == "console":
            shell.play(block)


def test_exactly_the_fields_of_the_status_are_documented(operator: Operator) -> None:
    assert documented_fields("Status") == set(operator.ask("engine", "start"))
