"""Random workflows under random, enabled commands: the promises that hold after each of them.

Commands that are allowed are never refused, so a refusal is a failure of the test. What a command may lead
to is judged by the oracle.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from engine.core import commands as c
from engine.core import facts as f
from engine.core.decide import decide
from engine.core.facts import ENGINE, Actor
from engine.core.fold import fold
from engine.core.run import Gate, Step, new_run
from engine.core.states import Resolution, RunState, StepState, Verdict
from engine.core.workflow import GateAction, Workflow

from .oracle import Oracle
from .workflows import INPUTS, PEOPLE, STARTER, workflows

picks = st.integers(0, 11)
endings = st.sampled_from(
    [
        {"exit_code": 0},
        {"exit_code": 0, "result": {"state": {"k": 1}, "output": {"n": 2}}},
        {"exit_code": 0, "result": {"state": {"k": 2}, "output": {"n": 0}, "caveats": ["odd"]}},
        {"exit_code": 0, "result": {"state": {"undeclared": 1}}},
        {"exit_code": 0, "artifacts": (f.Artifact("report", 3, "a" * 64),)},
        {"exit_code": 1},
        {"exit_code": 2},
        {"signal": 9},
        {"error": "no such program"},
    ]
)

MOVABLE = {
    StepState.QUEUED,
    StepState.RUNNING,
    StepState.RETRY_WAIT,
    StepState.WAITING,
    StepState.INDETERMINATE,
}


def while_some_step_is(state: StepState) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return precondition(lambda machine: bool(machine.ids(state)))


def may_decide(person: Actor, gate: Gate, action: GateAction) -> bool:
    """Whether a person may answer now, by the words of the format."""
    if person.name in {decision.actor for decision in gate.decisions}:
        return False
    if action.four_eyes and person == STARTER:
        return False
    named = person.name in action.users or any(role in person.groups for role in action.roles)
    return named or not (action.users or action.roles)


class AnyRun(RuleBasedStateMachine):
    """One run from its creation to its end."""

    @initialize(workflow=workflows())
    def create(self, workflow: Workflow) -> None:
        self.at = 1000.0
        self.log: list[tuple[f.RunFact, float, Actor, str | None]] = []
        self.oracle = Oracle(workflow)
        self.run = new_run("r1", workflow)
        self.do(c.CreateRun(INPUTS, "/runs/r1"), STARTER)

    def do(
        self, command: c.Command, actor: Actor = ENGINE, reason: str | None = None
    ) -> tuple[f.RunFact, ...]:
        before, kept = self.run, self.run.copy()
        decision = decide(before, command, self.at, actor, reason)
        again = decide(before, command, self.at, actor, reason)
        assert before == kept, "the run that came in was changed"
        assert (again.facts, again.run) == (decision.facts, decision.run), "deciding is not a function"
        for fact in decision.facts:
            self.oracle.hear(fact)
            self.log.append((fact, self.at, actor, reason))
        self.run = decision.run
        return decision.facts

    def ids(self, *states: StepState) -> list[str]:
        return [step.id for step in self.run.steps.values() if step.state in states]

    def pick(self, number: int, *states: StepState) -> Step:
        found = self.ids(*states)
        return self.run.steps[found[number % len(found)]]

    def action(self, gate: Gate) -> GateAction:
        action = self.run.workflow.by_id[gate.step].action
        assert isinstance(action, GateAction)
        return action

    @while_some_step_is(StepState.QUEUED)
    @rule(number=picks)
    def start(self, number: int) -> None:
        step = self.pick(number, StepState.QUEUED)
        assert self.do(c.StartAttempt(step.id))[-1] == f.AttemptStarted(step.id, step.attempt + 1)

    @while_some_step_is(StepState.RUNNING)
    @rule(number=picks, ending=endings, chance=st.floats(0, 1))
    def finish(self, number: int, ending: dict[str, Any], chance: float) -> None:
        step = self.pick(number, StepState.RUNNING)
        assert self.do(c.FinishAttempt(step.id, step.attempt, chance=chance, **ending))

    @while_some_step_is(StepState.RUNNING)
    @rule(number=picks, started=st.booleans())
    def lose(self, number: int, started: bool) -> None:
        step = self.pick(number, StepState.RUNNING)
        assert self.do(c.LoseAttempt(step.id, step.attempt, "it vanished", started))

    @while_some_step_is(StepState.RUNNING)
    @rule(number=picks)
    def time_out(self, number: int) -> None:
        step = self.pick(number, StepState.RUNNING)
        if self.run.workflow.by_id[step.id].timeout is not None:
            assert bool(self.do(c.TimeOutAttempt(step.id, step.attempt))) is not step.timed_out

    @while_some_step_is(StepState.RUNNING)
    @rule(number=picks)
    def adopt(self, number: int) -> None:
        step = self.pick(number, StepState.RUNNING)
        assert self.do(c.AdoptAttempt(step.id, step.attempt)) == (f.AttemptAdopted(step.id, step.attempt),)

    @while_some_step_is(StepState.RUNNING)
    @rule(number=picks)
    def report(self, number: int) -> None:
        step = self.pick(number, StepState.RUNNING)
        events = ({"type": "usage", "input_tokens": 3, "cost_usd": 0.5}, {"type": "run.ended"})
        assert len(self.do(c.RecordAgent(step.id, step.attempt, step.agent_position, events))) == 2

    @while_some_step_is(StepState.RETRY_WAIT)
    @rule(number=picks)
    def wake(self, number: int) -> None:
        step = self.pick(number, StepState.RETRY_WAIT)
        assert step.due is not None
        self.at = max(self.at, step.due)
        assert self.do(c.WakeStep(step.id))[0] == f.StepQueued(step.id)

    @while_some_step_is(StepState.WAITING)
    @rule(number=picks, person=st.sampled_from(PEOPLE), verdict=st.sampled_from(Verdict))
    def answer(self, number: int, person: Actor, verdict: Verdict) -> None:
        gate = self.run.open_gates[number % len(self.run.open_gates)]
        action = self.action(gate)
        if verdict in action.allowed and may_decide(person, gate, action):
            assert self.do(c.DecideGate(gate.id, verdict, gate.digest), person, "because")

    @while_some_step_is(StepState.WAITING)
    @rule(number=picks)
    def expire(self, number: int) -> None:
        gate = self.run.open_gates[number % len(self.run.open_gates)]
        if gate.deadline is not None:
            self.at = max(self.at, gate.deadline)
            holds = self.action(gate).on_deadline == "hold"
            assert bool(self.do(c.ExpireGate(gate.id))) is not holds

    @while_some_step_is(StepState.INDETERMINATE)
    @rule(number=picks, resolution=st.sampled_from(Resolution))
    def resolve(self, number: int, resolution: Resolution) -> None:
        step = self.pick(number, StepState.INDETERMINATE)
        assert self.do(c.ResolveStep(step.id, resolution), PEOPLE[1])

    @precondition(lambda self: not self.run.state.is_final)
    @rule(force=st.booleans(), meant=st.integers(0, 3))
    def cancel(self, force: bool, meant: int) -> None:
        if meant == 0:
            again = self.run.state is RunState.CANCELLING and (self.run.force or not force)
            assert bool(self.do(c.CancelRun(force), PEOPLE[1])) is not again

    @rule(seconds=st.sampled_from([0.001, 1.0, 60.0]))
    def let_time_pass(self, seconds: float) -> None:
        self.at += seconds

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
    def each_open_gate_has_its_waiting_step(self) -> None:
        assert sorted(gate.step for gate in self.run.open_gates) == sorted(self.ids(StepState.WAITING))

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
            case RunState.CANCELLING:
                assert self.ids(StepState.RUNNING)
            case _:
                assert self.run.state.is_final

    @invariant()
    def a_step_holds_what_it_declares_and_nothing_else(self) -> None:
        declared = {field.name for field in fields(Step)}
        assert all(vars(step).keys() == declared for step in self.run.steps.values())

    @rule(meant=st.integers(0, 5))
    def reach_the_end(self, meant: int) -> None:
        """Whatever has happened so far, the run can be brought to its end."""
        if meant != 0:
            return
        for _ in range(20 * len(self.run.steps) + 5):
            if self.run.state.is_final:
                return
            self.go_on()
        raise AssertionError("the run does not end")

    def go_on(self) -> None:
        """Do one thing that brings the run nearer to its end."""
        if self.ids(StepState.RUNNING):
            self.finish(0, {"exit_code": 0}, 0.5)
        elif self.ids(StepState.QUEUED):
            self.start(0)
        elif self.ids(StepState.RETRY_WAIT):
            self.wake(0)
        elif self.ids(StepState.INDETERMINATE):
            self.resolve(0, Resolution.HAPPENED)
        else:
            self.close_a_gate(self.run.open_gates[0])

    def close_a_gate(self, gate: Gate) -> None:
        """Approve it, or end the run when nobody is left who may."""
        person = next((one for one in PEOPLE if may_decide(one, gate, self.action(gate))), None)
        if person is None:
            self.cancel(force=False, meant=0)
        else:
            self.answer(0, person, Verdict.APPROVE)


TestAnyRun = AnyRun.TestCase
TestAnyRun.settings = settings(
    max_examples=100, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
