"""Short histories that between them make every transition a run, a step, an attempt or a gate can make."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.core import commands as c
from engine.core.states import Effects, OnFailure, Resolution, Verdict
from engine.core.workflow import Retry
from tests.unit.core.build import BOB, CAROL, Play, gate, step, workflow

NEVER = "inputs.no"
WRONG = "state.missing"
MAY_PROCEED = OnFailure.PROCEED


def histories() -> Iterator[Play]:
    yield from _endings()
    yield from _failures()
    yield from _gates()
    yield from _losses()
    yield from _cancels()


def _alone(**declared: Any) -> Play:
    """A run of the one step `a`."""
    return Play(workflow(step("a", **declared)), {"no": False})


def _endings() -> Iterator[Play]:
    good = Play(workflow(step("a"), step("b", "a", when=NEVER)), {"no": False})
    good.execute("a")
    yield good
    yield _alone(when=NEVER)
    flagged = _alone(on_failure=MAY_PROCEED)
    flagged.execute(exit_code=1)
    yield flagged


def _failures() -> Iterator[Play]:
    yield _alone(when=WRONG)
    yield _alone(when=WRONG, on_failure=MAY_PROCEED)
    halted = Play(workflow(step("a"), step("b"), step("c", "a"), step("d")))
    halted.start("a")
    halted.execute("b", 1)
    halted.finish("a")
    yield halted
    slow = _alone(timeout=5.0)
    slow.start()
    slow.do(c.TimeOutAttempt("a", 1))
    slow.finish(exit_code=1)
    yield slow
    retried = _alone(retry=Retry(attempts=2, backoff=1.0))
    retried.execute(exit_code=1)
    retried.at += 10
    retried.do(c.WakeStep("a"))
    retried.execute()
    yield retried
    late = Play(workflow(step("a", retry=Retry(attempts=2, backoff=1.0)), step("b")))
    late.execute("a", 1)
    late.execute("b", 1)
    yield late


def _gates() -> Iterator[Play]:
    for verdict in Verdict:
        asked = Play(workflow(gate("g")))
        asked.answer(verdict)
        yield asked
    twice = Play(workflow(gate("g", quorum=2), step("a")))
    twice.answer(Verdict.APPROVE)
    twice.answer(Verdict.APPROVE, CAROL)
    twice.start()
    twice.finish()
    yield twice
    beside = Play(workflow(gate("g"), step("a")))
    beside.start("a")
    beside.answer(Verdict.REJECT)
    beside.finish("a")
    yield beside
    caveat = Play(workflow(step("a"), gate("g", "a")))
    caveat.execute("a", result={"caveats": ["a guess"]})
    caveat.answer(Verdict.APPROVE)
    yield caveat
    for policy in ("hold", "reject", "fail", "approve_default"):
        expired = Play(workflow(gate("g", deadline=5.0, on_deadline=policy)))
        expired.at += 10
        expired.do(c.ExpireGate(expired.gate().id))
        yield expired


def _losses() -> Iterator[Play]:
    again = _alone(effects=Effects.NONE)
    again.start()
    again.lose()
    yield again
    for resolution in Resolution:
        for policy in OnFailure:
            unknown = _alone(on_failure=policy)
            unknown.start()
            unknown.lose()
            unknown.resolve(resolution)
            yield unknown


def _cancels() -> Iterator[Play]:
    early = Play(workflow(step("a"), gate("g"), step("b", "a")))
    early.cancel()
    yield early
    flying = _alone()
    flying.start()
    flying.cancel()
    flying.finish(exit_code=1)
    yield flying
    waiting = Play(workflow(gate("g")))
    waiting.cancel()
    yield waiting
    unknown = _alone()
    unknown.start()
    unknown.lose()
    unknown.do(c.CancelRun(), BOB)
    yield unknown
