"""What is missing, unclear or out of reach ends with its own exit code and a sentence on what to do."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.cli.shell import Shell
from tests.support import workflow

pytestmark = pytest.mark.xdist_group("cli-exit-codes")

ASK = "workflow: ask\nsteps:\n  - {id: ask, gate: {title: Go on?}}\n"


@pytest.fixture(scope="module")
def run(shell: Shell, tmp_path_factory: pytest.TempPathFactory) -> str:
    return shell.submit(workflow(tmp_path_factory.mktemp("flow"), ASK))


@pytest.mark.parametrize(
    "words",
    [
        ("run", "./gone.yaml"),
        ("run", "gone"),
        ("validate", "gone.yaml"),
        ("graph", "gone.yaml"),
        ("show", "r1"),
        ("logs", "r1"),
        ("events", "r1"),
        ("artifacts", "r1"),
        ("cancel", "r1"),
        ("kill", "r1"),
        ("resolve", "r1", "ask", "happened", "--reason", "x"),
        ("gate", "g1"),
        ("approve", "g1"),
        ("approve", "g1", "--digest", "d"),
        ("reject", "g1", "--digest", "d", "--reason", "x"),
        ("show", ""),
        ("logs", "RUN", "gone"),
        ("logs", "RUN", "ask", "--attempt", "7"),
        ("artifacts", "RUN", "gone"),
        ("resolve", "RUN", "gone", "happened", "--reason", "x"),
        ("run", "FILE", "--queue", "gone"),
        ("run", "FILE", "--input-file", "gone.json"),
    ],
    ids=" ".join,
)
def test_what_does_not_exist_is_exit_code_4(
    shell: Shell, run: str, tmp_path: Path, words: tuple[str, ...]
) -> None:
    places = {"RUN": run, "FILE": str(workflow(tmp_path, ASK))}
    said = shell(*(places.get(word, word) for word in words), code=4)
    assert said.out == ""
    assert said.err.endswith(".\n")
    assert len(said.err.splitlines()) == 1


@pytest.mark.parametrize(
    "words",
    [
        ("fly",),
        ("run",),
        ("runs", "--state", "odd"),
        ("runs", "--limit", "0"),
        ("runs", "--since", "yesterday"),
        ("runs", "--since", "99999999999d"),
        ("events", "--after", "99999999999999999999"),
        ("events", "--after", "-1"),
        ("logs", "r1", "--tail", "-1"),
        ("show",),
        ("engine", "fly"),
        ("engine", "start", "--slots", "0"),
        ("reject", "g1", "--colour", "red"),
        ("--as", "", "cancel", "RUN"),
        ("--as", "x" * 201, "cancel", "RUN"),
        ("resolve", "RUN", "ask", "odd", "--reason", "x"),
        ("resolve", "RUN", "ask", "happened"),
        ("resolve", "RUN", "ask", "happened", "--reason", "x", "--output", "[1]"),
        ("resolve", "RUN", "ask", "happened", "--reason", "x", "--output", "5"),
        ("resolve", "RUN", "ask", "happened", "--reason", "x", "--output", "{"),
    ],
    ids=" ".join,
)
def test_a_wrong_argument_is_exit_code_2(shell: Shell, run: str, words: tuple[str, ...]) -> None:
    said = shell(*(run if word == "RUN" else word for word in words), code=2)
    assert said.out == ""
    assert said.err


def test_a_home_that_cannot_be_told_is_exit_code_2(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "--home" in shell("--home", "~nobody-by-this-name/x", "runs", code=2).err
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert "--home" in shell("--home", "relative", "runs", code=2).err


def test_an_ambiguous_prefix_names_its_candidates(shell: Shell, run: str, tmp_path: Path) -> None:
    other = shell.submit(workflow(tmp_path, ASK))
    said = shell("--json", "show", "r", code=4)
    assert run in said.err
    assert other in said.err
    assert {run, other} <= set(said.json["error"]["details"]["candidates"])
    assert shell.ask("show", run)["id"] == run
    longest = max(length for length in range(len(run)) if other.startswith(run[:length]))
    assert shell.ask("show", run[: longest + 1])["id"] == run


def test_without_an_engine_the_verbs_that_command_one_say_how_to_start_it(tmp_path: Path) -> None:
    shell = Shell(tmp_path / "home")
    try:
        run = shell.submit(workflow(tmp_path, ASK))
        gate = shell.gate()
        shell("engine", "stop")
        for words in (
            ("cancel", run),
            ("kill", run),
            ("approve", gate["id"], "--digest", gate["digest"]),
            ("reject", gate["id"], "--digest", gate["digest"], "--reason", "x"),
            ("resolve", run, "ask", "failed", "--reason", "x"),
            ("engine", "status"),
            ("engine", "stop"),
        ):
            assert "opsgate engine start" in shell(*words, code=5).err
        for question in (("runs",), ("show", run), ("gates",), ("events",), ("queues",), ("logs", run)):
            shell(*question)
    finally:
        shell.close()


def test_a_home_that_cannot_be_used_is_exit_code_6(tmp_path: Path) -> None:
    """A file stands where a folder should be: this stops even root, whom no right stops."""
    (tmp_path / "file").write_text("")
    for home in (tmp_path / "file", tmp_path / "file" / "home"):
        shell = Shell(home)
        for words in (("run", workflow(tmp_path, ASK)), ("engine", "start"), ("engine", "run")):
            said = shell(*words, code=6)
            assert "Choose another with --home" in said.err
            assert len(said.err.splitlines()) == 1
        assert shell("runs").out == ""


@pytest.mark.parametrize("name", ["engine.log", "engine.lock", "supervisor"])
def test_a_home_in_disorder_is_exit_code_6(tmp_path: Path, name: str) -> None:
    shell = Shell(tmp_path / "home")
    wrong = shell.home / name
    if name == "supervisor":
        shell.home.mkdir()
        wrong.write_text("")
    else:
        wrong.mkdir(parents=True)
    assert str(shell.home) in shell("engine", "start", code=6).err


def test_a_newer_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    shell = Shell(tmp_path / "home")
    shell("engine", "start")
    shell("engine", "stop")
    database = shell.home / "opsgate.db"
    connection = sqlite3.connect(database)
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    before = database.read_bytes()
    for words in (("runs",), ("show", "r1"), ("engine", "start"), ("run", workflow(tmp_path, ASK))):
        assert "newer" in shell(*words, code=6).err
    assert "no  record" in shell("doctor", code=1).out
    assert database.read_bytes() == before


def test_a_damaged_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    shell = Shell(tmp_path / "home")
    shell("engine", "start")
    shell("engine", "stop")
    database = shell.home / "opsgate.db"
    database.write_bytes(b"\0" * 64 + database.read_bytes()[64:])
    before = database.read_bytes()
    for words in (("runs",), ("engine", "start"), ("run", workflow(tmp_path, ASK))):
        assert "opsgate.db" in shell(*words, code=6).err
    assert database.read_bytes() == before


def test_an_artifact_that_cannot_be_written_out_is_refused(shell: Shell, tmp_path: Path) -> None:
    file = workflow(
        tmp_path,
        "workflow: keep\nsteps:\n"
        "  - {id: one, script: echo kept > file, artifacts: [file], on_failure: halt}\n",
    )
    run = shell("run", file, "--wait").out.split()[0]
    assert (
        "cannot be written" in shell("artifacts", run, "file", "--out", tmp_path / "no" / "file", code=2).err
    )
    shell("artifacts", run, "one/file", "--out", tmp_path / "kept")
    assert (tmp_path / "kept").read_text() == "kept\n"
    assert shell.raw("artifacts", run, "file")[1] == b"kept\n"
