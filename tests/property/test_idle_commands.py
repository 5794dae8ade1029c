"""Commands that come late, twice, or to the wrong state, sent between all the others: nothing moves."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from engine.core import commands as c
from engine.core.errors import Conflict, InvalidInput, NotAllowed, OpsgateError, Refused, StaleDigest
from engine.core.facts import Actor
from engine.core.states import GateState, Resolution, StepState, Verdict

from .test_any_run import AnyRun, may_decide, picks
from .workflows import PEOPLE


class IdleCommands(AnyRun):
    """Any run, with disabled, duplicate and late commands in between."""

    def refused(
        self,
        kind: type[OpsgateError],
        command: c.Command,
        actor: Actor = PEOPLE[1],
        reason: str | None = "so",
    ) -> None:
        before = self.run.copy()
        with pytest.raises(kind):
            self.do(command, actor, reason)
        assert self.run == before

    @rule(number=picks, attempt=st.integers(-1, 5), started=st.booleans())
    def report_about_an_attempt_that_is_not_in_flight(self, number: int, attempt: int, started: bool) -> None:
        step = self.pick(number, *StepState)
        if step.state is StepState.RUNNING and step.attempt == attempt:
            return
        for command in (
            c.AdoptAttempt(step.id, attempt),
            c.TimeOutAttempt(step.id, attempt),
            c.FinishAttempt(step.id, attempt, exit_code=0, result={"state": {"k": 9}}),
            c.FinishAttempt(step.id, attempt, exit_code=1),
            c.LoseAttempt(step.id, attempt, "late", started),
            c.RecordAgent(step.id, attempt, 0, ({"type": "usage", "input_tokens": 1},)),
        ):
            assert self.do(command) == ()

    @rule(number=picks)
    def wake_what_does_not_wait(self, number: int) -> None:
        step = self.pick(number, *StepState)
        if step.state is not StepState.RETRY_WAIT or (step.due is not None and self.at < step.due):
            assert self.do(c.WakeStep(step.id)) == ()

    @rule(number=picks)
    def start_what_is_not_queued(self, number: int) -> None:
        step = self.pick(number, *StepState)
        if step.state is not StepState.QUEUED:
            self.refused(Refused, c.StartAttempt(step.id))

    @rule(number=picks, resolution=st.sampled_from(Resolution))
    def resolve_what_is_known(self, number: int, resolution: Resolution) -> None:
        step = self.pick(number, *StepState)
        if step.state is not StepState.INDETERMINATE:
            self.refused(Refused, c.ResolveStep(step.id, resolution))

    @precondition(lambda self: self.run.state.is_final)
    @rule(force=st.booleans())
    def cancel_what_has_ended(self, force: bool) -> None:
        self.refused(Refused, c.CancelRun(force))

    @precondition(lambda self: self.run.gates)
    @rule(number=picks, person=st.sampled_from(PEOPLE), verdict=st.sampled_from(Verdict))
    def decide_what_is_not_yours(self, number: int, person: Actor, verdict: Verdict) -> None:
        gate = list(self.run.gates.values())[number % len(self.run.gates)]
        action = self.action(gate)
        command = c.DecideGate(gate.id, verdict, gate.digest)
        if any((made.actor, made.verdict) == (person.name, verdict) for made in gate.decisions):
            assert self.do(command, person, "again") == ()
        elif gate.state is not GateState.OPEN:
            self.refused(Conflict, command, person)
        elif verdict not in action.allowed:
            self.refused(Refused, command, person)
        elif not may_decide(person, gate, action):
            decided = any(made.actor == person.name for made in gate.decisions)
            self.refused(Conflict if decided else NotAllowed, command, person)
        elif verdict is Verdict.REJECT:
            self.refused(InvalidInput, command, person, reason=" ")

    @precondition(lambda self: self.run.open_gates)
    @rule(number=picks, verdict=st.sampled_from(Verdict))
    def decide_on_other_content(self, number: int, verdict: Verdict) -> None:
        gate = self.run.open_gates[number % len(self.run.open_gates)]
        self.refused(StaleDigest, c.DecideGate(gate.id, verdict, "0" * 64))

    @precondition(lambda self: self.run.gates)
    @rule(number=picks)
    def expire_what_has_time_or_is_closed(self, number: int) -> None:
        gate = list(self.run.gates.values())[number % len(self.run.gates)]
        if gate.state is not GateState.OPEN or gate.deadline is None or self.at < gate.deadline:
            assert self.do(c.ExpireGate(gate.id)) == ()


TestIdleCommands = IdleCommands.TestCase
TestIdleCommands.settings = settings(
    max_examples=80, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
