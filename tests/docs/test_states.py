"""`docs/states.md`: its words are the code's, and its arrows are exactly the transitions that runs make."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from engine.core import facts as f
from engine.core.fold import fold
from engine.core.run import Run, new_run
from engine.core.states import AttemptState, GateState, RunState, StepState
from tests.docs import generated
from tests.docs.histories import histories
from tests.docs.pages import page, sections, words
from tests.property.moves import Moves

TEXT = page("states.md")
PARTS = {"Runs": RunState, "Steps": StepState, "Attempts": AttemptState, "Gates": GateState}
Move = tuple[str, str, str]
"""A section, and the word before and after; the first word of something is preceded by `[*]`."""


def drawn() -> set[Move]:
    return {
        (part, *arrow)
        for part in PARTS
        for arrow in re.findall(r"^ +(\S+) --> (\w+)", sections(TEXT)[part], re.MULTILINE)
    }


def moves(run: Run, log: Iterable[f.RunFact], at: float) -> Iterator[Move]:
    """Every transition that a history makes."""
    run = new_run(run.id, run.workflow)
    yield ("Runs", "[*]", run.state)
    attempts: dict[Any, str] = {}
    for fact in log:
        before = run.copy()
        fold(run, fact, at)
        yield ("Runs", before.state, run.state)
        yield from (("Steps", before.steps[name].state, now.state) for name, now in run.steps.items())
        for name, now in run.gates.items():
            known = before.gates.get(name)
            yield ("Gates", known.state if known else "[*]", now.state)
        if isinstance(fact, f.AttemptStarted):
            attempts[fact.step] = AttemptState.RUNNING
            yield ("Attempts", "[*]", AttemptState.RUNNING)
        if isinstance(fact, f.AttemptEnded):
            yield ("Attempts", attempts[fact.step], fact.state)
    yield from (("Steps", "[*]", StepState.PENDING) for _ in run.steps)


def changes(found: Iterable[Move]) -> set[Move]:
    return {(part, str(before), str(after)) for part, before, after in found if before != after}


def test_the_generated_parts_are_current() -> None:
    assert generated.current(TEXT) == TEXT, "run python -m tests.docs.generated"


def test_every_vocabulary_is_on_the_page() -> None:
    assert set(generated.names(TEXT)) == {name for name in generated.PARTS if name[0].isupper()}


@pytest.mark.parametrize("part", PARTS)
def test_every_word_is_drawn_or_said_to_be_unused(part: str) -> None:
    text = sections(TEXT)[part]
    unused = {word for line in text.split("\n\n") if line.startswith("This version") for word in words(line)}
    arrows = {word for section, before, after in drawn() if section == part for word in (before, after)} - {
        "[*]"
    }
    assert arrows | unused == {word.value for word in PARTS[part]}
    assert not arrows & unused


def test_final_words_are_drawn_as_final() -> None:
    for part in ("Runs", "Steps"):
        final = set(re.findall(r"(\w+) --> \[\*\]", sections(TEXT)[part]))
        assert all(PARTS[part](word).meaning.endswith("Final.") for word in final)
        assert not {before for section, before, _ in drawn() if section == part} & final


class AnyTransition(Moves):
    """A run of a random workflow under random commands."""

    def teardown(self) -> None:
        if hasattr(self, "run"):
            made = changes(moves(self.run, [fact for fact, *_ in self.log], self.at))
            assert made <= drawn(), made - drawn()


TestEveryTransitionIsDrawn = AnyTransition.TestCase
TestEveryTransitionIsDrawn.settings = settings(
    max_examples=60, stateful_step_count=20, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def test_every_drawn_transition_happens() -> None:
    made: set[Move] = set()
    for play in histories():
        made |= changes(moves(play.run, play.log, play.at))
    assert drawn() <= made, drawn() - made
