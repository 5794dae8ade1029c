"""One run from within: what the command line promises about it, and why each step is where it is."""

from __future__ import annotations

import json

import pytest

from engine.core import commands as c
from engine.core.errors import NotFound
from engine.core.facts import Artifact
from engine.core.states import Effects, Resolution
from engine.core.workflow import Retry
from engine.store.records import as_json
from engine.store.views import Views

from .build import ALICE, BOB, FULL, KNOWN, START, Desk, step, workflow

PROMISED = """
run: id workflow definition state queue priority key created_at started_at ended_at steps_done steps_total
run: cost_usd tokens labels parent forked_from
step: id kind state attempt effects started_at ended_at exit_code error waiting_for
gate: id run step state title consequence digest revision opened_at deadline quorum approvals candidates
gate: allowed form kind
event: seq at run step attempt type actor identity reason data hash
"""


def promised(record: str) -> set[str]:
    """The fields that scripts rely on."""
    lines = [line.partition(": ") for line in PROMISED.strip().splitlines()]
    return {name for kind, _, names in lines if kind == record for name in names.split()}


LIMITED = workflow(step("a"), step("b"), concurrency=1, name="limited")
RETRIED = workflow(
    step("a", retry=Retry(attempts=2, backoff=60.0, jitter=0.0)), step("b", "a"), name="retried"
)
RISKY = workflow(step("a", effects=Effects.IRREVERSIBLE), step("b", "a"), name="risky")
MANY = workflow(*(step(name) for name in "abc"), step("d", "a", "b", "c"), name="many")
KNOWN.update({item.digest: item for item in (LIMITED, RETRIED, RISKY, MANY)})


async def waiting(views: Views, run: str) -> dict[str, str | None]:
    return {item.id: item.waiting_for for item in await views.steps(run)}


@pytest.fixture
async def gated(desk: Desk) -> str:
    """A run of everything that has come to its gate, with one approval of two."""
    await desk.submit("r1", FULL, inputs={"n": 1})
    kept = (Artifact("report.txt", 12, "a" * 64),)
    await desk.execute("r1", "fetch", artifacts=kept)
    await desk.do("r1", c.StartAttempt("write"))
    reported = ({"type": "tool.started", "name": "x"}, {"type": "usage", "input_tokens": 7, "cost_usd": 0.5})
    await desk.do("r1", c.RecordAgent("write", 1, 0, reported))
    result = {"state": {"version": "1.2.0"}, "caveats": ["not sure"], "output": {"pages": 3}}
    await desk.do("r1", c.FinishAttempt("write", 1, 0, result=result))
    await desk.answer("r1", ALICE)
    return next(iter(desk.runs["r1"].gates))


async def test_show_has_the_promised_fields(gated: str, views: Views) -> None:
    shown = json.loads(json.dumps((await views.detail("r1")).as_json()))
    assert promised("run") <= shown.keys()
    assert (shown["id"], shown["run"]["id"], shown["run"]["state"]) == ("r1", "r1", "running")
    assert shown["state"] == {"version": "1.2.0"}
    assert all(promised("step") <= item.keys() for item in shown["steps"])
    assert [item["state"] for item in shown["steps"]] == [
        "succeeded",
        "succeeded",
        "waiting",
        "queued",
        "pending",
    ]
    assert shown["caveats"] == [{"step": "write", "text": "not sure", "acknowledged": False}]
    assert shown["artifacts"] == [
        {"name": "report.txt", "step": "fetch", "attempt": 1, "size": 12, "sha256": "a" * 64}
    ]
    assert [item["id"] for item in shown["gates"]] == [gated]
    assert shown["inputs"] == {"n": 1}
    assert (shown["tokens"], shown["cost_usd"]) == (7, 0.5)
    assert shown["created_at"] == "2026-02-02T02:40:01Z"


async def test_a_gate_has_the_promised_fields(gated: str, views: Views) -> None:
    shown = json.loads(json.dumps(as_json(await views.gate(gated))))
    assert promised("gate") <= shown.keys()
    assert shown["candidates"] == {"users": ["alice", "bob"], "roles": []}
    assert (shown["quorum"], shown["approvals"], shown["allowed"]) == (2, 1, ["approve", "reject"])
    assert shown["form"] == {"note": {"type": "string"}}
    (decision,) = shown["decisions"]
    assert (decision["actor"], decision["identity"], decision["verdict"], decision["reason"]) == (
        "alice",
        "kernel",
        "approve",
        "because",
    )


