"""`docs/errors.md` has every error with its code, its exit code and what to do."""

from __future__ import annotations

import re

from tests.docs import generated
from tests.docs.pages import page, rows, sections, words

TEXT = page("errors.md")
KINDS = [kind for _, kind in generated.tree()]
GENERAL_EXIT_CODES = {0, 1, 2, 3, 4, 5, 6}


def test_the_generated_parts_are_current() -> None:
    assert generated.current(TEXT) == TEXT, "run python -m tests.docs.generated"


def test_every_code_is_explained_in_the_order_of_the_tree() -> None:
    explained = [words(row[0])[0] for row in rows(sections(TEXT)["What each one means"])]
    assert explained == [kind.code for kind in KINDS]


def test_every_explanation_says_what_to_do() -> None:
    for row in rows(sections(TEXT)["What each one means"]):
        assert len(row) == 3
        assert all(cell.endswith(".") for cell in row[1:]), row[0]


def test_codes_are_unique_and_exit_codes_those_of_the_command_line() -> None:
    assert len({kind.code for kind in KINDS}) == len(KINDS)
    promised = {int(row[0].strip("`")) for row in rows(sections(page("command-line.md"))["Exit codes"])}
    assert {kind.exit_code for kind in KINDS} <= promised
    assert promised >= GENERAL_EXIT_CODES


def test_the_docstring_of_the_code_draws_the_same_tree() -> None:
    import engine.core.errors as errors

    drawn = re.findall(r"(\w+) +exit (\d)", errors.__doc__ or "")
    assert drawn == [(kind.__name__, str(kind.exit_code)) for kind in KINDS]
