"""The child program that calls a project's build backend (PEP 517), run in the unpacked source.

    python -I build_hooks.py ANSWER requires              the distributions the hooks ask for
    python -I build_hooks.py ANSWER sdist|wheel FOLDER    the name of the archive made in FOLDER

The answer goes to the file ANSWER as JSON, since backends print what they like.
"""

from __future__ import annotations

import importlib
import json
import sys
import tomllib
from functools import reduce
from pathlib import Path
from typing import Any


def load_backend() -> Any:
    """The object that has the hooks, imported from where pyproject.toml says."""
    system = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8")).get("build-system", {})
    sys.path[:0] = [str(Path(folder).resolve()) for folder in system.get("backend-path", [])]
    module, _, attributes = system.get("build-backend", "setuptools.build_meta:__legacy__").partition(":")
    found: Any = importlib.import_module(module)
    return reduce(getattr, attributes.split("."), found) if attributes else found


def answer(action: str, folder: str = "") -> list[str] | str:
    backend = load_backend()
    if action == "requires":
        hooks = [getattr(backend, f"get_requires_for_build_{kind}", list) for kind in ("sdist", "wheel")]
        return [requirement for hook in hooks for requirement in hook()]
    return str(getattr(backend, f"build_{action}")(folder))


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(answer(*sys.argv[2:])), encoding="utf-8")
