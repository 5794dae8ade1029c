"""`docs/recovery.md` names every file of a home, and says of each word what the core does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.core.policy import MAX_LOST
from engine.core.states import Effects, OnFailure, Resolution, StepState
from tests.docs.pages import page, rows, sections, words
from tests.support import Operator, workflow
from tests.unit.core.build import Play, step
from tests.unit.core.build import workflow as steps

PARTS = sections(page("recovery.md"))
ALL_KINDS = """
workflow: all-kinds
defaults: {on_failure: halt}
agents: {teller: {use: scripted, script: tell.yaml}}
steps:
  - {id: program, script: "echo {} > $OPSGATE_RESULT; echo kept > kept", artifacts: [kept]}
  - {id: agent, agent: teller, prompt: Tell}
"""


@pytest.mark.parametrize("effects", Effects)
def test_a_lost_attempt_is_followed_by_what_the_page_says(effects: Effects) -> None:
    said = {words(row[0])[0]: row[1] for row in rows(PARTS["What lost means, by effects"])}
    play = Play(steps(step("a", effects=effects)))
    play.start()
    play.lose()
    asked = play.step().state is StepState.INDETERMINATE
    assert asked is said[effects].startswith("`indeterminate`")


def test_after_the_fourth_loss_a_person_is_asked() -> None:
    assert "After the fourth loss" in PARTS["What lost means, by effects"]
    assert MAX_LOST == 3, "the losses that are followed by another attempt"


@pytest.mark.parametrize("resolution", Resolution)
@pytest.mark.parametrize("policy", OnFailure)
def test_each_answer_moves_the_step_as_the_page_says(resolution: Resolution, policy: OnFailure) -> None:
    said = {words(row[0])[0]: row[1] for row in rows(PARTS["An indeterminate step"])}
    play = Play(steps(step("a", on_failure=policy)))
    play.start()
    play.lose()
    play.resolve(resolution)
    assert f"`{play.step().state}`" in said[resolution]


def test_every_file_of_a_home_is_on_the_page(operator: Operator, tmp_path: Path) -> None:
    (tmp_path / "tell.yaml").write_text("script: [{message: hello}]\n")
    operator("run", workflow(tmp_path, ALL_KINDS), "--wait")
    strange = {
        name for name in files(operator.home) if not any(re.fullmatch(known, name) for known in known_files())
    }
    assert strange == set()


def files(home: Path) -> Iterator[str]:
    """Every file of the home, but for what a step left in its working folder."""
    for path in home.rglob("*"):
        name = str(path.relative_to(home))
        if not path.is_dir() and "work" not in path.relative_to(home).parts:
            yield name


def known_files() -> list[str]:
    """The files on the page as patterns."""
    names = []
    for row in rows(PARTS["The files of a home"]):
        place, *others = words(row[0])
        inside = [name for name in words(row[1]) if not name.startswith("$")]
        names += [f"{place}{name}" for name in inside] if place.endswith("/") else [place, *others, *inside]
    wild = {"ab/abcd…": "[0-9a-f]{2}/[0-9a-f]{64}", "RUN": "r[0-9a-z]+", "STEP": "[a-z]+", "NUMBER": "[0-9]+"}
    for word, pattern in wild.items():
        names = [name.replace(word, pattern) for name in names]
    return [name.replace("host-…", "host-[0-9a-f]+") for name in names]
