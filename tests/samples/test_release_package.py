"""What is released is built from the tag, installs where nothing else is, and says its version."""

from __future__ import annotations

import shutil
import tarfile
import zipfile
from pathlib import Path

import pytest

from sample_workflows.release_steps import ReleaseError, build, verify
from tests.samples.conftest import Train
from tests.samples.repositories import commit, git, write


def test_the_demo_is_built_from_its_tag_and_verified(demo_train: Train) -> None:
    demo_train.checkout()
    demo_train.bump("minor")
    demo_train.tag()
    write(demo_train.repo, {"tally/money.py": "not in the tag"})
    built = build(str(demo_train.repo), "v0.4.0", "0.4.0", str(demo_train.run / "dist"))["output"]
    assert Path(built["wheel"]).name == "tally-0.4.0-py3-none-any.whl"
    with tarfile.open(built["sdist"]) as sdist:
        assert {"tally-0.4.0/PKG-INFO", "tally-0.4.0/tests/test_money.py"} <= set(sdist.getnames())
    with zipfile.ZipFile(built["wheel"]) as wheel:
        assert (
            wheel.read("tally/money.py").decode()
            == git(demo_train.repo, "show", "v0.4.0:tally/money.py") + "\n"
        )
    verified = verify(built["wheel"], "0.4.0")
    assert verified == {"output": {"version": "0.4.0", "modules": ["tally"]}}


def test_the_flat_project_is_built_and_verified(flat_train: Train) -> None:
    flat_train.checkout()
    flat_train.bump()
    flat_train.tag()
    built = build(str(flat_train.repo), "v1.4.1", "1.4.1", str(flat_train.run / "dist"))["output"]
    assert verify(built["wheel"], "1.4.1")["output"] == {"version": "1.4.1", "modules": ["squares"]}


def test_the_kept_copies_are_the_archives_and_old_archives_are_gone(demo: Path, run_folder: Path) -> None:
    dist = run_folder / "dist"
    write(dist, {"tally-0.2.0.tar.gz": "old"})
    built = build(str(demo), "v0.3.0", "0.3.0", str(dist))["output"]
    assert {str(path) for path in dist.iterdir()} == {built["sdist"], built["wheel"]}
    assert Path("sdist.tar.gz").read_bytes() == Path(built["sdist"]).read_bytes()
    assert Path("wheel.whl").read_bytes() == Path(built["wheel"]).read_bytes()


def test_building_twice_makes_the_same_bytes(demo: Path, run_folder: Path) -> None:
    for _ in range(2):
        built = build(str(demo), "v0.3.0", "0.3.0", str(run_folder / "dist"))["output"]
        shutil.copy(built["sdist"], run_folder / f"{len(list(run_folder.glob('*.sdist')))}.sdist")
    assert (run_folder / "0.sdist").read_bytes() == (run_folder / "1.sdist").read_bytes()


def test_a_build_of_another_version_is_refused(demo: Path, run_folder: Path) -> None:
    with pytest.raises(ReleaseError, match=r"made tally-0\.3\.0\.tar\.gz, not 0\.4\.0"):
        build(str(demo), "v0.3.0", "0.4.0", str(run_folder / "dist"))


def test_a_backend_that_fails_is_quoted(flat: Path, run_folder: Path) -> None:
    write(
        flat, {"flat_backend.py": "def build_sdist(folder, settings=None):\n    raise OSError('no room')\n"}
    )
    commit(flat, "Break the backend")
    with pytest.raises(ReleaseError, match=r"failed \(sdist\): OSError: no room"):
        build(str(flat), "HEAD", "1.4", str(run_folder / "dist"))


def test_what_a_build_requires_is_installed_apart(
    flat: Path, run_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The backend of another project: not here, but in the index, which is a folder with one wheel."""
    index = _index_with_backend(flat, run_folder)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", index.as_uri())
    built = build(str(flat), "HEAD", "1.4", str(run_folder / "dist"))["output"]
    assert Path(built["wheel"]).name == "squares-1.4-py3-none-any.whl"


def test_without_an_index_it_says_what_is_missing(
    flat: Path, run_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    project = (flat / "pyproject.toml").read_text(encoding="utf-8")
    write(flat, {"pyproject.toml": project.replace("requires = []", "requires = ['no-such-backend>=2']")})
    commit(flat, "Require")
    with pytest.raises(ReleaseError, match=r"no-such-backend>=2\): it needs the network"):
        build(str(flat), "HEAD", "1.4", str(run_folder / "dist"))


def test_a_wheel_of_another_version_is_not_verified(demo: Path, run_folder: Path) -> None:
    wheel = build(str(demo), "v0.3.0", "0.3.0", str(run_folder / "dist"))["output"]["wheel"]
    with pytest.raises(ReleaseError, match=r"says it is 0\.3\.0, not 0\.3\.1"):
        verify(wheel, "0.3.1")


def test_a_wheel_that_cannot_be_imported_is_not_verified(flat: Path, run_folder: Path) -> None:
    write(flat, {"squares.py": "import numbers_that_nobody_has\n"})
    commit(flat, "Break the module")
    wheel = build(str(flat), "HEAD", "1.4", str(run_folder / "dist"))["output"]["wheel"]
    with pytest.raises(ReleaseError, match="cannot be imported: ModuleNotFoundError"):
        verify(wheel, "1.4")


def test_dependencies_that_cannot_be_had_are_named(
    flat: Path, run_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    backend = (flat / "flat_backend.py").read_text(encoding="utf-8")
    needy = backend.replace(
        "Version: {_version()}\\n", "Version: {_version()}\\nRequires-Dist: nobody-has-this\\n"
    )
    write(flat, {"flat_backend.py": needy})
    commit(flat, "Depend")
    wheel = build(str(flat), "HEAD", "1.4", str(run_folder / "dist"))["output"]["wheel"]
    with pytest.raises(ReleaseError, match="cannot be installed with nobody-has-this"):
        verify(wheel, "1.4")


def _index_with_backend(flat: Path, run_folder: Path) -> Path:
    """Move the backend out of `flat` into a wheel of its own, which `flat` then requires."""
    index = run_folder / "index"
    index.mkdir()
    with zipfile.ZipFile(index / "remote_backend-1.0-py3-none-any.whl", "w") as wheel:
        backend = (flat / "flat_backend.py").read_text(encoding="utf-8")
        wheel.writestr("remote_backend.py", backend.replace('"flat_backend.py", ', ""))
        info = "remote_backend-1.0.dist-info"
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: remote-backend\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    project = (flat / "pyproject.toml").read_text(encoding="utf-8")
    project = project.replace("requires = []", "requires = ['remote-backend==1.0']")
    project = project.replace("'flat_backend'\nbackend-path = ['.']", "'remote_backend'")
    write(flat, {"pyproject.toml": project})
    git(flat, "rm", "--quiet", "flat_backend.py")
    commit(flat, "Build elsewhere")
    return index
