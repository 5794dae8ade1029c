"""What the core is given for what an author wrote."""

from __future__ import annotations

from engine.core.fields import Field
from engine.core.states import Consequence, Effects, OnFailure, StepKind, Verdict
from engine.core.workflow import AgentAction, GateAction, PythonAction, Retry, RunAction, ScriptAction

from .help import HEAD, bundle, workflow

FULL = """\
workflow: full
description: Everything at once
inputs: {repo: {type: path, default: data/repo}, n: {type: integer, minimum: 1, enum: [1, 2], default: 1}}
state: {version: {type: string}}
queue: delivery
concurrency: 8
defaults: {on_failure: proceed, timeout: 10m}
agents: {w: {use: scripted, script: w.yaml, tools: {log: ask}}}
steps:
  - id: a
    run: [git, "${inputs.repo}"]
    effects: idempotent
    env: {A: "${inputs.n}"}
    workdir: ${run.dir}/tree
    artifacts: [x/y.txt]
    reads: [version]
    writes: [version]
    retry: {attempts: 3, backoff: 2s, factor: 3, cap: 1m, jitter: 0, non_retryable_exit_codes: [2]}
    timeout: 500ms
    on_failure: halt
    output: {k: {type: integer}, o: {type: string, required: false}}
  - {id: b, needs: [a], script: "echo $A", when: inputs.n > 1, if_skipped: run}
  - {id: c, needs: [b], python: "m.n:f", with: {x: "${inputs.n}", y: [1]}}
  - {id: d, needs: [b], agent: w, prompt: "Do ${state.version}"}
  - id: e
    needs: [c, d]
    gate:
      title: Go?
      consequence: high
      show: [state.version]
      candidates: {users: [alice, bob], roles: [release]}
      quorum: 2
      four_eyes: true
      allowed: [approve]
      form: {note: {type: string}}
      deadline: 4h
      on_deadline: reject
"""


def test_a_file_with_every_key_is_compiled() -> None:
    compiled = workflow(FULL, {"w.yaml": "script: [{message: x}]"})
    assert (compiled.name, compiled.queue, compiled.concurrency) == ("full", "delivery", 8)
    assert compiled.description == "Everything at once"
    assert compiled.folder == "/srv/flows"
    assert compiled.inputs["n"] == Field("integer", default=1, minimum=1, enum=(1, 2))
    assert compiled.agents["w"].tools == {"log": "ask"}
    assert [step.kind for step in compiled.steps] == [
        StepKind.RUN,
        StepKind.SCRIPT,
        StepKind.PYTHON,
        StepKind.AGENT,
        StepKind.GATE,
    ]
    assert [step.line for step in compiled.steps] == [10, 22, 23, 24, 25]


def test_a_step_keeps_all_that_it_says() -> None:
    step = workflow(FULL, {"w.yaml": "script: [{message: x}]"}).by_id["a"]
    assert step.action == RunAction(("git", "${inputs.repo}"))
    assert step.retry == Retry(3, 2.0, 3.0, 60.0, 0.0, frozenset({2}))
    assert (step.timeout, step.on_failure, step.effects) == (0.5, OnFailure.HALT, Effects.IDEMPOTENT)
    assert (step.env, step.workdir) == ({"A": "${inputs.n}"}, "${run.dir}/tree")
    assert (step.artifacts, step.reads, step.writes) == (("x/y.txt",), ("version",), ("version",))


def test_each_kind_has_its_action() -> None:
    compiled = workflow(FULL, {"w.yaml": "script: [{message: x}]"})
    assert compiled.by_id["b"].action == ScriptAction("echo $A")
    assert compiled.by_id["c"].action == PythonAction("m.n:f", {"x": "${inputs.n}", "y": [1]})
    assert compiled.by_id["d"].action == AgentAction("w", "Do ${state.version}")
    assert compiled.by_id["e"].action == GateAction(
        title="Go?",
        consequence=Consequence.HIGH,
        show=("state.version",),
        users=("alice", "bob"),
        roles=("release",),
        quorum=2,
        four_eyes=True,
        allowed=(Verdict.APPROVE,),
        form={"note": Field("string")},
        deadline=14400.0,
        on_deadline="reject",
    )


def test_defaults_hold_where_a_step_is_silent_and_never_for_gates() -> None:
    compiled = workflow(FULL, {"w.yaml": "script: [{message: x}]"})
    assert (compiled.by_id["b"].timeout, compiled.by_id["b"].on_failure) == (600.0, OnFailure.PROCEED)
    assert compiled.by_id["b"].effects is Effects.AT_MOST_ONCE
    assert compiled.by_id["e"].timeout is None


def test_a_condition_is_parsed_once_and_for_all() -> None:
    condition = workflow(FULL, {"w.yaml": "script: [{message: x}]"}).by_id["b"].when
    assert condition is not None
    assert condition.evaluate({"inputs": {"n": 2}}) is True


def test_an_output_is_required_unless_it_says_otherwise() -> None:
    output = workflow(FULL, {"w.yaml": "script: [{message: x}]"}).by_id["a"].output
    assert output == {"k": Field("integer", required=True), "o": Field("string")}


def test_a_default_path_is_relative_to_the_files_folder() -> None:
    compiled = workflow(FULL, {"w.yaml": "script: [{message: x}]"})
    assert compiled.inputs["repo"].default == "/srv/flows/data/repo"


def test_the_digest_is_the_bundles() -> None:
    text = HEAD + "steps: [{id: a, run: [x]}]"
    assert workflow(text).digest == bundle(text).digest
