"""The one step that cannot be taken back: the release commit and its annotated tag.

The tag points to a commit on top of the released one that carries the version and the changelog. No
branch is moved and the user's checkout stays as it is: `git merge --ff-only TAG` takes the commit over.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from .bump import staged_patch
from .programs import ReleaseError, Result, git, git_answers


def tag(tree: str, base: str, name: str, version: str, changelog: str, approved: str) -> Result:
    """Commit what is staged in the worktree and tag it `name`, annotated with the changelog.

    `approved` is the SHA-256 of the patch that was shown at the gate: another difference is refused, and
    so is a tag that exists. `output`: `tag` and `commit`.
    """
    folder = Path(tree)
    if git_answers(folder, "rev-parse", "--verify", "--quiet", f"refs/tags/{name}") is not None:
        raise ReleaseError(
            f"the tag {name} exists already and is never moved: look at it with git show {name}"
        )
    if hashlib.sha256(staged_patch(folder, base)).hexdigest() != approved:
        raise ReleaseError("the worktree is no longer what was approved: run the bump and its gate again")
    person, caveats = _identity(folder)
    # After a crash between the commit and the tag the commit is there already.
    if git(folder, "rev-parse", "HEAD") == base:
        git(folder, *person, "commit", "--quiet", f"--message=Release {version}")
    if git(folder, "rev-parse", "HEAD^") != base:
        raise ReleaseError("somebody else committed in the worktree: start a new run")
    message = f"--message=Release {version}\n\n{changelog.strip()}"
    git(folder, *person, "tag", "--annotate", "--cleanup=whitespace", message, "--", name)
    commit = git(folder, "rev-parse", "HEAD")
    print(f"{name} is {commit}; git merge --ff-only {name} brings it into a branch")
    return {"output": {"tag": name, "commit": commit}, "caveats": caveats}


def _identity(folder: Path) -> tuple[list[str], list[str]]:
    """Options that name the committer where git has no name of its own for them."""
    if git_answers(folder, "config", "user.email"):
        return [], []
    options = ["-c", "user.name=opsgate", "-c", "user.email=opsgate@localhost"]
    return options, ["git has no user.email here: the release commit and tag are by opsgate@localhost."]
