"""Every error an operator can meet, as one tree. Each message says what to do next.

OpsgateError                      exit 1
├── InvalidInput                  exit 2   a file, an argument or a value is wrong
│   └── InvalidWorkflow           exit 2   a workflow file, with all its problems
├── Refused                       exit 3   not allowed in this state, or not to this person
│   ├── NotAllowed                exit 3   this identity may not do that
│   ├── Conflict                  exit 3   it was decided or changed by somebody else
│   └── StaleDigest               exit 3   what was shown is no longer what would be decided
├── NotFound                      exit 4   no such run, step, gate, artifact
│   └── Ambiguous                 exit 4   a prefix that fits several ids
├── EngineUnavailable             exit 5   no engine, or it did not answer
│   └── EngineRunning             exit 3   another engine owns this home
└── StorageTrouble                exit 6   damaged, full, not writable
    └── NewerDatabase             exit 6   written by a newer opsgate
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar


class OpsgateError(Exception):
    """Base of all errors that reach an operator.

    `code` is stable and machine-readable, `exit_code` is the command line's, `details` is JSON-able.
    """

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.details = details or {}


class InvalidInput(OpsgateError):
    """An argument or a value is wrong: correct it and try again."""

    code = "invalid_input"
    exit_code = 2


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding in a workflow file. Lines and columns are 1-based; `suggestion` may be empty."""

    line: int
    column: int
    message: str
    suggestion: str = ""
    severity: str = "error"  # error | warning

    def text(self, file: str) -> str:
        hint = f" ({self.suggestion})" if self.suggestion else ""
        mark = "warning: " if self.severity == "warning" else ""
        return f"{file}:{self.line}:{self.column}: {mark}{self.message}{hint}"


class InvalidWorkflow(InvalidInput):
    """A workflow file with problems; `problems` holds every one of them, in file order."""

    code = "invalid_workflow"

    def __init__(self, file: str, problems: list[Problem]) -> None:
        self.file = file
        self.problems = problems
        super().__init__(
            "\n".join(problem.text(file) for problem in problems),
            details={"file": file, "problems": [vars_of(problem) for problem in problems]},
        )


def vars_of(problem: Problem) -> dict[str, Any]:
    """A problem as a JSON-able mapping."""
    return {
        "line": problem.line,
        "column": problem.column,
        "message": problem.message,
        "suggestion": problem.suggestion,
        "severity": problem.severity,
    }


class Refused(OpsgateError):
    """The command is understood and not allowed in this state; nothing has changed."""

    code = "refused"
    exit_code = 3


class NotAllowed(Refused):
    """This identity may not do that; ask somebody who may."""

    code = "not_allowed"


class Conflict(Refused):
    """Somebody else was first, or the same key was used for another request."""

    code = "conflict"


class StaleDigest(Refused):
    """What was shown has changed: look again, then decide on the new digest."""

    code = "stale_digest"


class NotFound(OpsgateError):
    """No such run, step, gate or artifact: list them to find the right name."""

    code = "not_found"
    exit_code = 4


class Ambiguous(NotFound):
    """The prefix fits several ids: type more of it."""

    code = "ambiguous"


class EngineUnavailable(OpsgateError):
    """No engine answers in this home: start it with `opsgate engine start`."""

    code = "engine_unavailable"
    exit_code = 5


class EngineRunning(EngineUnavailable):
    """Another engine owns this home: use it, or stop it first."""

    code = "engine_running"
    exit_code = 3


class StorageTrouble(OpsgateError):
    """The database or the disk failed: nothing was acknowledged that is not stored."""

    code = "storage_trouble"
    exit_code = 6


class NewerDatabase(StorageTrouble):
    """A newer opsgate wrote this database: use that version."""

    code = "newer_database"


def error_from(code: str, message: str, details: dict[str, Any] | None = None) -> OpsgateError:
    """The error of the tree with this `code`, as it came over the socket; unknown codes give the base."""
    for kind in _all(OpsgateError):
        if kind.code == code and kind is not InvalidWorkflow:
            return kind(message, details=details)
    if code == InvalidWorkflow.code and details is not None:
        problems = [Problem(**entry) for entry in details.get("problems", [])]
        return InvalidWorkflow(str(details.get("file", "")), problems)
    return OpsgateError(message, details=details)


def _all(kind: type[OpsgateError]) -> list[type[OpsgateError]]:
    found = [kind]
    for child in kind.__subclasses__():
        found.extend(_all(child))
    return found
