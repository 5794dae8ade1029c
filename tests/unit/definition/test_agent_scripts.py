"""Scripts of scripted agents: read strictly, checked against the workflow, compiled to plain actions."""

from __future__ import annotations

import pytest

from .help import messages, warnings, workflow

FLOW = """workflow: w
defaults: {on_failure: halt}
inputs: {repo: {type: string, required: true}}
state: {version: {type: string}}
agents:
  writer: {use: scripted, script: agents/w.yaml, tools: {read_log: allow}}
steps:
  - {id: first, run: [x]}
  - {id: side, run: [x]}
  - id: write
    needs: [first]
    agent: writer
    prompt: Do it.
    writes: [version]
    output: {text: {type: string}}
"""


def _messages(script: str) -> list[str]:
    return messages(FLOW, {"agents/w.yaml": script})


def test_every_action_is_compiled_to_a_plain_mapping() -> None:
    script = """\
        script:
          - message: Reading ${inputs.repo}
          - thought: hm
          - plan: [{text: read, status: in_progress}, {text: write}]
          - tool: {name: read_log, arguments: {n: 5}, run: [git, log, "${inputs.repo}"], save: commits}
          - usage: {input_tokens: 10, output_tokens: 5, cost_usd: 0.5}
          - pause: 100ms
          - write: {file: a/CHANGELOG.md, text: "${results.commits}"}
          - output: {text: "${results.commits}"}
          - state: {version: "${prompt}"}
          - caveat: not sure
          - decision: took the shorter one
          - fail: enough
        """
    assert workflow(FLOW, {"agents/w.yaml": script}).agents["writer"].script == (
        {"do": "message", "text": "Reading ${inputs.repo}"},
        {"do": "thought", "text": "hm"},
        {
            "do": "plan",
            "entries": [{"text": "read", "status": "in_progress"}, {"text": "write", "status": "pending"}],
        },
        {
            "do": "tool",
            "name": "read_log",
            "arguments": {"n": 5},
            "run": ["git", "log", "${inputs.repo}"],
            "save": "commits",
        },
        {"do": "usage", "input_tokens": 10, "output_tokens": 5, "requests": 1, "cost_usd": 0.5},
        {"do": "pause", "seconds": 0.1},
        {"do": "write", "file": "a/CHANGELOG.md", "text": "${results.commits}"},
        {"do": "output", "values": {"text": "${results.commits}"}},
        {"do": "state", "values": {"version": "${prompt}"}},
        {"do": "caveat", "text": "not sure"},
        {"do": "decision", "text": "took the shorter one"},
        {"do": "fail", "text": "enough"},
    )


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("script:\n  - mesage: x", 'agents/w.yaml:2:5: unknown key "mesage" (did you mean `message`?)'),
        (
            "script:\n  - {message: x, thought: y}",
            "agents/w.yaml:2:5: an action has exactly one key, this one has",
        ),
        ("script:\n  - {}", "an action has exactly one key, this one has nothing"),
        ("script: []", "`script`: expected at least 1 entry"),
        ("script:\n  - message: &a x", "agents/w.yaml:2:14: anchors (`&a`) are not allowed"),
        ("script:\n  - pause: 5", "`pause`: a duration is a text with a unit"),
        (
            "script:\n  - tool: {name: read_lg}",
            "agents/w.yaml:2:18: the agent `writer` has no tool `read_lg` (did you mean `read_log`?)",
        ),
        (
            "script:\n  - message: ${inputs.rapo}",
            "agents/w.yaml:2:14: `inputs.rapo`: there is no input `rapo`",
        ),
        (
            "script:\n  - message: ${steps.side.output.k}",
            "step `side` need not have ended when `write` starts",
        ),
        ("script:\n  - message: ${results.commits}", "after the tool call that saved the result"),
        (
            "script:\n  - tool: {name: read_log, arguments: {a: '${results.c}'}, save: c}",
            "after the tool call that saved the result",
        ),
        (
            "script:\n  - write: {file: ../x, text: y}",
            "agents/w.yaml:2:19: `file`: a file's name stays inside",
        ),
        ("script:\n  - state: {verson: x}", "step `write` does not declare `verson` under `writes`"),
        (
            "script:\n  - output: {txt: x}",
            "step `write` does not declare `txt` under `output` (did you mean `text`?)",
        ),
    ],
)
def test_a_mistake_in_a_script_is_located_in_the_script(script: str, said: str) -> None:
    (message,) = _messages(script)
    assert message.startswith("6:35: agents/w.yaml:")
    assert said in message


def test_a_script_that_is_missing_or_outside_is_refused() -> None:
    (missing,) = messages(FLOW)
    assert missing.startswith("6:35: `script`: agents/w.yaml is no readable file inside")
    (outside,) = messages(FLOW.replace("agents/w.yaml", "../w.yaml"))
    assert "stays inside the folder" in outside


def test_an_agent_without_a_step_is_a_warning() -> None:
    text = FLOW.replace("agent: writer\n    prompt: Do it.", "run: [x]")
    (warning,) = warnings(text, {"agents/w.yaml": "script: [{message: x}]"})
    assert "the agent `writer` is given no step" in warning


def test_an_agent_step_says_what_is_asked() -> None:
    text = FLOW.replace("    prompt: Do it.\n", "")
    (message,) = messages(text, {"agents/w.yaml": "script: [{message: x}]"})
    assert "does not say what the agent is asked" in message
