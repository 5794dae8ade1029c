"""What a gate shows: real values and the digests of real files, all bound by one digest."""

from __future__ import annotations

from engine.core.canonical import digest
from engine.core.facts import Artifact
from engine.core.fields import Field
from engine.core.states import Consequence, OnFailure, StepState

from .build import Play, gate, step, workflow

PATCH = Artifact("diff.patch", 1200, "a" * 64)


def _shown(*show: str) -> Play:
    play = Play(
        workflow(
            step("a", writes=("version",)),
            gate("g", "a", title="Publish ${state.version}?", consequence=Consequence.HIGH, show=show),
            state={"version": Field("string")},
        )
    )
    play.execute("a", result={"state": {"version": "1.2"}, "caveats": ["odd row"]}, artifacts=(PATCH,))
    return play


def test_the_title_is_resolved_when_the_gate_opens() -> None:
    assert _shown().gate().title == "Publish 1.2?"


def test_the_digest_is_that_of_the_whole_content() -> None:
    shown = _shown("state.version", "artifact:a/diff.patch").gate()
    assert shown.digest == digest(shown.content)
    assert shown.content["definition"] == "d" * 64
    assert shown.content["consequence"] == "high"
    assert shown.content["caveats"] == [{"step": "a", "text": "odd row"}]


def test_values_and_files_are_shown_by_what_they_are() -> None:
    shown = _shown("state.version", "steps.a.state", "artifact:a/diff.patch").gate()
    assert shown.content["show"] == [
        {"item": "state.version", "kind": "value", "value": "1.2"},
        {"item": "steps.a.state", "kind": "value", "value": "succeeded"},
        {
            "item": "artifact:a/diff.patch",
            "kind": "artifact",
            "step": "a",
            "name": "diff.patch",
            "size": 1200,
            "sha256": "a" * 64,
        },
    ]


def test_what_is_not_there_is_shown_as_missing() -> None:
    items = ("state.nothing", "artifact:a/none", "artifact:nowhere/none", "not a path")
    shown = _shown(*items).gate()
    assert shown.content["show"] == [{"item": item, "kind": "missing"} for item in items]


def test_a_value_that_looks_like_a_reference_is_shown_as_it_is() -> None:
    play = Play(
        workflow(gate("g", title="${inputs.text}", show=("inputs.text",))),
        inputs={"text": "${run.id}"},
    )
    assert play.gate().title == "${run.id}"
    assert play.gate().content["show"][0]["value"] == "${run.id}"


def test_a_title_that_cannot_be_resolved_fails_the_step_and_is_never_passed() -> None:
    play = Play(
        workflow(
            gate("g", title="Publish ${state.version}?", on_step={"on_failure": OnFailure.PROCEED}),
            step("z", "g"),
        )
    )
    assert play.step("g").state is StepState.FAILED
    assert "state.version" in (play.step("g").error or "")
    assert play.step("z").state is StepState.CANCELLED
    assert play.run.gates == {}


def test_gates_of_a_run_have_ids_of_their_own() -> None:
    play = Play(workflow(gate("one"), step("a"), gate("two")))
    assert sorted(play.run.gates) == ["g1.1", "g1.3"]
