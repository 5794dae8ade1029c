"""Every state of a step against every command, as one table.

A cell lists the facts that follow; `Refused` is the error that is raised; a command that a row does not
name changes nothing at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from engine.core import commands as c
from engine.core.errors import OpsgateError
from engine.core.states import Effects, Resolution, StepState, Verdict
from engine.core.workflow import Retry

from .build import BOB, Play, gate, step, workflow

A: Mapping[str, Any] = {
    "effects": Effects.AT_MOST_ONCE,
    "retry": Retry(attempts=2, backoff=10.0, jitter=0.0),
    "timeout": 60.0,
}


def _pending() -> Play:
    return Play(workflow(step("before"), step("a", "before", **A)))


def _queued() -> Play:
    return Play(workflow(step("a", **A)))


def _running() -> Play:
    play = _queued()
    play.start()
    return play


def _timed_out() -> Play:
    play = _running()
    play.do(c.TimeOutAttempt("a", 1))
    return play


def _retry_wait() -> Play:
    play = _running()
    play.finish(exit_code=1)
    play.at += 10.0
    return play


def _waiting() -> Play:
    play = Play(workflow(gate("a", deadline=60.0, on_deadline="reject")))
    play.at += 60.0
    return play


def _indeterminate() -> Play:
    play = _running()
    play.lose()
    return play


def _cancelling() -> Play:
    play = _running()
    play.cancel()
    return play


def _halting() -> Play:
    play = Play(workflow(step("b"), step("a", **A)))
    play.start("a")
    play.execute("b", exit_code=1)
    return play


def _halting_unknown() -> Play:
    play = _halting()
    play.lose()
    return play


def _succeeded() -> Play:
    play = _running()
    play.finish()
    return play


def _failed() -> Play:
    play = _retry_wait()
    play.do(c.WakeStep("a"))
    play.execute(exit_code=1)
    return play


def _approve(play: Play) -> list[str]:
    digest = play.gate("a").digest if play.run.gates else "0" * 64
    return play.do(c.DecideGate("g1.1", Verdict.APPROVE, digest), BOB)


COMMANDS: Mapping[str, Callable[[Play], list[str]]] = {
    "start": lambda play: play.start(),
    "adopt": lambda play: play.do(c.AdoptAttempt("a", play.step().attempt)),
    "time out": lambda play: play.do(c.TimeOutAttempt("a", play.step().attempt)),
    "finish well": lambda play: play.finish(),
    "finish badly": lambda play: play.finish(exit_code=1),
    "lose": lambda play: play.lose(),
    "wake": lambda play: play.do(c.WakeStep("a")),
    "approve": _approve,
    "expire": lambda play: play.do(c.ExpireGate("g1.1")),
    "cancel": lambda play: play.cancel(),
    "kill": lambda play: play.cancel(force=True),
    "happened": lambda play: play.resolve(Resolution.HAPPENED),
    "rerun": lambda play: play.resolve(Resolution.RERUN),
    "did not": lambda play: play.resolve(Resolution.FAILED),
}

IDLE = {
    "start": "Refused",
    "approve": "NotFound",
    "happened": "Refused",
    "rerun": "Refused",
    "did not": "Refused",
}
CLOSED = IDLE | {"cancel": "Refused", "kill": "Refused"}
STOPPED = "run.cancelling, step.ended a cancelled, run.ended cancelled"

TABLE: Mapping[Callable[[], Play], Mapping[str, str]] = {
    _pending: IDLE
    | {
        "cancel": "run.cancelling, step.ended before cancelled, step.ended a cancelled, run.ended cancelled",
        "kill": "run.cancelling, step.ended before cancelled, step.ended a cancelled, run.ended cancelled",
    },
    _queued: IDLE | {"start": "run.started, attempt.started a", "cancel": STOPPED, "kill": STOPPED},
    _running: IDLE
    | {
        "adopt": "attempt.adopted a",
        "time out": "attempt.timed_out a",
        "finish well": "attempt.ended a succeeded, step.ended a succeeded, run.ended succeeded",
        "finish badly": "attempt.ended a failed, step.retrying a, run.waiting",
        "lose": "attempt.ended a lost, step.indeterminate a, run.waiting",
        "cancel": "run.cancelling",
        "kill": "run.cancelling",
    },
    _timed_out: IDLE
    | {
        "adopt": "attempt.adopted a",
        "finish well": "attempt.ended a timed_out, step.retrying a, run.waiting",
        "finish badly": "attempt.ended a timed_out, step.retrying a, run.waiting",
        "lose": "attempt.ended a lost, step.indeterminate a, run.waiting",
        "cancel": "run.cancelling",
        "kill": "run.cancelling",
    },
    _retry_wait: IDLE | {"wake": "step.queued a, run.continued", "cancel": STOPPED, "kill": STOPPED},
    _waiting: IDLE
    | {
        "approve": "gate.decided a, gate.closed a approved, step.ended a succeeded, run.ended succeeded",
        "expire": "gate.closed a expired, step.ended a rejected, run.ended rejected",
        "cancel": "run.cancelling, gate.closed a cancelled, step.ended a cancelled, run.ended cancelled",
        "kill": "run.cancelling, gate.closed a cancelled, step.ended a cancelled, run.ended cancelled",
    },
    _indeterminate: IDLE
    | {
        "happened": "step.resolved a, step.ended a succeeded, run.ended succeeded",
        "rerun": "step.resolved a, step.queued a, run.continued",
        "did not": "step.resolved a, step.ended a failed, run.ended failed",
        "cancel": STOPPED,
        "kill": STOPPED,
    },
    _cancelling: IDLE
    | {
        "adopt": "attempt.adopted a",
        "time out": "attempt.timed_out a",
        "finish well": "attempt.ended a succeeded, step.ended a succeeded, run.ended cancelled",
        "finish badly": "attempt.ended a cancelled, step.ended a cancelled, run.ended cancelled",
        "lose": "attempt.ended a lost, step.ended a cancelled, run.ended cancelled",
        "kill": "run.cancelling",
    },
    _halting: IDLE
    | {
        "adopt": "attempt.adopted a",
        "time out": "attempt.timed_out a",
        "finish well": "attempt.ended a succeeded, step.ended a succeeded, run.ended failed",
        "finish badly": "attempt.ended a failed, step.ended a failed, run.ended failed",
        "lose": "attempt.ended a lost, step.indeterminate a, run.waiting",
        "cancel": "run.cancelling",
        "kill": "run.cancelling",
    },
    _halting_unknown: IDLE
    | {
        "happened": "step.resolved a, step.ended a succeeded, run.ended failed",
        "rerun": "step.resolved a, step.ended a cancelled, run.ended failed",
        "did not": "step.resolved a, step.ended a failed, run.ended failed",
        "cancel": STOPPED,
        "kill": STOPPED,
    },
    _succeeded: CLOSED,
    _failed: CLOSED,
}


@pytest.mark.parametrize("situation", TABLE, ids=lambda situation: situation.__name__.strip("_"))
@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_has_exactly_the_effect_that_the_table_says(
    situation: Callable[[], Play], name: str
) -> None:
    play = situation()
    before = play.run.copy()
    try:
        followed = ", ".join(COMMANDS[name](play))
    except OpsgateError as problem:
        followed = type(problem).__name__
    assert followed == TABLE[situation].get(name, "")
    if followed in ("", "Refused", "NotFound"):
        assert play.run == before


def test_the_situations_are_the_states_they_claim_to_be() -> None:
    states = {situation().step().state for situation in TABLE}
    assert states >= {
        StepState.PENDING,
        StepState.QUEUED,
        StepState.RUNNING,
        StepState.RETRY_WAIT,
        StepState.WAITING,
        StepState.INDETERMINATE,
        StepState.SUCCEEDED,
        StepState.FAILED,
    }


@pytest.mark.parametrize(
    "command", [c.StartAttempt("nowhere"), c.WakeStep("nowhere"), c.ResolveStep("nowhere", Resolution.RERUN)]
)
def test_a_step_that_does_not_exist_is_not_found(command: c.Command) -> None:
    with pytest.raises(OpsgateError, match="has no step nowhere"):
        _running().do(command)


@pytest.mark.parametrize(
    "command",
    [
        c.AdoptAttempt("nowhere", 1),
        c.TimeOutAttempt("nowhere", 1),
        c.FinishAttempt("nowhere", 1),
        c.LoseAttempt("nowhere", 1, "gone"),
        c.RecordAgent("nowhere", 1, 0, ({"type": "agent.message"},)),
        c.ExpireGate("nowhere"),
    ],
)
def test_a_report_about_nothing_known_changes_nothing(command: c.Command) -> None:
    assert _running().do(command) == []
