"""Gates with something to judge, for the tests of the review."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from engine.store.records import GateRecord
from tests.console.living import Living, Sight, console_on

PATCH = b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-old\n+new\n"

_JUDGED = """
workflow: judged
inputs:
  script: {type: string}
  who: {type: string, default: ACME}
defaults: {on_failure: halt, timeout: 1m}
steps:
  - id: make
    script: |
      echo "made it"
      sh -c "$SCRIPT"
      printf '{"output": {"lines": ["LONG", "two"]}, "caveats": ["the source was old"]}' > "$OPSGATE_RESULT"
    env: {SCRIPT: "${inputs.script}"}
    artifacts: [change.patch]
    output: {lines: {type: list}}
    effects: none
  - id: approve
    needs: [make]
    gate:
      title: Pay ${inputs.who}?
      consequence: CONSEQUENCE
      show: [inputs.who, "artifact:make/change.patch", steps.make.output.lines]
      form: {limit: {type: number, default: 10}, tone: {type: string, enum: [calm, loud]}}
  - id: pay
    needs: [approve]
    run: [echo, "${steps.approve.output.limit}"]
    effects: irreversible
"""
JUDGED = _JUDGED.replace("LONG", "one" * 50)
WRITE_PATCH = "printf -- '--- a/x\\n+++ b/x\\n@@ -1 +1 @@\\n-old\\n+new\\n' > change.patch"


async def judged(
    home: Living, *, consequence: str = "medium", script: str = WRITE_PATCH, who: str = "ACME"
) -> GateRecord:
    """An open gate that shows a text, a kept file made by `script`, and a list."""
    run = await home.submit(JUDGED.replace("CONSEQUENCE", consequence), script=script, who=who)
    return await record(home, await home.gate_of(run))


async def record(home: Living, gate: str) -> GateRecord:
    """The gate as it is stored now."""
    return await (await home.client.views()).gate(gate)


@asynccontextmanager
async def review(home: Living, gate: str, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Sight]:
    """The review of a gate, open."""
    async with console_on(home.client.home, size) as sight:
        await sight.app.open_gate(gate)
        await sight.shows("[1 Summary]", "digest")
        yield sight
