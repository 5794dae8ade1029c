"""Random workflows under random, enabled commands: the promises that hold after each of them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import fields

from hypothesis import HealthCheck, settings
from hypothesis.stateful import invariant

from engine.core import facts as f
from engine.core.fold import fold
from engine.core.run import Step, new_run
from engine.core.states import GateState, RunState, StepState

from .moves import Moves

MOVABLE = {
    StepState.QUEUED,
    StepState.RUNNING,
    StepState.RETRY_WAIT,
    StepState.WAITING,
    StepState.INDETERMINATE,
}


class AnyRun(Moves):
    """What holds at any time."""

    @invariant()
    def the_oracle_agrees_on_every_step(self) -> None:
        assert {step.id: step.state.value for step in self.run.steps.values()} == self.oracle.fates
        assert self.run.stopping == (self.oracle.stopping or bool(self.oracle.ended))

    @invariant()
    def counters_equal_a_recount(self) -> None:
        count = Counter(step.state for step in self.run.steps.values())
        assert {state: number for state, number in self.run.count.items() if number} == count
        assert self.run.unfinished == sum(not step.state.is_final for step in self.run.steps.values())

    @invariant()
    def the_history_alone_makes_the_same_run(self) -> None:
        again = new_run(self.run.id, self.run.workflow)
        for fact, at, actor, reason in self.log:
            stored = json.loads(json.dumps(f.encode(fact)))
            decoded = f.decode(f.event_type(fact), stored)
            assert decoded == fact
            fold(again, decoded, at, actor, reason)
        assert again == self.run

    @invariant()
    def a_run_that_has_ended_leaves_nothing_open(self) -> None:
        if self.run.state.is_final:
            assert self.run.unfinished == 0
            assert not self.run.open_gates
            assert self.run.ended_at is not None

    @invariant()
    def a_run_that_has_not_ended_can_be_moved(self) -> None:
        if not self.run.state.is_final:
            assert any(step.state in MOVABLE for step in self.run.steps.values())

    @invariant()
    def nothing_waits_that_could_go_on(self) -> None:
        if not self.oracle.stopping:
            assert {self.oracle.due(spec) for spec in self.run.workflow.steps} <= {"wait", "over"}

    @invariant()
    def each_open_gate_waits_for_a_decision(self) -> None:
        assert sorted(gate.step for gate in self.run.open_gates) == sorted(self.ids(StepState.WAITING))
        assert all(self.oracle.decided(gate.id) is GateState.OPEN for gate in self.run.open_gates)

    @invariant()
    def the_state_of_the_run_says_what_its_steps_do(self) -> None:
        moving = bool(self.ids(StepState.QUEUED, StepState.RUNNING))
        match self.run.state:
            case RunState.QUEUED:
                assert moving and not self.oracle.attempts
            case RunState.RUNNING:
                assert moving
            case RunState.WAITING:
                assert not moving and self.run.why
                gates = [gate.id for gate in self.run.open_gates]
                assert not gates or any(gate in self.run.why for gate in gates)
            case RunState.CANCELLING:
                assert self.ids(StepState.RUNNING)
            case _:
                assert self.run.state.is_final

    @invariant()
    def a_step_holds_what_it_declares_and_nothing_else(self) -> None:
        declared = {field.name for field in fields(Step)}
        assert all(vars(step).keys() == declared for step in self.run.steps.values())


TestAnyRun = AnyRun.TestCase
TestAnyRun.settings = settings(
    max_examples=100, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
