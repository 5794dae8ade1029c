"""Cross checks of steps: order, keys that go together, policies that contradict each other."""

from __future__ import annotations

import pytest

from .help import HEAD, messages, warnings, workflow

GATED = (
    HEAD
    + """steps:
  - {id: ask, gate: {title: x, deadline: 1h, on_deadline: approve_default}}
  - {id: mid, needs: [ask], run: [x]}
  - {id: pay, needs: [mid], run: [x], effects: %s}
"""
)


def _steps(*steps: str, top: str = "") -> str:
    return HEAD + top + "steps:\n" + "".join(f"  - {{{step}}}\n" for step in steps)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (_steps("id: a, run: [x]", "id: a, run: [x]"), "5:10: the id `a` is given to a second step"),
        (
            _steps("id: build, run: [x]", "id: b, run: [x], needs: [biuld]"),
            "5:31: `needs`: there is no step `biuld` (did you mean `build`?)",
        ),
        (_steps("id: a, run: [x]", "id: b, run: [x], needs: [a, a]"), "`needs` names `a` twice"),
        (_steps("id: a, run: [x], needs: [a]"), "in a circle: a -> a"),
        (
            _steps(
                "id: z, run: [x], needs: [b]",
                "id: a, run: [x], needs: [c]",
                "id: b, run: [x], needs: [a]",
                "id: c, run: [x], needs: [b]",
            ),
            "these steps need each other in a circle: b -> a -> c -> b",
        ),
        (_steps("id: a"), "4:5: step `a` does nothing: give it one of `run`, `script`"),
        (
            _steps("id: a, run: [x], script: y"),
            "4:23: step `a` has `run` and `script`: a step has exactly one",
        ),
        (_steps("id: a, run: ['']"), "`run` begins with the program"),
        (_steps("id: a, run: [x], with: {a: 1}"), "4:23: `with` is only for a step with `python`"),
        (_steps("id: a, run: [x], prompt: y"), "`prompt` is only for a step with `agent`"),
        (_steps("id: a, gate: {title: x}, timeout: 5m"), "4:31: a gate step has no `timeout`"),
        (_steps("id: a, gate: {title: x}, on_failure: halt"), "a gate step has no `on_failure`"),
        (_steps("id: a, gate: {title: x}, effects: none"), "a gate step has no `effects`"),
        (_steps("id: a, python: os.system"), "`python` names a callable as package.module:name"),
        (_steps("id: a, python: 'a:b c'"), "`python` names a callable"),
        (
            _steps("id: a, agent: ww, prompt: x", top="agents: {w: {use: scripted, script: x}}\n"),
            "there is no agent `ww` (did you mean `w`?)",
        ),
        (_steps("id: a, script: 'echo ${inputs.x}'"), "4:21: `script` is literal text, and `${inputs.…}`"),
        (_steps("id: a, script: 'rm ${run.dir}/x'"), "hand the value over by `env:"),
        (
            _steps("id: a, run: [x], effects: irreversible, retry: {attempts: 2}"),
            "irreversible and may not be retried",
        ),
        (
            _steps("id: a, run: [x], writes: [verson]", top="state: {version: {type: string}}\n"),
            "the state has no key `verson` (did you mean `version`?)",
        ),
        (_steps("id: a, run: [x], reads: [k]"), "the state has no key `k` (declare it under `state`)"),
        (_steps("id: a, run: [x], output: {k: {type: string, default: x}}"), "an output has no default"),
        (
            _steps("id: a, gate: {title: x, quorum: 3, candidates: {users: [alice, bob]}}"),
            "only 2 people may decide",
        ),
        (_steps("id: a, gate: {title: x, on_deadline: reject}"), "`on_deadline` needs a `deadline`"),
        (
            _steps("id: a, gate: {title: x, form: {decided_by: {type: string}}}"),
            "`decided_by` is filled in by opsgate",
        ),
        (
            _steps("id: a, run: [x]", top="state: {k: {type: string, default: x}}\n"),
            "3:27: a key of the state has no",
        ),
        (GATED % "irreversible", "4:59: `approve_default` would let the irreversible step `pay` run"),
    ],
)
def test_a_contradiction_is_an_error(text: str, said: str) -> None:
    assert any(said in message for message in messages(text)), messages(text)


