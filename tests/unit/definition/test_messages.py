"""What an author is told about keys and values that do not fit: our words, the right place, a way out."""

from __future__ import annotations

import pytest

from engine.definition.document import MAX_PROBLEMS

from .help import HEAD, messages, problems

STEP = HEAD + "steps:\n  - id: a\n    run: [x]\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (STEP + "    nedes: [b]", '6:5: unknown key "nedes" (did you mean `needs`?)'),
        (STEP + "    retry: {attempts: 2, atempts: 3}", "6:26: unknown key"),
        (STEP + "    zzz: 1", '6:5: unknown key "zzz" (known here: id, run, script,'),
        (STEP + "inputs: {x: {typ: string}}", "did you mean `type`?"),
        (STEP + "inputs: {x: {}}", "6:13: `x`: the key `type` is missing"),
        (STEP + "inputs: {x: {type: strng}}", "(did you mean `string`?)"),
        (STEP + "inputs: {x: {type: list, items: {type: x}}}", "6:40: `type`: expected one of"),
        (STEP + "inputs: {Bad Name: {type: string}}", "6:10: `Bad Name`: a name has 1 to 64 characters"),
        (STEP + "inputs: [x]", "6:9: `inputs`: expected a mapping, got a list"),
        (STEP + "queue: 5", '6:8: `queue`: expected a text, got the number 5 (put it in quotes: "5")'),
        (STEP + "queue:", "`queue`: it is empty: give it a value or remove the key"),
        (STEP + "concurrency: 0", "6:14: `concurrency`: expected at least 1, got 0"),
        (STEP + "concurrency: 2.5", "`concurrency`: expected an integer, got the number 2.5"),
        (STEP + "concurrency: true", "`concurrency`: expected an integer, got true"),
        (STEP + "    needs: b", '`needs`: expected a list, got the text "b" (write ["b"])'),
        (STEP + "    needs: [b, 5]", "6:16: `needs`, entry 2: expected a text, got the number 5 (put it in"),
        (STEP + "    timeout: 5", "`timeout`: a duration is a text with a unit, such as 30s or 10m"),
        (STEP + "    timeout: 5 minutes", "`timeout`: a duration is a number and a unit, such as 500ms"),
        (STEP + "    timeout: 0s", "`timeout`: a duration here is longer than nothing"),
        (STEP + "    timeout: 400d", "`timeout`: a duration is at most 366d"),
        (STEP + "    effects: idempotnt", "expected one of none, idempotent, at_most_once, irreversible"),
        (STEP + "    if_skipped: yes", "`if_skipped`: expected one of run, skip"),
        (STEP + "    env: {A: 5}", '`A`: expected a text, got the number 5 (put it in quotes: "5")'),
        (STEP + "    run: []", 'the key "run" stands here a second time'),
        (HEAD + "steps: []", "3:8: `steps`: expected at least 1 entry, got 0"),
        (HEAD, "1:1: the key `steps` is missing"),
        (HEAD + "steps:\n  - {id: a, run: []}", "`run`: expected at least 1 entry"),
        (HEAD + "steps:\n  - 5", "4:5: `steps`, entry 1: expected a mapping, got the number 5"),
        (
            HEAD + "steps:\n  - {id: a, gate: {title: x, four_eyes: no}}",
            'true or false, got the text "no" (write `false`)',
        ),
        (HEAD + "steps:\n  - {id: a, gate: {title: x, quorum: 0}}", "`quorum`: expected at least 1, got 0"),
        ("5", "1:1: expected a mapping, got the number 5"),
        ("", "1:1: expected a mapping, got nothing (null)"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_a_way_out(text: str, said: str) -> None:
    assert any(said in message for message in messages(text)), messages(text)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (STEP + "on: {schedule: []}", 6, "`on` is not available in this version of opsgate"),
        *(
            (
                HEAD + f"steps:\n  - id: a\n    {key}: {{}}",
                5,
                f"`{key}` is not available in this version of opsgate",
            )
            for key in ("http", "wait", "map", "call", "repeat", "plan", "undo", "budget", "finally")
        ),
        (
            STEP + "    on_failure: {fallback: b}",
            6,
            "`on_failure`: `fallback` is not available in this version",
        ),
        (STEP + "    on_failure: escalate", 6, "`on_failure`: `escalate` is not available"),
        (STEP + "    on_failure: retry", 6, "`on_failure`: `retry` is not available"),
        (
            HEAD + "steps:\n  - {id: a, gate: {title: x, allowed: [send_back]}}",
            4,
            "`send_back` is not available",
        ),
        (STEP + "agents: {a: {use: acp, script: x}}", 6, "`use`: `acp` is not available"),
    ],
)
def test_what_a_later_version_runs_is_refused_by_name(text: str, line: int, said: str) -> None:
    assert [said in problem.message for problem in problems(text) if problem.line == line] == [True]


def test_no_word_of_the_schema_library_reaches_an_author() -> None:
    text = (
        HEAD + "steps:\n  - {id: 5, run: x, needs: 1, env: [], retry: {attempts: x}, zz: 1, gate: {}}\n  - {}"
    )
    for message in messages(text):
        assert not any(word in message for word in ("pydantic", "Input should", "http", "StepEntry", "dict"))


def test_problems_come_in_file_order_and_all_at_once() -> None:
    found = problems(STEP + "    timeout: 5\n    effects: x\nqueue: 5\n")
    assert [problem.line for problem in found] == [6, 7, 8]


def test_a_hopeless_file_is_not_told_everything() -> None:
    steps = "".join(f"  - {{id: a{number}, run: 5}}\n" for number in range(500))
    assert len(problems(HEAD + "steps:\n" + steps)) == MAX_PROBLEMS


def test_messages_hold_no_control_characters() -> None:
    (message,) = messages(HEAD + 'steps:\n  - {id: "a\\nb", run: [x]}')
    assert message.isprintable()
