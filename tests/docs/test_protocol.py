"""`docs/protocol.md` is true of a real engine, spoken to over its raw socket."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import pytest

from engine.runtime.address import open_folder
from engine.runtime.engine import Stop
from engine.runtime.protocol import MAX_REQUEST
from tests.docs.pages import ROOT, Aliases, blocks, page, rows, sections, words
from tests.support import PATIENCE, Operator

TEXT = page("protocol.md")
SECTIONS = sections(TEXT, 3)
VERBS = {"run", "decide", "cancel", "resolve", "wait", "status", "stop"}
TALK = [line for block in blocks(TEXT) if block.kind == "jsonl" for line in block.text.splitlines()]
STATUS = b'{"id": "s", "verb": "status"}\n'


class Wire:
    """One connection to the engine."""

    def __init__(self, connection: socket.socket, lines: BinaryIO) -> None:
        self._connection = connection
        self._lines = lines

    def send(self, line: bytes) -> None:
        self._connection.sendall(line)

    def hear(self) -> bytes:
        """The next line; empty once the engine has hung up."""
        return self._lines.readline()


@contextmanager
def wire(home: Path) -> Iterator[Wire]:
    with socket.socket(socket.AF_UNIX) as connection, connection.makefile("rb") as lines:
        connection.settimeout(PATIENCE)
        with open_folder(home) as folder:
            connection.connect(f"{folder}/engine.sock")
        yield Wire(connection, lines)


@pytest.fixture
def home(operator: Operator) -> Path:
    """A home with an engine."""
    operator("engine", "start")
    return operator.home


def test_the_engine_answers_as_the_page_says(home: Path) -> None:
    aliases = Aliases()
    with wire(home) as engine:
        for line in TALK:
            if line.startswith("→ "):
                engine.send(aliases.real(line[2:]).encode() + b"\n")
            else:
                answer = engine.hear().decode().replace(str(home), "/home/ada/.local/state/opsgate")
                aliases.compare(ordered(line[2:]), ordered(answer))


def ordered(line: str) -> str:
    """The same object with its keys in order: an object's keys have none."""
    return json.dumps(json.loads(line), sort_keys=True)


def test_garbage_is_refused_line_by_line_and_the_connection_goes_on(home: Path) -> None:
    with wire(home) as engine:
        for garbage in (
            b"\xff\xfe\x00",
            b"[" * 5000,
            b'"text"',
            b"{}",
            b'{"id": 1, "verb": "status"}',
            b"null",
        ):
            engine.send(garbage + b"\n")
            assert json.loads(engine.hear())["error"]["code"] == "invalid_input", garbage
        engine.send(STATUS)
        assert "ok" in json.loads(engine.hear())


def test_a_line_over_the_limit_is_refused_and_the_engine_survives(home: Path) -> None:
    with wire(home) as engine:
        with suppress(ConnectionError):  # the engine hangs up in the middle of it
            engine.send(b"x" * (MAX_REQUEST + 2**20))
            engine.send(b"\n")
        answer = json.loads(engine.hear())
        assert (answer["id"], answer["error"]["code"]) == ("", "invalid_input")
        with suppress(ConnectionError):
            assert engine.hear() == b""
    with wire(home) as engine:
        engine.send(STATUS)
        assert "ok" in json.loads(engine.hear())


def test_a_wait_holds_up_nothing(home: Path, operator: Operator, tmp_path: Path) -> None:
    file = tmp_path / "ask.yaml"
    file.write_text("workflow: ask\nsteps: [{id: ask, gate: {title: Go on?}}]\n")
    run = operator.submit(file)
    with wire(home) as engine:
        for request in (
            {"id": "w", "verb": "wait", "args": {"run": run}},
            {"id": "s", "verb": "status"},
            {"id": "c", "verb": "cancel", "args": {"run": run}},
        ):
            engine.send(json.dumps(request).encode() + b"\n")
        heard = [json.loads(engine.hear()) for _ in range(3)]
        assert heard[0]["id"] == "s"
        assert {answer["id"]: answer["ok"].get("state") for answer in heard[1:]} == {
            "w": "cancelled",
            "c": "cancelled",
        }


def test_every_verb_has_its_section_and_an_example() -> None:
    assert {words(title)[0] for title in SECTIONS} == VERBS
    for title, text in SECTIONS.items():
        assert f'"verb":"{words(title)[0]}"' in text


def test_the_arguments_on_the_page_are_those_the_client_and_the_engine_know() -> None:
    source = "".join(
        (ROOT / "engine" / name).read_text() for name in ("runtime/verbs.py", "runtime/engine.py")
    )
    known = set(re.findall(r'call\.(?:text|optional|mapping|number|flag)\("(\w+)"', source)) | {"reason"}
    documented = {words(row[0])[0] for text in SECTIONS.values() for row in rows(text)}
    assert documented == known


def test_every_way_to_stop_is_documented() -> None:
    assert {how.value for how in Stop} <= set(words(SECTIONS["`stop`"]))