@pytest.mark.parametrize(
    "name", ["LD_PRELOAD", "PYTHONPATH", "PATH", "IFS", "BASH_ENV", "OPSGATE_KEY", "A-B", "1A"]
)
def test_dangerous_environment_names_are_refused(name: str) -> None:
    (message,) = messages(_steps(f"id: a, run: [x], env: {{{name}: x}}"))
    assert message.startswith("4:29: `env`:")


@pytest.mark.parametrize(
    "name", ["../x", "/etc/passwd", "a/../b", "-rf", "./x", "a//b", "~/x", '"a\\tb"', "${run.id}", "a" * 256]
)
def test_artifacts_stay_in_the_working_folder(name: str) -> None:
    (message,) = messages(
        _steps(
            f"id: a, run: [x], artifacts: [{name!s}]"
            if name[0] == '"'
            else f"id: a, run: [x], artifacts: ['{name}']"
        )
    )
    assert "`artifacts`: a file's name" in message


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("{type: string, minimum: 3}", "3:28: `minimum` is for number and integer, not for string"),
        ("{type: integer, items: {type: string}}", "`items` is for list, not for integer"),
        ("{type: number, pattern: x}", "`pattern` is for string and path, not for number"),
        ("{type: integer, minimum: 3, maximum: 2}", "`minimum` is larger than `maximum`"),
        ("{type: string, pattern: '['}", "`pattern`: it is no regular expression"),
        ("{type: string, pattern: '(a+)+'}", "`pattern`: a repeat inside a repeat can take for ever"),
        ("{type: string, enum: [a, 5]}", "`enum`, entry 2: expected a string, got the number 5"),
        ("{type: integer, default: '5'}", "`default`: expected an integer"),
        ("{type: string, enum: [a, b], default: c}", '`default`: expected one of "a", "b"'),
        ("{type: list, items: {type: integer, pattern: x}}", "`pattern` is for"),
    ],
)
def test_declared_values_make_sense(entry: str, said: str) -> None:
    (message,) = messages(_steps("id: a, run: [x]", top=f"inputs: {{x: {entry}}}\n"))
    assert said in message


def test_a_harmless_gate_may_approve_itself() -> None:
    assert workflow(GATED % "idempotent").by_id["pay"]


def test_shell_variables_are_the_scripts_own_business() -> None:
    assert workflow(_steps("id: a, script: 'echo ${HOME} ${x%.csv} $${y}'"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "workflow: w\nsteps: [{id: a, run: [x]}]",
            "2:1: warning: `on_failure` is not said for a: halt is assumed (add",
        ),
        (_steps("id: a, run: [x], retry: {attempts: 2}"), "is retried although its effects are at_most_once"),
        (
            _steps(
                "id: a, run: [x], writes: [k]",
                "id: b, run: [x], writes: [k]",
                top="state: {k: {type: string}}\n",
            ),
            "`b` and `a` both write `state.k` in no fixed order",
        ),
        (
            _steps("id: a, run: [x]", top="inputs: {x: {type: string, required: true, default: a}}\n"),
            "never used",
        ),
        (
            _steps("id: a, run: ['${inputs.x}']", top="inputs: {x: {type: string}}\n"),
            "`inputs.x` may be missing",
        ),
        (
            _steps("id: a, run: ['${state.x}']", top="state: {x: {type: string}}\n"),
            "no step before `a` writes `state.x`",
        ),
    ],
)
def test_what_is_probably_not_meant_is_a_warning(text: str, said: str) -> None:
    (warning,) = warnings(text)
    assert said in warning


@pytest.mark.parametrize(
    "text",
    [
        "workflow: w\nsteps: [{id: a, gate: {title: x}}]",
        _steps(
            "id: a, run: [x], writes: [k]",
            "id: b, needs: [a], run: [x], writes: [k]",
            top="state: {k: {type: string}}\n",
        ),
        _steps(
            "id: b, needs: [a], run: [x], writes: [k]",
            "id: a, run: [x], writes: [k]",
            top="state: {k: {type: string}}\n",
        ),
        _steps("id: a, run: ['${inputs.x}']", top="inputs: {x: {type: string, default: a}}\n"),
        _steps(
            "id: a, run: [x], writes: [x]",
            "id: b, needs: [a], run: ['${state.x}']",
            top="state: {x: {type: string}}\n",
        ),
    ],
)
def test_sound_files_are_left_in_peace(text: str) -> None:
    assert warnings(text) == []


def test_a_script_that_no_shell_could_take_is_refused() -> None:
    long = f'id: a, script: "{"x" * 122_881}", effects: none, on_failure: halt'
    assert "longer than 120 KiB" in messages(_steps(long))[0]
