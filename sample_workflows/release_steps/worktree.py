"""An isolated worktree of the repository: the release is made there, the user's checkout stays untouched."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from .programs import ReleaseError, Result, git, git_answers

RELEASE_TAG = re.compile(r"v?\d+(\.\d+)*")


def checkout(repo: str, tree: str) -> Result:
    """Add a detached worktree of the repository's HEAD at `tree`; made anew when it is there already.

    `output`: `commit` that is released, `branch` ("" when HEAD is detached), `previous_tag` ("" without
    one), `range` (the new commits, as git log takes it) and `commits`, their number.
    """
    top, place = _repository(Path(repo)), Path(tree)
    commit = git_answers(top, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
    if commit is None:
        raise ReleaseError(f"{repo} has no commit yet: commit what shall be released")
    cleanup(repo, tree)
    git(top, "worktree", "add", "--quiet", "--detach", "--", str(place), commit)
    previous = _previous_tag(top, commit)
    span = f"{previous}..{commit}" if previous else commit
    count = int(git(top, "rev-list", "--count", span))
    branch = git_answers(top, "symbolic-ref", "--quiet", "--short", "HEAD") or ""
    where = branch or "a detached HEAD"
    print(f"{place}: {commit[:12]} of {where}, {count} commits since {previous or 'the start'}")
    return {
        "output": {
            "commit": commit,
            "branch": branch,
            "previous_tag": previous,
            "range": span,
            "commits": count,
        },
        "caveats": _caveats(top, branch, previous, count),
    }


def cleanup(repo: str, tree: str) -> Result:
    """Remove the worktree at `tree` and its registration in the repository; fine when there is none."""
    top, place = _repository(Path(repo)), Path(tree)
    if not place.exists():
        registered = f"worktree {place.resolve()}" in git(top, "worktree", "list", "--porcelain").splitlines()
        if registered:
            git(top, "worktree", "remove", "--force", "--force", "--", str(place))
        return {"output": {"removed": registered}}
    if not place.joinpath(".git").is_file():
        raise ReleaseError(f"{place} is not a worktree of {repo}: move it away, then run the step again")
    if git_answers(top, "worktree", "remove", "--force", "--force", "--", str(place)) is None:
        # Its registration is gone already (somebody pruned it); the files are this run's own.
        shutil.rmtree(place)
    return {"output": {"removed": True}}


def _repository(repo: Path) -> Path:
    if not repo.is_dir():
        raise ReleaseError(f"{repo} is not a folder: name the git repository to release")
    top = git_answers(repo, "rev-parse", "--show-toplevel")
    if top is None:
        git(repo, "status")  # fails with git's own reason when it has one, such as an unsafe owner
        raise ReleaseError(f"{repo} has no working tree: name the checkout, not its bare repository")
    if Path(top).resolve() != repo.resolve():
        raise ReleaseError(f"{repo} is a folder inside the repository {top}: name the repository itself")
    return repo.resolve()


def _previous_tag(top: Path, commit: str) -> str:
    tags = git(top, "tag", "--merged", commit).splitlines()
    releases = [tag for tag in tags if RELEASE_TAG.fullmatch(tag)]
    return max(releases, key=_numbers, default="")


def _numbers(tag: str) -> tuple[int, ...]:
    return tuple(int(part) for part in tag.removeprefix("v").split("."))


def _caveats(top: Path, branch: str, previous: str, count: int) -> list[str]:
    caveats = []
    left_out = git(top, "status", "--porcelain").splitlines()
    if left_out:
        caveats.append(f"{len(left_out)} uncommitted or untracked files of {top} are not in this release.")
    if not branch:
        caveats.append("HEAD is detached: no branch leads to the commit that is released.")
    if not previous:
        caveats.append("There is no release tag yet: the changelog covers the whole history.")
    elif count == 0:
        caveats.append(f"Nothing was committed since {previous}.")
    return caveats
