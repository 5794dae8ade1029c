"""What must hold before anybody is asked: the tests pass, the sources compile without a warning."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from .programs import ReleaseError, Result, git, git_answers, stream

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
"""What git calls a tree without files, in every repository."""


def unit_tests(
    tree: str, runner: str = "unittest", python: str = "python3", switch: object = False
) -> Result:
    """Run the tests in `tree` with `python`; a suite without a test is a failure.

    `runner` is unittest or pytest. `switch` is handed to the tests as DEMO_FAIL. `output`: the `summary`
    line of the runner. Raises ReleaseError when a test fails or none is found.
    """
    folder = Path(tree)
    argv = [python, "-m", runner, *(_discovery(folder) if runner == "unittest" else ())]
    path = ":".join(str(part) for part in (folder / "src", folder) if part.is_dir())
    env = {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "DEMO_FAIL": str(switch).lower()}
    code, said = stream(argv, folder, env)
    if f"No module named {runner}" in said:
        raise ReleaseError(f"{python} has no {runner}: name an interpreter that has it as input `python`")
    if code == 5 or re.search(r"^Ran 0 tests", said, re.MULTILINE):
        raise ReleaseError(f"{runner} found no tests: add some, or choose another runner as input `runner`")
    if code != 0:
        raise ReleaseError(f"the tests failed (exit code {code}): the log names each failure")
    return {"output": {"summary": _summary(said)}}


def lint(tree: str, python: str = "python3") -> Result:
    """Compile every tracked Python file with warnings as errors, then look for stray whitespace.

    `output`: the number of `files`. Whitespace is a caveat, a file that does not compile a ReleaseError.
    """
    folder = Path(tree)
    files = git(folder, "ls-files", "-z", "--", "*.py").split("\0")[:-1]
    said = _compile(folder, python, files)
    if said:
        reason = re.search(r"\b\w+(Error|Warning): .*", said)
        first = said.splitlines()[0].strip("*. ")
        raise ReleaseError(f"{first}: {reason[0] if reason else 'see the log'}")
    caveats = []
    if git_answers(folder, "diff", "--check", EMPTY_TREE, "HEAD", "--", "*.py") is None:
        caveats.append(
            "Some Python files have trailing whitespace or conflict marks; git diff --check lists them."
        )
    print(f"{len(files)} files compile without a warning")
    return {"output": {"files": len(files)}, "caveats": caveats}


def _discovery(folder: Path) -> list[str]:
    """Where unittest shall look: a test folder that is no package is a top level of its own."""
    for name in ("tests", "test"):
        if folder.joinpath(name).is_dir() and not folder.joinpath(name, "__init__.py").exists():
            return ["discover", "--verbose", "--start-directory", name]
    return ["discover", "--verbose"]


def _summary(said: str) -> str:
    """The line that counts the tests: unittest writes `Ran 13 tests in …`, pytest `13 passed in …`."""
    lines = [line.strip("= ") for line in said.splitlines() if re.search(r"^Ran \d+|\d+ passed", line)]
    return lines[-1] if lines else ""


def _compile(folder: Path, python: str, files: list[str]) -> str:
    """What the compiler has against `files`; nothing is written into `folder`."""
    with tempfile.TemporaryDirectory() as cache:
        names = Path(cache, "names")
        names.write_text("\n".join(files), encoding="utf-8")
        strict = ["-W", "error", "-X", f"pycache_prefix={cache}"]
        code, said = stream([python, *strict, "-m", "compileall", "-q", "-f", "-i", str(names)], folder)
    return said or "the compiler failed" if code != 0 else ""
