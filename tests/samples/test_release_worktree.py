"""The release train works beside the user's checkout: in a worktree that it adds, removes and no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from sample_workflows.release_steps import ReleaseError, checkout, cleanup
from tests.samples.conftest import Train
from tests.samples.repositories import commit, git, write


def test_the_worktree_stands_on_the_released_commit(demo_train: Train) -> None:
    source = demo_train.checkout()["output"]
    head = git(demo_train.repo, "rev-parse", "HEAD")
    assert git(demo_train.tree, "rev-parse", "HEAD") == head
    assert source == {
        "commit": head,
        "branch": "main",
        "previous_tag": "v0.3.0",
        "range": f"v0.3.0..{head}",
        "commits": 4,
    }


def test_the_users_checkout_stays_as_it_is(demo_train: Train) -> None:
    write(demo_train.repo, {"README.md": "half written", "new.txt": "not added"})
    before = git(demo_train.repo, "status", "--porcelain")
    result = demo_train.checkout()
    assert git(demo_train.repo, "status", "--porcelain") == before
    assert git(demo_train.repo, "symbolic-ref", "--short", "HEAD") == "main"
    assert (demo_train.tree / "README.md").read_text(encoding="utf-8") != "half written"
    assert ["2 uncommitted or untracked files" in caveat for caveat in result["caveats"]] == [True]


def test_checking_out_twice_makes_it_anew(demo_train: Train) -> None:
    demo_train.checkout()
    write(demo_train.tree, {"left.txt": "over"})
    demo_train.checkout()
    assert git(demo_train.tree, "status", "--porcelain") == ""
    assert git(demo_train.repo, "worktree", "list").count("\n") == 1


def test_cleaning_up_removes_files_and_registration(demo_train: Train) -> None:
    demo_train.checkout()
    assert cleanup(str(demo_train.repo), str(demo_train.tree)) == {"output": {"removed": True}}
    assert not demo_train.tree.exists()
    assert "\n" not in git(demo_train.repo, "worktree", "list")
    assert cleanup(str(demo_train.repo), str(demo_train.tree)) == {"output": {"removed": False}}


def test_cleaning_up_after_the_files_were_deleted(demo_train: Train) -> None:
    demo_train.checkout()
    demo_train.tree.rename(demo_train.run / "moved")
    assert cleanup(str(demo_train.repo), str(demo_train.tree)) == {"output": {"removed": True}}
    assert "\n" not in git(demo_train.repo, "worktree", "list")


def test_cleaning_up_after_the_registration_was_pruned(demo_train: Train) -> None:
    demo_train.checkout()
    demo_train.tree.rename(demo_train.run / "moved")
    git(demo_train.repo, "worktree", "prune")
    (demo_train.run / "moved").rename(demo_train.tree)
    assert cleanup(str(demo_train.repo), str(demo_train.tree)) == {"output": {"removed": True}}
    assert not demo_train.tree.exists()


def test_a_folder_that_is_no_worktree_is_not_deleted(demo_train: Train) -> None:
    write(demo_train.tree, {"thesis.txt": "years of work"})
    with pytest.raises(ReleaseError, match="not a worktree"):
        demo_train.checkout()
    assert (demo_train.tree / "thesis.txt").exists()


def test_without_a_tag_the_whole_history_is_new(flat_train: Train) -> None:
    result = flat_train.checkout()
    assert result["output"]["previous_tag"] == ""
    assert result["output"]["commits"] == 1
    assert result["caveats"] == ["There is no release tag yet: the changelog covers the whole history."]


def test_a_detached_head_is_released_with_a_caveat(demo_train: Train) -> None:
    git(demo_train.repo, "checkout", "--quiet", "--detach", "HEAD~1")
    result = demo_train.checkout()
    assert result["output"]["branch"] == ""
    assert result["output"]["commits"] == 3
    assert any("HEAD is detached" in caveat for caveat in result["caveats"])


def test_the_newest_release_tag_counts_by_number_and_others_do_not(demo_train: Train) -> None:
    for tag in ("0.10.0", "0.9.0", "nightly-2025", "v0.11.0rc1"):
        git(demo_train.repo, "tag", tag, "HEAD~2")
    assert demo_train.checkout()["output"]["previous_tag"] == "0.10.0"


def test_a_tag_on_another_branch_does_not_count(demo_train: Train) -> None:
    git(demo_train.repo, "checkout", "--quiet", "-b", "side", "HEAD~2")
    write(demo_train.repo, {"side.txt": "elsewhere"})
    commit(demo_train.repo, "Elsewhere")
    git(demo_train.repo, "tag", "v9.0.0")
    git(demo_train.repo, "checkout", "--quiet", "main")
    assert demo_train.checkout()["output"]["previous_tag"] == "v0.3.0"


def test_nothing_new_since_the_last_release_is_said(demo_train: Train) -> None:
    git(demo_train.repo, "tag", "v0.3.1")
    assert demo_train.checkout()["caveats"] == ["Nothing was committed since v0.3.1."]


def test_what_is_no_repository_is_refused_with_the_reason(tmp_path: Path, demo: Path) -> None:
    git(tmp_path, "init", "--quiet", "empty")
    git(tmp_path, "init", "--quiet", "--bare", "bare")
    (tmp_path / "plain").mkdir()
    for name, reason in {
        "missing": "is not a folder",
        "plain": "not a git repository",
        "empty": "has no commit yet",
        "bare": "has no working tree|must be run in a work tree",
        f"{demo.name}/tally": "is a folder inside the repository",
    }.items():
        with pytest.raises(ReleaseError, match=reason):
            checkout(str(tmp_path / name), str(tmp_path / "tree"))
