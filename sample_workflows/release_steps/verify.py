"""The proof that the release works: its wheel, installed where nothing else is, says its version."""

from __future__ import annotations

import json
import re
import tempfile
import zipfile
from email.parser import Parser
from pathlib import Path

from .environments import fresh_environment, pip
from .programs import ReleaseError, Result, stream

IMPORT = """
import importlib, importlib.metadata, json, sys
answer, name, *modules = sys.argv[1:]
stated = [getattr(importlib.import_module(module), "__version__", None) for module in modules]
with open(answer, "w", encoding="utf-8") as file:
    json.dump([importlib.metadata.version(name), *(version for version in stated if version)], file)
"""


def verify(wheel: str, version: str) -> Result:
    """Install `wheel` in a fresh virtual environment, import its modules, compare every version they state.

    A wheel without dependencies is installed with no index; others need one. `output`: the installed
    `version` and the imported `modules`. Raises ReleaseError when anything differs from `version`.
    """
    path = Path(wheel).resolve()
    name, required, modules = _contents(path)
    with tempfile.TemporaryDirectory(prefix="release-verify-") as scratch:
        python = fresh_environment(Path(scratch, "environment"))
        offline = () if required else ("--no-index",)
        if pip(python, "install", "--quiet", *offline, "--", str(path))[0] != 0:
            needs = f" with {', '.join(required)}, which needs a package index" if required else ""
            raise ReleaseError(f"{path.name} cannot be installed{needs}: the log has pip's reason")
        answer = Path(scratch, "answer.json")
        code, said = stream([python, "-I", "-c", IMPORT, str(answer), name, *modules], Path(scratch))
        if code != 0:
            raise ReleaseError(
                f"{path.name} is installed but cannot be imported: {said.strip().splitlines()[-1]}"
            )
        stated = json.loads(answer.read_text(encoding="utf-8"))
    if set(stated) != {version}:
        raise ReleaseError(
            f"{path.name} says it is {', '.join(sorted(set(stated)))}, not {version}: do not publish it"
        )
    print(f"{path.name}: {', '.join(modules)} {stated[0]}")
    return {"output": {"version": stated[0], "modules": modules}}


def _contents(path: Path) -> tuple[str, list[str], list[str]]:
    """The distribution's name, what it requires without extras, and the top-level modules in the wheel."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        folder = next(name.split("/")[0] for name in names if name.split("/")[0].endswith(".dist-info"))
        metadata = Parser().parsestr(archive.read(f"{folder}/METADATA").decode("utf-8"))
    required = [
        text for text in metadata.get_all("Requires-Dist", []) if not re.search(r";.*\bextra\b", text)
    ]
    tops = {name.split("/")[0].split(".")[0] for name in names if name.endswith((".py", ".so"))}
    modules = sorted(top for top in tops if top.isidentifier())
    if not modules:
        raise ReleaseError(f"{path.name} holds no module to import: look at what the build includes")
    return metadata["Name"], required, modules
