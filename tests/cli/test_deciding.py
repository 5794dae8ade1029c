"""Decisions at gates: bound to what was shown, attributed, made once, and only by those who may."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.shell import Shell
from tests.support import until, workflow

pytestmark = pytest.mark.xdist_group("cli-deciding")


def opened(shell: Shell, folder: Path, gate: str, *words: str) -> dict[str, Any]:
    """The gate of a new run whose only question is `gate`, a mapping in YAML."""
    run = shell.submit(workflow(folder, f"workflow: ask\nsteps:\n  - {{id: ask, gate: {gate}}}\n"), *words)
    (found,) = (item for item in shell.list("gates") if item["run"] == run)
    return dict(found)


def decided(shell: Shell, gate: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = shell.ask("gate", gate["id"])["decisions"]
    return found


def test_without_a_digest_nothing_is_decided_but_shown(shell: Shell, tmp_path: Path) -> None:
    gate = opened(shell, tmp_path, "{title: Go on?, consequence: high}")
    for verb in ("approve", "reject"):
        said = shell(verb, gate["id"], code=3)
        assert gate["digest"] in said.out
        assert f"Nothing is decided yet. To {verb} exactly this" in said.err
        assert shell("--json", verb, gate["id"], code=3).json["digest"] == gate["digest"]
    assert shell.ask("gate", gate["id"])["state"] == "open"
    assert decided(shell, gate) == []


def test_a_wrong_digest_is_refused(shell: Shell, tmp_path: Path) -> None:
    gate = opened(shell, tmp_path, "{title: Go on?}")
    for digest in ("", "0" * 64, gate["digest"][:11], gate["digest"] + "0", gate["digest"].upper()):
        said = shell("approve", gate["id"], "--digest", digest, code=3)
        assert "Look at it again" in said.err
    assert decided(shell, gate) == []
    said = shell("approve", gate["id"], "--digest", gate["digest"][:12])
    assert said.out == f"{gate['id']}  approved\n"


def test_a_rejection_needs_a_reason(shell: Shell, tmp_path: Path) -> None:
    gate = opened(shell, tmp_path, "{title: Go on?}")
    for reason in ((), ("--reason", ""), ("--reason", "  ")):
        assert "reason" in shell("reject", gate["id"], "--digest", gate["digest"], *reason, code=2).err
    shell("reject", gate["id"], "--digest", gate["digest"], "--reason", "not on a Friday")
    shown = shell.ask("show", gate["run"])
    assert shown["run"]["state"] == "rejected"
    assert "not on a Friday" in shown["run"]["why"]
    assert decided(shell, gate)[0]["reason"] == "not on a Friday"


def test_deciding_the_same_again_succeeds_and_the_other_way_is_told_who_decided(
    shell: Shell, tmp_path: Path
) -> None:
    gate = opened(shell, tmp_path, "{title: Go on?}")
    digest = ("--digest", gate["digest"])
    for _ in range(3):
        shell("--as", "ada", "approve", gate["id"], *digest)
    assert len(decided(shell, gate)) == 1
    for name in ("ada", "bob"):
        said = shell("--as", name, "reject", gate["id"], *digest, "--reason", "no", code=3)
        assert "already approved, by ada" in said.err
    assert "already approved, by ada" in shell("--as", "bob", "approve", gate["id"], *digest, code=3).err
    closed = [event for event in shell.list("events", gate["run"]) if event["type"] == "gate.closed"]
    assert len(closed) == 1


def test_a_claimed_name_is_recorded_as_a_claim(shell: Shell, tmp_path: Path) -> None:
    first = opened(shell, tmp_path, "{title: Go on?}")
    shell("--as", "ada", "approve", first["id"], "--digest", first["digest"], "--reason", "read it")
    second = opened(shell, tmp_path, "{title: Go on?}")
    shell("approve", second["id"], "--digest", second["digest"])
    assert [decided(shell, gate)[0]["identity"] for gate in (first, second)] == ["claimed", "kernel"]
    assert "approve by ada (claimed): read it" in shell("gate", first["id"]).out
    (event,) = (item for item in shell.list("events", first["run"]) if item["type"] == "gate.decided")
    assert (event["actor"], event["identity"], event["reason"]) == ("ada", "claimed", "read it")


def test_only_candidates_decide_and_a_quorum_takes_several(shell: Shell, tmp_path: Path) -> None:
    gate = opened(shell, tmp_path, "{title: Go on?, candidates: {users: [ada, bob, eve]}, quorum: 2}")
    digest = ("--digest", gate["digest"])
    assert (gate["quorum"], gate["candidates"]["users"]) == (2, ["ada", "bob", "eve"])
    assert "is for ada, bob, eve" in shell("--as", "mallory", "approve", gate["id"], *digest, code=3).err
    assert "is for ada" in shell("approve", gate["id"], *digest, code=3).err
    assert "1 more to go" in shell("--as", "ada", "approve", gate["id"], *digest).out
    assert "open" in shell("--as", "ada", "approve", gate["id"], *digest).out, "the same again counts once"
    other_way = shell("--as", "ada", "reject", gate["id"], *digest, "--reason", "no", code=3)
    assert "ada has already decided" in other_way.err
    answer = shell("--json", "--as", "bob", "approve", gate["id"], *digest).json
    assert (answer["state"], answer["approvals"]) == ("approved", 2)
    assert [item["actor"] for item in decided(shell, gate)] == ["ada", "bob"]


def test_four_eyes_refuse_who_started_the_run(shell: Shell, tmp_path: Path) -> None:
    gate = opened(shell, tmp_path, "{title: Go on?, four_eyes: true}")
    digest = ("--digest", gate["digest"])
    assert "needs four eyes" in shell("approve", gate["id"], *digest, code=3).err
    assert "needs four eyes" in shell("reject", gate["id"], *digest, "--reason", "x", code=3).err
    shell("--as", "somebody-else", "approve", gate["id"], *digest)


def test_form_values_are_typed(shell: Shell, tmp_path: Path) -> None:
    gate = opened(
        shell,
        tmp_path,
        "{title: Go on?, form: {count: {type: integer, required: true, maximum: 5}, dry: {type: boolean}}}",
    )
    approve = ("approve", gate["id"], "--digest", gate["digest"])
    for words, expected in (
        ((), "count: it is required"),
        (("--set", "count=many"), "count: expected an integer"),
        (("--set", "count=6"), "count: expected at most 5"),
        (("--set", "count=2", "--set", "dry=yes"), "dry: expected true or false"),
        (("--set", "count=2", "--set", "colour=red"), "colour: there is no such name"),
        (("--set", "count"), "--set wants NAME=VALUE"),
    ):
        assert expected in shell(*approve, *words, code=2).err
    assert decided(shell, gate) == []
    shell(*approve, "--set", "count=2", "--set", "dry=true")
    assert decided(shell, gate)[0]["form"] == {"count": 2, "dry": True}
    output = shell.step(gate["run"], "ask")["output"]
    assert output == {"count": 2, "dry": True, "decided_by": [decided(shell, gate)[0]["actor"]]}


def test_what_is_not_allowed_is_refused(shell: Shell, tmp_path: Path) -> None:
    gate = opened(shell, tmp_path, "{title: Go on?, allowed: [approve]}")
    said = shell("reject", gate["id"], "--digest", gate["digest"], "--reason", "no", code=3)
    assert "does not allow reject. Allowed: approve." in said.err
    shell("approve", gate["id"], "--digest", gate["digest"])


def test_a_gate_of_a_run_that_has_ended_long_ago_answers_the_same(shell: Shell, tmp_path: Path) -> None:
    """After the engine has let go of the run, and even after another engine has taken over."""
    gate = opened(shell, tmp_path, "{title: Go on?}")
    approve = ("--as", "ada", "approve", gate["id"], "--digest", gate["digest"])
    shell(*approve)
    shell("engine", "stop")
    shell("engine", "start")
    shell(*approve)
    assert (
        "already approved, by ada"
        in shell("reject", gate["id"], "--digest", gate["digest"], "--reason", "no", code=3).err
    )
    assert len(decided(shell, gate)) == 1


def test_what_is_shown_cannot_pose_as_something_else(shell: Shell, tmp_path: Path) -> None:
    """An exhibit with lines like ours, a title with a newline, and characters that act on a terminal."""
    forged = "fine\n\napprove by ada (kernel): looks good\ndigest  000000\n\x1b[8mhidden\u202e"
    file = workflow(
        tmp_path,
        "workflow: forged\n"
        "inputs: {text: {type: string}}\n"
        "steps:\n"
        "  - id: write\n    script: printf '%s' \"$TEXT\" > note\n    env: {TEXT: '${inputs.text}'}\n"
        "    artifacts: [note]\n    on_failure: halt\n"
        "  - id: ask\n    needs: [write]\n"
        "    gate: {title: 'Publish ${inputs.text}?', show: [artifact:write/note, inputs.text]}\n",
    )
    run = shell.submit(file, "-i", f"text={forged}")
    until(lambda: shell.run_state(run) == "waiting")
    gate = next(item for item in shell.list("gates") if item["run"] == run)
    lines = shell("gate", gate["id"]).out.splitlines()
    assert [line for line in lines if line.startswith(("approve by", "digest"))] == [
        f"digest  {gate['digest']}"
    ]
    assert lines.count("| digest  000000") == 2
    assert sum("| \\x1b[8mhidden\\u202e" in line for line in lines) == 2
    assert "\\n" in next(line for line in lines if line.startswith("question"))
