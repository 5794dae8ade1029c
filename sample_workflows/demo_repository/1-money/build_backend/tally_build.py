"""A build backend in one file (PEP 517), so that tally builds with the standard library and no network.

Both archives depend on the sources only: the entries are sorted and carry one fixed date.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import tarfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any

SOURCES = ("pyproject.toml", "README.md", "CHANGELOG.md", "build_backend/*.py", "tally/*.py", "tests/*.py")


def build_wheel(
    wheel_directory: str,
    config_settings: dict[str, Any] | None = None,
    metadata_directory: str | None = None,
) -> str:
    project = _project()
    info = f"{project['name']}-{project['version']}.dist-info"
    files = {path: Path(path).read_bytes() for path in _found("tally/*.py")}
    files[f"{info}/METADATA"] = _metadata(project)
    files[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: tally_build\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files[f"{info}/RECORD"] = _record(files, f"{info}/RECORD")
    name = f"{project['name']}-{project['version']}-py3-none-any.whl"
    with zipfile.ZipFile(Path(wheel_directory, name), "w", zipfile.ZIP_DEFLATED) as wheel:
        for path, content in files.items():
            entry = zipfile.ZipInfo(path, date_time=(1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            wheel.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return name


def build_sdist(sdist_directory: str, config_settings: dict[str, Any] | None = None) -> str:
    project = _project()
    root = f"{project['name']}-{project['version']}"
    files = {path: Path(path).read_bytes() for path in _found(*SOURCES)}
    files["PKG-INFO"] = _metadata(project)
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.PAX_FORMAT) as sdist:
        for path, content in files.items():
            entry = tarfile.TarInfo(f"{root}/{path}")
            entry.size, entry.mode = len(content), 0o644
            sdist.addfile(entry, io.BytesIO(content))
    Path(sdist_directory, f"{root}.tar.gz").write_bytes(gzip.compress(archive.getvalue(), mtime=0))
    return f"{root}.tar.gz"


def _project() -> dict[str, Any]:
    return tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]


def _found(*patterns: str) -> list[str]:
    return sorted(str(path) for pattern in patterns for path in Path().glob(pattern))


def _metadata(project: dict[str, Any]) -> bytes:
    lines = [
        "Metadata-Version: 2.1",
        f"Name: {project['name']}",
        f"Version: {project['version']}",
        f"Summary: {project['description']}",
        f"Requires-Python: {project['requires-python']}",
        f"License: {project['license']}",
        "Description-Content-Type: text/markdown",
        *(f"Requires-Dist: {requirement}" for requirement in project["dependencies"]),
    ]
    return "\n".join([*lines, "", Path(project["readme"]).read_text(encoding="utf-8")]).encode()


def _record(files: dict[str, bytes], itself: str) -> bytes:
    rows = [f"{path},sha256={_digest(content)},{len(content)}" for path, content in files.items()]
    return "\n".join([*rows, f"{itself},,", ""]).encode()


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
