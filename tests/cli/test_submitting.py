"""`opsgate run`: what is accepted, with which values; and what is refused, with nothing stored."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.cli.shell import Shell
from tests.support import until, workflow

pytestmark = pytest.mark.xdist_group("cli-submitting")

INPUTS = """
workflow: inputs
inputs:
  text: {type: string, pattern: "[a-z]+"}
  count: {type: integer, minimum: 1, maximum: 9}
  share: {type: number}
  dry: {type: boolean}
  names: {type: list, items: {type: string}}
  more: {type: object}
  here: {type: path}
  config: {type: path, default: settings.toml}
steps:
  - {id: ask, gate: {title: Go on?}}
"""
WRONG = """
workflow: Wrong
steps:
  - {id: one, run: [a], needs: [nobody], on_failur: halt}
  - {id: one, run: []}
  - {id: two, run: [a], effects: perhaps}
"""


def values(shell: Shell, file: Path | str, *words: str | Path) -> dict[str, object]:
    """The inputs of a run submitted with these words."""
    found: dict[str, object] = shell.ask("show", shell.submit(Path(file), *words))["inputs"]
    return found


def test_a_wrong_file_shows_all_its_errors_and_leaves_nothing(shell: Shell, tmp_path: Path) -> None:
    before = len(shell.list("runs"))
    file = workflow(tmp_path, WRONG)
    said = shell("run", file, code=2)
    for place in (":2:", ":4:", ":5:", ":6:"):
        assert f"{file.name}{place}" in said.err
    assert "did you mean `on_failure`?" in said.err
    assert said.err == shell("validate", file, code=2).err.replace(str(file), file.name)
    problems = shell("--json", "validate", file, code=2).json["problems"]
    assert len(problems) == len(said.err.splitlines())
    assert len(shell.list("runs")) == before
    assert len(list((shell.home / "runs").iterdir())) == before


def test_validate_looks_at_every_file_whatever_is_wrong_with_one(shell: Shell, tmp_path: Path) -> None:
    good = workflow(tmp_path, INPUTS, "good.yaml")
    wrong = workflow(tmp_path, WRONG, "wrong.yaml")
    said = shell("validate", tmp_path / "gone.yaml", wrong, good, code=2)
    assert "gone.yaml" in said.err
    assert "wrong.yaml:2:" in said.err
    assert "good.yaml: valid" in said.out


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("text=A1", "input text: expected text that matches"),
        ("count=10", "input count: expected at most 9, got 10"),
        ("count=three", "input count: expected an integer"),
        ("count=1.0", "input count: expected an integer"),
        ("share=1e999", "input share: expected a finite number"),
        ("dry=yes", "input dry: expected true or false"),
        ("names=a,b", "input names: expected a list as JSON"),
        ("names=[1]", "input names: item 1: expected a string"),
        ("more=[1]", "input more: expected an object"),
        ("more={", "input more: expected an object as JSON"),
        ("here=", "input here: expected a path"),
        ("cuont=1", "input cuont: there is no such name; did you mean `count`?"),
        ("count", "-i wants NAME=VALUE"),
        ("=1", "-i wants NAME=VALUE"),
    ],
)
def test_a_wrong_value_names_the_field_and_what_was_expected(
    shell: Shell, tmp_path: Path, given: str, expected: str
) -> None:
    said = shell("run", workflow(tmp_path, INPUTS), "-i", given, code=2)
    assert expected in said.err
    assert len(said.err.splitlines()) == 1
    assert said.out == ""


def test_all_wrong_values_are_named_at_once(shell: Shell, tmp_path: Path) -> None:
    said = shell("run", workflow(tmp_path, INPUTS), "-i", "count=0", "-i", "dry=1", "-i", "text=", code=2)
    assert [line.split(":")[0] for line in said.err.splitlines()] == [
        "input text",
        "input count",
        "input dry",
    ]


def test_texts_are_read_by_the_type_of_their_field(shell: Shell, tmp_path: Path) -> None:
    words = ("text=a", "count=3", "share=2.5", "dry=true", 'names=["a=b", "c"]', 'more={"deep": [1]}')
    found = values(shell, workflow(tmp_path, INPUTS), *(word for text in words for word in ("--input", text)))
    assert found == {
        "text": "a",
        "count": 3,
        "share": 2.5,
        "dry": True,
        "names": ["a=b", "c"],
        "more": {"deep": [1]},
        "config": str(tmp_path / "settings.toml"),
    }


def test_a_file_of_inputs_is_typed_and_the_command_line_wins(shell: Shell, tmp_path: Path) -> None:
    given = tmp_path / "given.json"
    given.write_text(json.dumps({"count": 2, "names": ["x"], "dry": False}))
    file = workflow(tmp_path, INPUTS)
    found = values(shell, file, "--input-file", given, "-i", "count=4")
    assert (found["count"], found["names"], found["dry"]) == (4, ["x"], False)
    given.write_text('{"count": "2"}')
    assert "expected an integer" in shell("run", file, "--input-file", given, code=2).err


@pytest.mark.parametrize("content", ["[]", "{", "", "NaN", '"text"', "[" * 100_000, '{"text": "\\ud800"}'])
def test_a_file_of_inputs_that_is_none_is_refused(shell: Shell, tmp_path: Path, content: str) -> None:
    given = tmp_path / "given.json"
    given.write_text(content)
    assert shell("run", workflow(tmp_path, INPUTS), "--input-file", given, code=2).err


def test_a_request_that_is_too_large_is_refused_with_its_size(shell: Shell, tmp_path: Path) -> None:
    given = tmp_path / "given.json"
    given.write_text(json.dumps({"text": "a" * 5_000_000}))
    said = shell("run", workflow(tmp_path, INPUTS), "--input-file", given, code=2)
    assert "Put large data in files." in said.err


def test_relative_paths_are_taken_from_where_the_caller_stands(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flows, elsewhere = tmp_path / "flows", tmp_path / "elsewhere"
    flows.mkdir()
    elsewhere.mkdir()
    workflow(flows, INPUTS)
    monkeypatch.chdir(elsewhere)
    found = values(shell, "../flows/workflow.yaml", "-i", "here=a/../b")
    assert found["here"] == str(elsewhere / "b")
    assert found["config"] == str(flows / "settings.toml"), "a default is relative to the file that says it"


def test_a_workflow_that_has_run_is_known_by_its_name(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "knows no workflow by-name" in shell("run", "by-name", code=4).err
    file = workflow(tmp_path, INPUTS.replace("workflow: inputs", "workflow: by-name"), "flow.yaml")
    first = shell.ask("show", shell.submit(file))
    file.unlink()
    second = shell.ask("show", shell("run", "by-name", "-i", "here=x").out.strip())
    assert second["definition"] == first["definition"]
    assert second["inputs"] == {"here": str(tmp_path / "x"), "config": str(tmp_path / "settings.toml")}


def test_the_same_key_is_the_same_run(shell: Shell, tmp_path: Path) -> None:
    file = workflow(tmp_path, INPUTS)
    first = shell.ask("run", file, "--key", "k", "-i", "count=1")
    again = shell.ask("run", file, "--key", "k", "-i", "count=2")
    assert (first["created"], again["created"], again["id"]) == (True, False, first["id"])
    other = workflow(tmp_path, INPUTS.replace("workflow: inputs", "workflow: other"), "other.yaml")
    assert shell.ask("run", other, "--key", "k")["created"], "a key belongs to its workflow"
    for key in ("", "k" * 201):
        assert "A key has 1 to 200 characters" in shell("run", file, "--key", key, code=2).err


def test_labels_and_priority_are_kept(shell: Shell, tmp_path: Path) -> None:
    file = workflow(tmp_path, INPUTS)
    run = shell.submit(file, "--label", "team=a=b", "--label", "empty=", "--priority", "-3")
    shown = shell.ask("show", run)
    assert (shown["labels"], shown["priority"]) == ({"team": "a=b", "empty": ""}, -3)
    assert "whole number from" in shell("run", file, "--priority", str(10**30), code=2).err
    shell("run", file, "--priority", "high", code=2)
    shell("run", file, "--label", "team", code=2)


def test_bytes_that_are_no_text_are_refused_and_the_engine_stays_well(shell: Shell, tmp_path: Path) -> None:
    file = workflow(tmp_path, INPUTS)
    for words in (
        ("run", file, "--key", "a\udcff"),
        ("run", file, "--label", "a\udcff=b"),
        ("run", file, "-i", "text=\udcff"),
        ("--as", "\udcff", "run", file),
        ("show", "\udcff"),
        ("runs", "--workflow", "\udcff"),
        ("run", "\udcff.yaml"),
    ):
        assert "is not UTF-8" in shell(*words, code=2).err
    assert not [event for event in shell.list("events") if event["type"] == "engine.trouble"]


def test_a_file_that_is_no_text_is_refused(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "bytes.yaml"
    file.write_bytes(b"workflow: x\xff\n")
    assert "UTF-8" in shell("run", file, code=2).err
    assert "regular file" in shell("run", f"{tmp_path}/", code=2).err


def test_a_higher_priority_starts_sooner(shell: Shell, tmp_path: Path) -> None:
    """One slot, three runs behind a fourth one: the order of their starts is that of their priorities."""
    single = Shell(tmp_path / "single")
    single("engine", "start", "--slots", "1")
    try:
        blocked = workflow(
            tmp_path,
            "workflow: blocked\ninputs: {pipe: {type: path}}\nsteps:\n"
            '  - {id: read, run: [cat, "${inputs.pipe}"], on_failure: halt}\n',
            "blocked.yaml",
        )
        file = workflow(tmp_path, "workflow: brief\nsteps: [{id: one, run: ['true'], on_failure: halt}]\n")
        fifo = tmp_path / "fifo"
        os.mkfifo(fifo)
        first = single.submit(blocked, "-i", f"pipe={fifo}")
        until(lambda: single.run_state(first) == "running")
        order = {name: single.submit(file, "--priority", name) for name in ("0", "-1", "7", "5")}
        queued = single.ask("show", order["7"])["steps"][0]
        assert "waits for a slot of queue default (1 of 1 taken)" in queued["waiting_for"]
        fifo.open("w").close()
        for run in order.values():
            assert single.end_of(run) == "succeeded"
        starts = [event["run"] for event in single.list("events") if event["type"] == "attempt.started"]
        assert starts[1:5] == [order[name] for name in ("7", "5", "0", "-1")]
    finally:
        single.close()