async def test_an_event_has_the_promised_fields(gated: str, views: Views) -> None:
    events = await views.events("r1")
    assert all(as_json(event).keys() == promised("event") for event in events)
    first = json.loads(json.dumps(as_json(events[0])))
    assert (first["seq"], first["type"], first["run"], first["actor"]) == (1, "run.created", "r1", "alice")
    assert first["data"]["workflow"] == "full"


async def test_a_step_that_ended_waits_for_nothing(gated: str, views: Views) -> None:
    found = await waiting(views, "r1")
    assert found["fetch"] is None
    assert found["approve"] == f"waits for gate {gated} (1 of 2 approvals)"
    assert found["shaky"] == "about to start: queue default has a free slot (0 of 2 taken)"
    assert found["pay"] == "waits for approve and shaky to end"


async def test_a_step_without_a_free_slot_says_how_many_are_taken(desk: Desk, views: Views) -> None:
    await desk.submit("r1", MANY)
    await desk.do("r1", c.StartAttempt("a"))
    await desk.do("r1", c.StartAttempt("b"))
    assert await waiting(views, "r1") == {
        "a": None,
        "b": None,
        "c": "waits for a slot of queue default (2 of 2 taken)",
        "d": "waits for a, b and c to end",
    }


async def test_a_run_s_own_limit_comes_before_the_queue_s(desk: Desk, views: Views) -> None:
    await desk.submit("r1", LIMITED)
    await desk.do("r1", c.StartAttempt("a"))
    assert (await waiting(views, "r1"))["b"] == (
        "waits for another step of its run to end (1 of at most 1 are in flight)"
    )


async def test_a_step_between_attempts_says_when_the_next_is_due(desk: Desk, views: Views) -> None:
    await desk.submit("r1", RETRIED)
    await desk.execute("r1", "a", exit_code=1)
    assert (await waiting(views, "r1"))["a"] == "next attempt at 2026-02-02T02:41:02Z"


async def test_an_indeterminate_step_says_how_to_go_on(desk: Desk, views: Views) -> None:
    await desk.submit("r1", RISKY)
    await desk.do("r1", c.StartAttempt("a"))
    await desk.do("r1", c.LoseAttempt("a", 1, "it vanished"))
    assert (await waiting(views, "r1"))["a"] == (
        "its outcome is unknown: find out, then `opsgate resolve r1 a`"
    )
    await desk.do("r1", c.ResolveStep("a", Resolution.HAPPENED), BOB, "looked")
    assert (await waiting(views, "r1"))["a"] is None


async def test_attempts_are_listed_by_step_and_number(desk: Desk, views: Views) -> None:
    await desk.submit("r1", RETRIED)
    await desk.execute("r1", "a", exit_code=3)
    desk.at += 60
    await desk.do("r1", c.WakeStep("a"))
    await desk.execute("r1", "a")
    await desk.do("r1", c.StartAttempt("b"))
    attempts = await views.attempts("r1")
    assert [(item.step, item.number, item.state, item.exit_code) for item in attempts] == [
        ("a", 1, "failed", 3),
        ("a", 2, "succeeded", 0),
        ("b", 1, "running", None),
    ]
    assert [item.number for item in await views.attempts("r1", "a")] == [1, 2]
    assert (await views.attempt("r1", "a", 1)).started_at == START + 1
    with pytest.raises(NotFound):
        await views.attempt("r1", "a", 9)


async def test_an_artifact_of_a_later_attempt_replaces_the_earlier_one(desk: Desk, views: Views) -> None:
    await desk.submit("r1", RETRIED)
    await desk.execute("r1", "a", 3, artifacts=(Artifact("x", 1, "a" * 64), Artifact("y", 1, "c" * 64)))
    desk.at += 60
    await desk.do("r1", c.WakeStep("a"))
    await desk.do("r1", c.StartAttempt("a"))
    assert [item.name for item in await views.artifacts("r1")] == ["x", "y"]
    await desk.do("r1", c.FinishAttempt("a", 2, 0, artifacts=(Artifact("x", 2, "b" * 64),)))
    (kept,) = await views.artifacts("r1")
    assert (kept.name, kept.attempt, kept.size, kept.sha256) == ("x", 2, 2, "b" * 64)


async def test_an_agent_s_reports_are_events_of_its_step(gated: str, views: Views) -> None:
    reports = await views.agent_events("r1", "write")
    assert [item.type for item in reports] == ["tool.started", "usage"]
    assert [item.type for item in await views.agent_events("r1", "write", after=reports[0].seq)] == ["usage"]
    assert await views.agent_events("r1", "fetch") == []
