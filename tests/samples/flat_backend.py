"""The in-tree build backend of the `flat` test repository: one module, no readme, a version in two places."""

from __future__ import annotations

import base64
import hashlib
import tarfile
import tomllib
import zipfile
from pathlib import Path


def build_sdist(sdist_directory: str, config_settings: object = None) -> str:
    root = f"squares-{_version()}"
    with tarfile.open(Path(sdist_directory, f"{root}.tar.gz"), "w:gz") as archive:
        for name in ("pyproject.toml", "flat_backend.py", "squares.py"):
            archive.add(name, f"{root}/{name}")
    return f"{root}.tar.gz"


def build_wheel(
    wheel_directory: str, config_settings: object = None, metadata_directory: str | None = None
) -> str:
    info = f"squares-{_version()}.dist-info"
    files = {
        "squares.py": Path("squares.py").read_text(encoding="utf-8"),
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: squares\nVersion: {_version()}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},{_digest(text)},{len(text)}\n" for name, text in files.items())
    name = f"squares-{_version()}-py3-none-any.whl"
    with zipfile.ZipFile(Path(wheel_directory, name), "w") as archive:
        for path, text in (files | {f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}).items():
            archive.writestr(path, text)
    return name


def _version() -> str:
    return str(tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def _digest(text: str) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
