"""A release is tested and compiled before anybody is asked about it."""

from __future__ import annotations

import sys

import pytest

from sample_workflows.release_steps import ReleaseError, lint, unit_tests
from tests.samples.conftest import Train
from tests.samples.repositories import commit, git, write


def test_passing_tests_are_counted_and_logged(demo_train: Train, capsys: pytest.CaptureFixture[str]) -> None:
    demo_train.checkout()
    assert unit_tests(str(demo_train.tree))["output"]["summary"].startswith("Ran 13 tests in ")
    assert "test_amounts_end_in_one_column" in capsys.readouterr().out
    assert git(demo_train.tree, "status", "--porcelain", "--ignored") == ""


@pytest.mark.parametrize("switch", [True, "true"])
def test_a_failing_test_fails_the_step(demo_train: Train, switch: object) -> None:
    demo_train.checkout()
    with pytest.raises(ReleaseError, match=r"the tests failed \(exit code 1\)"):
        unit_tests(str(demo_train.tree), switch=switch)


def test_tests_in_no_package_are_found(flat_train: Train) -> None:
    flat_train.checkout()
    assert unit_tests(str(flat_train.tree), switch=True)["output"]["summary"].startswith("Ran 1 test in ")


def test_sources_below_src_are_importable(flat_train: Train) -> None:
    (flat_train.repo / "src").mkdir()
    git(flat_train.repo, "mv", "squares.py", "src/squares.py")
    commit(flat_train.repo, "Move")
    flat_train.checkout()
    assert unit_tests(str(flat_train.tree))["output"]["summary"].startswith("Ran 1 test in ")


def test_a_suite_without_tests_is_no_success(flat_train: Train) -> None:
    git(flat_train.repo, "rm", "-r", "--quiet", "tests")
    commit(flat_train.repo, "Trust me")
    flat_train.checkout()
    with pytest.raises(ReleaseError, match="found no tests"):
        unit_tests(str(flat_train.tree))


def test_pytest_can_run_them(flat_train: Train) -> None:
    flat_train.checkout()
    summary = unit_tests(str(flat_train.tree), runner="pytest", python=sys.executable)["output"]["summary"]
    assert summary.startswith("1 passed")


def test_an_interpreter_that_is_missing_is_named(flat_train: Train) -> None:
    flat_train.checkout()
    with pytest.raises(ReleaseError, match="cannot start /no/such/python"):
        unit_tests(str(flat_train.tree), python="/no/such/python")


def test_clean_sources_pass_and_leave_nothing_behind(demo_train: Train) -> None:
    demo_train.checkout()
    result = lint(str(demo_train.tree))
    assert result["caveats"] == []
    assert result["output"]["files"] == len(git(demo_train.repo, "ls-files", "*.py").splitlines())
    assert git(demo_train.tree, "status", "--porcelain", "--ignored") == ""


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("if True\n    pass\n", "SyntaxError: expected ':'"),
        ("PATTERN = '\\d'\n", "SyntaxError: invalid escape sequence"),
        ("if 1:\n        x = 1\n\ty = 2\n", "TabError"),
    ],
)
def test_a_file_that_does_not_compile_cleanly_is_named(flat_train: Train, source: str, reason: str) -> None:
    write(flat_train.repo, {"odd näme.py": source})
    commit(flat_train.repo, "Odd")
    flat_train.checkout()
    with pytest.raises(ReleaseError, match=rf"odd n.*me\.py.*{reason}"):
        lint(str(flat_train.tree))


def test_stray_whitespace_is_a_caveat(flat_train: Train) -> None:
    write(flat_train.repo, {"spaces.py": "x = 1  \n"})
    commit(flat_train.repo, "Spaces")
    flat_train.checkout()
    assert ["trailing whitespace" in caveat for caveat in lint(str(flat_train.tree))["caveats"]] == [True]
