"""Every name in a file leads to something declared, and to a step that has ended by then."""

from __future__ import annotations

import pytest

from .help import HEAD, messages, workflow

TOP = """workflow: w
defaults: {on_failure: halt}
inputs: {repo: {type: string, required: true}, lead: {type: object, required: true}}
state: {version: {type: string}}
steps:
  - {id: build, run: [x], output: {rows: {type: integer}, sums: {type: object}}, artifacts: [out/a.csv]}
  - {id: build.v2, run: [x], needs: [build]}
  - {id: ask, gate: {title: x, form: {note: {type: string}}}, needs: [build.v2]}
  - {id: side, run: [x], artifacts: [b.txt]}
"""


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("inputs.rapo", "`inputs.rapo`: there is no input `rapo` (did you mean `repo`?)"),
        ("inputs.repo.x", "`repo` is of type string and has no parts"),
        ("state.versoin", "there is no key of the state `versoin` (did you mean `version`?)"),
        ("run.folder", "a run has `run.id` and `run.dir`"),
        ("stat.version", "a name starts with `inputs`, `state`, `steps`, `run` (did you mean `state`?)"),
        ("steps.biuld.output.rows", "there is no step `biuld` (did you mean `build`?)"),
        ("steps.build.rows", "of a step there is `steps.build.output.KEY` and `steps.build.state`"),
        ("steps.build.state.x", "of a step there is"),
        ("steps.build.output.row", "there is no output of step `build` `row` (did you mean `rows`?)"),
        ("steps.build.output.rows.x", "`rows` is of type integer and has no parts"),
        ("steps.ask.output.not", "(did you mean `note`?)"),
        (
            "steps.side.output.k",
            "step `side` need not have ended when `last` starts (add `side` to `needs` of `last`)",
        ),
        ("steps.last.output.k", "a step cannot refer to its own result"),
        ("results.x", "this is for the actions of a scripted agent"),
    ],
)
def test_a_name_that_leads_nowhere_is_an_error(path: str, said: str) -> None:
    for step in (
        f"run: [x, '${{{path}}}']",
        f"run: [x], env: {{A: 'b${{{path}}}'}}",
        f"python: 'a:b', with: {{k: [{{d: '${{{path}}}'}}]}}",
    ):
        (message,) = messages(TOP + f"  - {{id: last, needs: [ask], {step}}}\n")
        assert message.startswith("10:")
        assert said in message


@pytest.mark.parametrize(
    "path",
    [
        "inputs.repo",
        "inputs.lead.name.first",
        "state.version",
        "steps.build.output",
        "steps.build.output.rows",
        "steps.build.output.sums.net",
        "steps.build.v2.output.anything",
        "steps.build.v2.state",
        "steps.ask.output.note",
        "steps.ask.output.decided_by",
        "run.id",
    ],
)
def test_a_name_that_leads_somewhere_is_accepted(path: str) -> None:
    assert workflow(
        TOP + f"  - {{id: last, needs: [ask], run: [x, '${{{path}}}'], when: '{path} == {path}'}}\n"
    )


def test_malformed_references_are_found() -> None:
    (message,) = messages(HEAD + "steps:\n  - {id: a, run: [x], workdir: '${run.dir'}\n")
    assert message.startswith("4:32: a reference is not closed")
    (message,) = messages(HEAD + "steps:\n  - {id: a, gate: {title: 'Go ${x y}?'}}\n")
    assert "is no reference" in message


@pytest.mark.parametrize(
    ("when", "said"),
    [
        (
            "inputs.repo = 3",
            "`when`: '=' has no meaning in a condition (column 13 of the condition) (write `==`)",
        ),
        ("inputs.rapo == 'x'", "`inputs.rapo`: there is no input `rapo`"),
        ("has(state.verson)", "did you mean `version`?"),
        ("steps.side.state == 'failed'", "need not have ended"),
    ],
)
def test_conditions_are_checked(when: str, said: str) -> None:
    (message,) = messages(TOP + f'  - {{id: last, needs: [ask], run: [x], when: "{when}"}}\n')
    assert said in message


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (
            "artifact:build/out/b.csv",
            "step `build` keeps no artifact `out/b.csv` (did you mean `out/a.csv`?)",
        ),
        ("artifact:ask/x", "keeps no artifact `x` (declare it"),
        ("artifact:biuld/x", "there is no step `biuld`"),
        ("artifact:side/b.txt", "need not have ended when `last` starts"),
        ("state.x", "there is no key of the state"),
        ("hello", "a name starts with"),
    ],
)
def test_what_a_gate_shows_exists(item: str, said: str) -> None:
    (message,) = messages(TOP + f"  - {{id: last, needs: [ask], gate: {{title: x, show: ['{item}']}}}}\n")
    assert message.startswith("10:")
    assert said in message


def test_a_gate_may_show_artifacts_and_values() -> None:
    show = "[artifact:build/out/a.csv, state.version, steps.build.output.rows, inputs.repo]"
    assert workflow(TOP + f"  - {{id: last, needs: [ask], gate: {{title: x, show: {show}}}}}\n")
