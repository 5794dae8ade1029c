"""What an agent said, planned, called and used stands in a tab of its own."""

from __future__ import annotations

from tests.console.living import SIZES, Living, console_on

SCRIPT = """
script:
  - message: I read the commits.
  - plan: [{text: look, status: completed}, {text: write, status: in_progress}]
  - tool: {name: read_log, arguments: {lines: 3}, run: [printf, 'three commits \\342\\200\\256']}
  - usage: {input_tokens: 1200, output_tokens: 34, cost_usd: 0.25}
  - output: {changelog: done}
"""
FLOW = """
workflow: written
defaults: {on_failure: halt, timeout: 1m}
agents:
  writer: {use: scripted, script: writer.yaml, tools: {read_log: allow}}
steps:
  - {id: before, run: ["true"], effects: none}
  - id: draft
    needs: [before]
    agent: writer
    prompt: Write.
    output: {changelog: {type: string}}
    effects: none
"""


async def test_messages_plan_tools_and_use_are_shown(home: Living) -> None:
    (home.folder / "writer.yaml").write_text(SCRIPT)
    run = await home.ended(FLOW)
    for size in SIZES:
        async with console_on(home.client.home, size) as sight:
            await sight.app.open_run(run, step="draft")
            await sight.shows("6 Agent", "✓ succeeded")
            await sight.press("enter")
            await sight.shows(
                "[6 Agent]",
                "Agent draft",
                "I read the commits.",
                "[x] look",
                "[>] write",
                'read_log {"lines": 3}',
                "three commits",
                "0.25",
            )
            assert "\u202e" not in sight.text


async def test_a_run_without_an_agent_has_no_such_tab(home: Living) -> None:
    run = await home.gated()
    async with console_on(home.client.home) as sight:
        await sight.app.open_run(run)
        await sight.shows("5 Artifacts", "prepare")
        assert "6 Agent" not in sight.text
