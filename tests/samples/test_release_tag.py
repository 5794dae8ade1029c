"""The tag is made once, on what was approved, without moving anything of the user's."""

from __future__ import annotations

import pytest

from sample_workflows.release_steps import ReleaseError
from tests.samples.conftest import Train
from tests.samples.repositories import git, write


def test_the_tag_points_to_a_commit_that_carries_the_release(demo_train: Train) -> None:
    demo_train.checkout()
    demo_train.bump("minor", "- One\n# not a comment")
    result = demo_train.tag()
    repo = demo_train.repo
    assert git(repo, "cat-file", "-t", "v0.4.0") == "tag"
    assert git(repo, "rev-parse", "v0.4.0^{commit}") == result["output"]["commit"]
    assert git(repo, "rev-parse", "v0.4.0^") == demo_train.source["commit"]
    assert 'version = "0.4.0"' in git(repo, "show", "v0.4.0:pyproject.toml")
    assert git(repo, "log", "-1", "--format=%an %s", "v0.4.0^{commit}") == "Tally Maintainers Release 0.4.0"
    assert (
        git(repo, "tag", "--list", "--format=%(contents)", "v0.4.0")
        == "Release 0.4.0\n\n- One\n# not a comment"
    )
    assert result["caveats"] == []


def test_the_users_branch_and_checkout_stay_and_can_take_it_over(demo_train: Train) -> None:
    head = git(demo_train.repo, "rev-parse", "HEAD")
    demo_train.checkout()
    demo_train.bump()
    demo_train.tag()
    assert git(demo_train.repo, "rev-parse", "main", "HEAD") == f"{head}\n{head}"
    assert git(demo_train.repo, "status", "--porcelain") == ""
    git(demo_train.repo, "merge", "--quiet", "--ff-only", "v0.3.1")
    assert git(demo_train.repo, "rev-parse", "main") == git(demo_train.repo, "rev-parse", "v0.3.1^{commit}")


def test_without_an_identity_it_says_whose_name_it_used(flat_train: Train) -> None:
    flat_train.checkout()
    flat_train.bump()
    assert ["no user.email" in caveat for caveat in flat_train.tag()["caveats"]] == [True]
    assert git(flat_train.repo, "log", "-1", "--format=%ce", "v1.4.1^{commit}") == "opsgate@localhost"


def test_a_tag_is_never_moved(demo_train: Train) -> None:
    demo_train.checkout()
    demo_train.bump()
    demo_train.tag()
    before = git(demo_train.repo, "rev-parse", "v0.3.1")
    with pytest.raises(ReleaseError, match="exists already and is never moved"):
        demo_train.tag()
    assert git(demo_train.repo, "rev-parse", "v0.3.1") == before


def test_what_was_not_approved_is_not_tagged(demo_train: Train) -> None:
    demo_train.checkout()
    demo_train.bump()
    write(demo_train.tree, {"tally/backdoor.py": "print('hello')\n"})
    git(demo_train.tree, "add", "tally/backdoor.py")
    with pytest.raises(ReleaseError, match="no longer what was approved"):
        demo_train.tag()
    assert git(demo_train.repo, "tag").splitlines() == ["v0.3.0"]


def test_an_unstaged_change_does_not_slip_in(demo_train: Train) -> None:
    demo_train.checkout()
    demo_train.bump()
    write(demo_train.tree, {"tally/money.py": "print('hello')\n"})
    demo_train.tag()
    assert "hello" not in git(demo_train.repo, "show", "v0.3.1:tally/money.py")


def test_after_a_crash_between_commit_and_tag_only_the_tag_is_made(demo_train: Train) -> None:
    demo_train.checkout()
    demo_train.bump()
    demo_train.tag()
    commit = git(demo_train.repo, "rev-parse", "v0.3.1^{commit}")
    git(demo_train.repo, "tag", "--delete", "v0.3.1")
    assert demo_train.tag()["output"]["commit"] == commit
    assert git(demo_train.repo, "rev-parse", "v0.3.1^") == demo_train.source["commit"]
