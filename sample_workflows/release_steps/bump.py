"""The next version, written into the worktree, and the exact difference as `release.patch`."""

from __future__ import annotations

import hashlib
import re
import tomllib
from datetime import UTC, datetime
from pathlib import Path

from .programs import ReleaseError, Result, git, git_answers, git_bytes

PARTS = ("major", "minor", "patch")
PATCH = Path("release.patch")
VERSION = re.compile(r"\d+(\.\d+){0,2}")
STATED = re.compile(r"^(__version__\s*(?::\s*\w+\s*)?=\s*[\"'])([^\"']*)([\"'])", re.MULTILINE)


def bump(tree: str, base: str, part: str, changelog: str, previous_tag: str) -> Result:
    """Raise the version in pyproject.toml and every `__version__`, add `changelog` to CHANGELOG.md.

    `base` is the commit the worktree stands on; whatever an earlier attempt wrote is undone first. The
    change is staged, not committed. `release.patch` in the working folder is the change as git sees it.
    `output`: `tag`, `files`, and the SHA-256 of the patch as `patch_sha256`. Sets `state.version`.
    Raises ReleaseError when the version is not a plain one in pyproject.toml, or its tag exists.
    """
    folder = Path(tree)
    git(folder, "reset", "--hard", "--quiet", base)
    current, caveats = _current(folder)
    version = next_version(current, part)
    tag = f"{'' if previous_tag[:1].isdigit() else 'v'}{version}"
    if git_answers(folder, "rev-parse", "--verify", "--quiet", f"refs/tags/{tag}") is not None:
        raise ReleaseError(f"the tag {tag} exists already: raise [project] version to what was released last")
    if previous_tag and previous_tag.removeprefix("v") != current:
        caveats.append(f"pyproject.toml says {current}, but the last release tag is {previous_tag}.")
    _write_project(folder, current, version)
    stated = _write_stated(folder, current, version, caveats)
    _write_changelog(folder / "CHANGELOG.md", version, changelog, caveats)
    git(folder, "add", "--", "pyproject.toml", "CHANGELOG.md", *stated)
    patch = staged_patch(folder, base)
    PATCH.write_bytes(patch)
    print(patch.decode("utf-8", "replace"))
    return {
        "output": {
            "tag": tag,
            "files": ["pyproject.toml", "CHANGELOG.md", *stated],
            "patch_sha256": hashlib.sha256(patch).hexdigest(),
        },
        "state": {"version": version},
        "caveats": caveats,
    }


def staged_patch(folder: Path, base: str) -> bytes:
    """The staged difference to `base`, in the same form whatever the user's git configuration is."""
    form = ("--binary", "--no-color", "--no-ext-diff", "--no-textconv", "--src-prefix=a/", "--dst-prefix=b/")
    return git_bytes(folder, "diff", "--cached", *form, base)


def next_version(current: str, part: str) -> str:
    """`current` (one to three numbers) with the number called `part` raised and the lower ones zero."""
    if part not in PARTS:
        raise ReleaseError(f"{part} is no part of a version: choose one of {', '.join(PARTS)}")
    if not VERSION.fullmatch(current):
        raise ReleaseError(
            f"cannot raise the version {current}: write it as three numbers, such as 1.4.0, first"
        )
    numbers = [int(number) for number in current.split(".")]
    numbers += [0] * (3 - len(numbers))
    index = PARTS.index(part)
    return ".".join(str(number) for number in [*numbers[:index], numbers[index] + 1, *[0] * (2 - index)])


def _current(folder: Path) -> tuple[str, list[str]]:
    """The version in pyproject.toml, and what is odd about it."""
    path = folder / "pyproject.toml"
    if not path.is_file():
        raise ReleaseError("the repository has no pyproject.toml: give it one with a [project] table")
    try:
        project = tomllib.loads(path.read_text(encoding="utf-8")).get("project", {})
    except ValueError as error:
        raise ReleaseError(f"pyproject.toml cannot be read ({error}): correct it first") from error
    if "version" in project.get("dynamic", []):
        raise ReleaseError(
            "pyproject.toml computes its version: write it in [project], where it can be raised"
        )
    version = project.get("version")
    if not isinstance(version, str):
        raise ReleaseError("pyproject.toml has no version in its [project] table: write one there")
    short = VERSION.fullmatch(version) and version.count(".") < 2
    return version, [
        f"The version {version} was read as {version}{'.0' * (2 - version.count('.'))}."
    ] if short else []


def _write_project(folder: Path, current: str, version: str) -> None:
    path = folder / "pyproject.toml"
    text = _read(path)
    table = re.search(r"^\[project\][^\n]*\n(?:(?!\[)[^\n]*(?:\n|$))*", text, re.MULTILINE)
    line = re.compile(rf"^(\s*version\s*=\s*[\"']){re.escape(current)}([\"'])", re.MULTILINE)
    found = line.search(table[0]) if table else None
    if table is None or found is None:
        raise ReleaseError("the version in pyproject.toml is written unusually: give it a line of its own")
    start, end = table.start() + found.end(1), table.start() + found.start(2)
    _write(path, text[:start] + version + text[end:])


def _write_stated(folder: Path, current: str, version: str, caveats: list[str]) -> list[str]:
    """The Python files whose `__version__` was raised."""
    changed = []
    for name in git(folder, "ls-files", "-z", "--", "*.py").split("\0")[:-1]:
        path = folder / name
        text = _read(path) if path.is_file() and not path.is_symlink() else ""
        stated = STATED.search(text)
        if stated is None:
            continue
        if stated[2] == current:
            _write(path, text[: stated.start(2)] + version + text[stated.end(2) :])
            changed.append(name)
        else:
            caveats.append(f"{name} says __version__ {stated[2]}, not {current}; it was left as it is.")
    return changed


def _write_changelog(path: Path, version: str, changes: str, caveats: list[str]) -> None:
    """Put a section for `version` above the sections of earlier releases."""
    text = _read(path) if path.is_file() else "# Changelog\n"
    if not path.is_file():
        caveats.append("There was no CHANGELOG.md; one was made.")
    section = f"## {version} - {datetime.now(UTC):%Y-%m-%d}\n\n{changes.strip() or '- No changes'}\n\n"
    end = "\r\n" if "\r\n" in text else "\n"
    section = end.join(section.splitlines()) + end
    headings = list(re.finditer(r"^## .*$", text, re.MULTILINE))
    released = [heading for heading in headings if "unreleased" not in heading[0].lower()]
    if len(released) < len(headings):
        caveats.append("The Unreleased section of CHANGELOG.md was left as it is.")
    if released:
        place = released[0].start()
        _write(path, text[:place] + section + text[place:])
    else:
        _write(path, text.rstrip() + end + end + section.rstrip() + end)


def _read(path: Path) -> str:
    """The text with its own line ends, so that writing it back changes nothing else."""
    with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        return file.read()


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        file.write(text)
