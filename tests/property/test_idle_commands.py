"""Commands that come late, twice, or to the wrong state, tried after every move of a run: nothing changes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import invariant

from engine.core import commands as c
from engine.core.decide import decide
from engine.core.errors import Conflict, InvalidInput, NotAllowed, OpsgateError, Refused, StaleDigest
from engine.core.facts import ENGINE, Actor
from engine.core.run import Gate, Step
from engine.core.states import GateState, Resolution, StepState, Verdict

from .moves import Moves, may_decide
from .workflows import PEOPLE


def reports(step: Step) -> Iterator[c.Command]:
    """Everything that can be heard about attempts other than the one in flight."""
    in_flight = step.attempt if step.state is StepState.RUNNING else None
    for attempt in {0, step.attempt - 1, step.attempt, step.attempt + 1} - {in_flight}:
        yield c.AdoptAttempt(step.id, attempt)
        yield c.TimeOutAttempt(step.id, attempt)
        yield c.FinishAttempt(step.id, attempt, exit_code=0, result={"state": {"k": 9}})
        yield c.FinishAttempt(step.id, attempt, exit_code=1)
        yield c.LoseAttempt(step.id, attempt, "late")
        yield c.LoseAttempt(step.id, attempt, "late", started=False)
        yield c.RecordAgent(step.id, attempt, 0, ({"type": "usage", "input_tokens": 1},))


class IdleCommands(Moves):
    """Any run; after each of its moves, all that must not move it."""

    def idle(self, command: c.Command, actor: Actor = ENGINE) -> None:
        decision = decide(self.run, command, self.at, actor, "again")
        assert (decision.facts, decision.run) == ((), self.run)

    def refused(
        self, kind: type[OpsgateError], command: c.Command, actor: Actor = PEOPLE[1], reason: str = "because"
    ) -> None:
        before = self.run.copy()
        with pytest.raises(OpsgateError) as caught:
            decide(self.run, command, self.at, actor, reason)
        assert type(caught.value) is kind
        assert self.run == before

    @invariant()
    def late_reports_change_nothing(self) -> None:
        for step in self.run.steps.values():
            for command in reports(step):
                self.idle(command)

    @invariant()
    def only_a_step_that_is_due_wakes(self) -> None:
        for step in self.run.steps.values():
            if step.state is not StepState.RETRY_WAIT or (step.due is not None and self.at < step.due):
                self.idle(c.WakeStep(step.id))

    @invariant()
    def only_a_queued_step_starts(self) -> None:
        for step in self.run.steps.values():
            if step.state is not StepState.QUEUED:
                self.refused(Refused, c.StartAttempt(step.id))

    @invariant()
    def only_an_unknown_outcome_is_resolved(self) -> None:
        for step in self.run.steps.values():
            if step.state is not StepState.INDETERMINATE:
                for resolution in Resolution:
                    self.refused(Refused, c.ResolveStep(step.id, resolution))

    @invariant()
    def a_run_that_has_ended_is_not_cancelled(self) -> None:
        if self.run.state.is_final:
            for force in (True, False):
                self.refused(Refused, c.CancelRun(force))

    @invariant()
    def a_deadline_strikes_only_open_gates_and_not_early(self) -> None:
        for gate in self.run.gates.values():
            if gate.state is not GateState.OPEN or gate.deadline is None or self.at < gate.deadline:
                self.idle(c.ExpireGate(gate.id))

    @invariant()
    def nobody_decides_what_is_not_theirs(self) -> None:
        for gate in self.run.gates.values():
            for person in PEOPLE:
                for verdict in Verdict:
                    self.try_to_decide(gate, person, verdict)

    def try_to_decide(self, gate: Gate, person: Actor, verdict: Verdict) -> None:
        action = self.action(gate)
        command = c.DecideGate(gate.id, verdict, gate.digest)
        earlier = [made.verdict for made in gate.decisions if made.actor == person.name]
        if verdict in earlier:
            self.idle(command, person)
        elif gate.state is not GateState.OPEN:
            self.refused(Conflict, command, person)
        elif verdict not in action.allowed:
            self.refused(Refused, command, person)
        elif earlier:
            self.refused(Conflict, command, person)
        elif not may_decide(person, gate, action):
            self.refused(NotAllowed, command, person)
        else:
            self.refused(StaleDigest, c.DecideGate(gate.id, verdict, "0" * 64), person)
            if verdict is Verdict.REJECT:
                self.refused(InvalidInput, command, person, reason=" ")


TestIdleCommands = IdleCommands.TestCase
TestIdleCommands.settings = settings(
    max_examples=50, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
