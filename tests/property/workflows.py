"""Random workflows: acyclic, of all the kinds, policies, conditions and gates that this version has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import strategies as st

from engine.core.conditions import parse
from engine.core.facts import Actor
from engine.core.fields import Field
from engine.core.states import Effects, OnFailure, StepKind, Verdict
from engine.core.workflow import GateAction, Retry, RunAction, StepSpec, Workflow

STARTER = Actor("sam", "kernel", frozenset({"staff"}))
PEOPLE = (
    STARTER,
    Actor("alice", "kernel", frozenset({"release"})),
    Actor("bob", "kernel", frozenset({"release", "staff"})),
)
INPUTS = {"yes": True, "no": False, "count": 3}

Seen = tuple[Mapping[str, Any], Mapping[str, Mapping[str, Any]]]
"""What a condition can see beside the inputs: the shared state, and the outputs of steps that ran."""

CONDITIONS: Mapping[str, Callable[[Seen], bool | None]] = {
    "inputs.yes": lambda _: True,
    "inputs.no": lambda _: False,
    "inputs.count > 2 and not inputs.no": lambda _: True,
    "inputs.count": lambda _: None,
    "state.k == 1": lambda seen: seen[0]["k"] == 1 if "k" in seen[0] else None,
    "has(state.k)": lambda seen: "k" in seen[0],
    "has(steps.s0.output.n)": lambda seen: "n" in seen[1].get("s0", {}),
    "steps.s0.output.n > 1": lambda seen: seen[1]["s0"]["n"] > 1 if "n" in seen[1].get("s0", {}) else None,
}
"""Conditions as text, each with what it means in plain Python; None is a mistake."""

_retries = st.builds(
    Retry,
    attempts=st.integers(1, 3),
    backoff=st.sampled_from([0.0, 5.0]),
    jitter=st.sampled_from([0.0, 0.5]),
    non_retryable_exit_codes=st.sampled_from([frozenset[int](), frozenset({2})]),
)
_gates = st.builds(
    GateAction,
    title=st.sampled_from([*["Go on?"] * 9, "Publish ${state.k}?"]),
    show=st.sampled_from([(), ("state.k", "artifact:s0/report")]),
    users=st.sampled_from([(), ("alice",), ("alice", "sam")]),
    roles=st.sampled_from([(), ("release",)]),
    quorum=st.integers(1, 2),
    four_eyes=st.booleans(),
    allowed=st.sampled_from([(Verdict.APPROVE, Verdict.REJECT), (Verdict.APPROVE,)]),
    form=st.sampled_from([{}, {"note": Field("string", default="none")}]),
    deadline=st.sampled_from([None, 30.0]),
    on_deadline=st.sampled_from(["hold", "reject", "fail", "approve_default"]),
)


# Mistakes end a run early, so they are rarer than answers.
_conditions = st.sampled_from([*[None] * 30, *["inputs.no"] * 8, *CONDITIONS])


@st.composite
def workflows(draw: st.DrawFn) -> Workflow:
    """Some steps, each needing some of the few before it, so that chains and joins are common."""
    count = draw(st.integers(3, 8))
    steps = tuple(draw(_steps(number)) for number in range(count))
    return Workflow("random", "d" * 64, steps=steps, state={"k": Field("integer")})


@st.composite
def _steps(draw: st.DrawFn, number: int) -> StepSpec:
    near = [f"s{index}" for index in range(max(0, number - 3), number)]
    fewest = min(len(near), draw(st.integers(0, 2)))
    needs = draw(st.lists(st.sampled_from(near), unique=True, min_size=fewest)) if near else []
    is_gate = draw(st.integers(0, 3)) == 0
    text = draw(_conditions)
    return StepSpec(
        f"s{number}",
        StepKind.GATE if is_gate else StepKind.RUN,
        draw(_gates) if is_gate else RunAction(("true",)),
        tuple(needs),
        None if text is None else parse(text),
        if_skipped=draw(st.sampled_from([None, None, "run", "skip"])),
        retry=draw(_retries),
        on_failure=draw(st.sampled_from(OnFailure)),
        timeout=draw(st.sampled_from([None, 20.0])),
        effects=draw(st.sampled_from(Effects)),
        writes=("k",),
    )
