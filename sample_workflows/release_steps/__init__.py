"""The steps of `release_train.yaml`, in the order of the file.

Each callable takes what its step's `with` names and returns one result: `output`, and where they apply
`state` and `caveats`. What cannot be done raises ReleaseError, whose sentence says what to do next.
"""

from __future__ import annotations

from .bump import bump
from .checks import lint, unit_tests
from .package import build
from .programs import ReleaseError
from .tagging import tag
from .verify import verify
from .worktree import checkout, cleanup

__all__ = ["ReleaseError", "build", "bump", "checkout", "cleanup", "lint", "tag", "unit_tests", "verify"]
