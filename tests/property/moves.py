"""A run of a random workflow, moved by random commands out of those that are enabled.

Commands that are allowed are never refused, so a refusal is a failure of the test. What a command may lead
to is judged by the oracle.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from engine.core import commands as c
from engine.core import facts as f
from engine.core.decide import decide
from engine.core.facts import ENGINE, Actor
from engine.core.run import Gate, new_run
from engine.core.states import AttemptState, Resolution, RunState, StepState, Verdict
from engine.core.workflow import GateAction, Workflow

from .oracle import Oracle
from .workflows import INPUTS, PEOPLE, STARTER, workflows

ENDINGS: tuple[dict[str, Any], ...] = (
    {"exit_code": 0},
    {"exit_code": 0, "result": {"state": {"k": 1}, "output": {"n": 2}}},
    {"exit_code": 0, "result": {"state": {"k": 2}, "output": {"n": 0}, "caveats": ["odd"]}},
    {"exit_code": 0, "artifacts": (f.Artifact("report", 3, "a" * 64),)},
    {"exit_code": 0, "result": {"state": {"undeclared": 1}}},
    {"exit_code": 1},
    {"exit_code": 2},
    {"signal": 9},
)
REPORTS = ({"type": "usage", "input_tokens": 3, "cost_usd": 0.5}, {"type": "run.ended"})
Move = partial[None]


def may_decide(person: Actor, gate: Gate, action: GateAction) -> bool:
    """Whether a person may answer now, by the words of the format."""
    if person.name in {decision.actor for decision in gate.decisions}:
        return False
    if action.four_eyes and person == STARTER:
        return False
    named = person.name in action.users or any(role in person.groups for role in action.roles)
    return named or not (action.users or action.roles)


class Moves(RuleBasedStateMachine):
    """One run from its creation to its end. Subclasses say what has to hold after each move."""

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

    def action(self, gate: Gate) -> GateAction:
        action = self.run.workflow.by_id[gate.step].action
        assert isinstance(action, GateAction)
        return action

    def moves(self) -> list[list[Move]]:
        """Every command that is enabled now, by kind."""
        running = self.ids(StepState.RUNNING)
        unknown = self.ids(StepState.INDETERMINATE)
        gates = self.run.open_gates
        kinds: list[list[Move]] = [
            [partial(self.start, step) for step in self.ids(StepState.QUEUED)],
            [partial(self.finish, step, ending) for step in running for ending in ENDINGS],
            [partial(self.lose, step, started) for step in running for started in (True, False)],
            [partial(self.time_out, step) for step in running],
            [partial(self.adopt, step) for step in running]
            + [partial(self.report, step) for step in running],
            [partial(self.wake, step) for step in self.ids(StepState.RETRY_WAIT)],
            [
                partial(self.answer, gate, person, verdict)
                for gate in gates
                for person in PEOPLE
                for verdict in self.action(gate).allowed
                if may_decide(person, gate, self.action(gate))
            ],
            [partial(self.resolve, step, answer) for step in unknown for answer in Resolution],
            [partial(self.expire, gate) for gate in gates if gate.deadline is not None],
        ]
        return [kind for kind in kinds if kind]

    @rule(kind=st.integers(0, 23), option=st.integers(0, 47), chance=st.floats(0, 1))
    def move(self, kind: int, option: int, chance: float) -> None:
        """One enabled command; now and then a cancel, or all that is left until the end."""
        self.chance = chance
        self.at += option / 4
        if self.run.state.is_final:
            return
        if kind == 23:
            self.cancel(force=option % 2 == 1)
        elif kind == 22:
            self.reach_the_end()
        elif kinds := self.moves():
            chosen = kinds[kind % len(kinds)]
            chosen[option % len(chosen)]()

    def start(self, step: str) -> None:
        attempt = self.run.steps[step].attempt + 1
        assert self.do(c.StartAttempt(step))[-1] == f.AttemptStarted(step, attempt)

    def finish(self, step: str, ending: dict[str, Any]) -> None:
        attempt = self.run.steps[step].attempt
        assert self.do(c.FinishAttempt(step, attempt, chance=self.chance, **ending))

    def lose(self, step: str, started: bool) -> None:
        attempt = self.run.steps[step].attempt
        followed = self.do(c.LoseAttempt(step, attempt, "it vanished", started))
        assert followed[0] == f.AttemptEnded(step, attempt, AttemptState.LOST, error="it vanished")
        may_repeat = self.run.workflow.by_id[step].effects.may_repeat or not started
        assert may_repeat or f.StepQueued(step) not in followed

    def time_out(self, step: str) -> None:
        now = self.run.steps[step]
        if self.run.workflow.by_id[step].timeout is not None:
            assert bool(self.do(c.TimeOutAttempt(step, now.attempt))) is not now.timed_out

    def adopt(self, step: str) -> None:
        attempt = self.run.steps[step].attempt
        assert self.do(c.AdoptAttempt(step, attempt)) == (f.AttemptAdopted(step, attempt),)

    def report(self, step: str) -> None:
        now = self.run.steps[step]
        assert len(self.do(c.RecordAgent(step, now.attempt, now.agent_position, REPORTS))) == len(REPORTS)

    def wake(self, step: str) -> None:
        self.at = max(self.at, self.run.steps[step].due or 0.0)
        assert self.do(c.WakeStep(step))[0] == f.StepQueued(step)

    def answer(self, gate: Gate, person: Actor, verdict: Verdict) -> None:
        assert self.do(c.DecideGate(gate.id, verdict, gate.digest), person, "because")

    def expire(self, gate: Gate) -> None:
        self.at = max(self.at, gate.deadline or 0.0)
        holds = self.action(gate).on_deadline == "hold"
        assert bool(self.do(c.ExpireGate(gate.id))) is not holds

    def resolve(self, step: str, resolution: Resolution) -> None:
        assert self.do(c.ResolveStep(step, resolution), PEOPLE[1])

    def cancel(self, *, force: bool) -> None:
        again = self.run.state is RunState.CANCELLING and (self.run.force or not force)
        assert bool(self.do(c.CancelRun(force), PEOPLE[1])) is not again

    def reach_the_end(self) -> None:
        """Whatever has happened so far, the run can be brought to its end."""
        for _ in range(10 * len(self.run.steps)):
            if self.run.state.is_final:
                return
            easiest = next((kind[0] for kind in self.moves()), None)
            if easiest is None or easiest.func == self.expire:
                self.cancel(force=True)  # nobody is left who may decide
            else:
                easiest()
        raise AssertionError("the run does not end")
