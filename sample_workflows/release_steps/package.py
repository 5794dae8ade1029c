"""Source archive and wheel of exactly what the tag holds, by the project's own build backend."""

from __future__ import annotations

import io
import json
import shutil
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path

from .environments import fresh_environment, has, pip
from .programs import ReleaseError, Result, git_bytes, stream

HOOKS = Path(__file__).with_name("build_hooks.py")


def build(repo: str, tag: str, version: str, dist: str) -> Result:
    """Build the sdist of `tag`, then the wheel from that sdist, into `dist`, a folder that is emptied first.

    The backend runs in this interpreter when all that it requires is installed, otherwise in a fresh
    environment that pip fills, which needs a package index. `output`: `sdist` and `wheel`, their paths.
    Copies named `sdist.tar.gz` and `wheel.whl` stay in the working folder, to be kept as artifacts. Raises
    ReleaseError when the build fails or makes another version.
    """
    place = Path(dist).resolve()
    place.mkdir(parents=True, exist_ok=True)
    for old in place.iterdir():
        old.unlink()
    with tempfile.TemporaryDirectory(prefix="release-build-") as scratch:
        source = Path(scratch, "source")
        tagged = io.BytesIO(git_bytes(Path(repo), "archive", "--format=tar", tag))
        with tarfile.open(fileobj=tagged) as archive:
            archive.extractall(source, filter="data")
        python = _interpreter(source, Path(scratch))
        sdist = place / _hook(python, source, "sdist", place)
        unpacked = Path(scratch, "sdist")
        with tarfile.open(sdist) as archive:
            archive.extractall(unpacked, filter="data")
        wheel = place / _hook(python, next(unpacked.iterdir()), "wheel", place)
    for path, kept in ((sdist, "sdist.tar.gz"), (wheel, "wheel.whl")):
        if f"-{version}" not in path.name:
            raise ReleaseError(
                f"the build made {path.name}, not {version}: its backend takes the version elsewhere"
            )
        shutil.copyfile(path, kept)
        print(path)
    return {"output": {"sdist": str(sdist), "wheel": str(wheel)}}


def _interpreter(source: Path, scratch: Path) -> str:
    """An interpreter that has everything the backend requires: this one, or that of a fresh environment."""
    path = source / "pyproject.toml"
    system = tomllib.loads(path.read_text(encoding="utf-8")).get("build-system", {"requires": ["setuptools"]})
    static = list(system.get("requires", []))
    if has(sys.executable, static) and has(sys.executable, _asked(sys.executable, source)):
        return sys.executable
    python = fresh_environment(scratch / "environment")
    _install(python, static)
    _install(python, _asked(python, source))
    return python


def _install(python: str, requirements: list[str]) -> None:
    if requirements and pip(python, "install", "--quiet", "--", *requirements)[0] != 0:
        raise ReleaseError(
            f"cannot install what the build requires ({', '.join(requirements)}): it needs the network and a"
            " package index, or these installed beside opsgate; then run this step again"
        )


def _asked(python: str, source: Path) -> list[str]:
    """What the backend's own hooks ask for on top of `build-system.requires`."""
    return list(_call(python, source, "requires"))


def _hook(python: str, source: Path, action: str, folder: Path) -> str:
    return str(_call(python, source, action, str(folder)))


def _call(python: str, source: Path, *arguments: str) -> list[str] | str:
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder, "answer.json")
        code, said = stream([python, "-I", str(HOOKS), str(answer), *arguments], source)
        if code != 0:
            last = said.strip().splitlines()[-1:] or ["no reason given"]
            raise ReleaseError(f"the build backend failed ({arguments[0]}): {last[0]}; the log has the rest")
        found: list[str] | str = json.loads(answer.read_text(encoding="utf-8"))
        return found
