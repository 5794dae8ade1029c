"""Kept files lie under their digest, and only plain files are opened."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.core.errors import InvalidInput, NotFound, StorageTrouble
from engine.store.blobs import artifact_path, open_artifact

SHA256 = "ab" + "0" * 62


def place(artifacts: Path) -> Path:
    path = artifact_path(artifacts, SHA256)
    path.parent.mkdir(parents=True)
    return path


def test_a_kept_file_is_read_from_its_address(tmp_path: Path) -> None:
    place(tmp_path).write_bytes(b"content")
    assert artifact_path(tmp_path, SHA256) == tmp_path / "ab" / SHA256
    with open_artifact(tmp_path, SHA256) as stream:
        assert stream.read() == b"content"


@pytest.mark.parametrize("text", ["", "../../etc/passwd", "A" * 64, SHA256 + "\n", "a" * 63])
def test_what_is_no_digest_is_no_address(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidInput, match="is no SHA-256"):
        artifact_path(tmp_path, text)


def test_a_kept_file_that_is_gone_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="Restore a backup"):
        open_artifact(tmp_path, SHA256)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    place(tmp_path / "kept").symlink_to(secret)
    with pytest.raises(StorageTrouble):
        open_artifact(tmp_path / "kept", SHA256)


def test_a_pipe_does_not_block_the_reader(tmp_path: Path) -> None:
    os.mkfifo(place(tmp_path))
    with pytest.raises(StorageTrouble, match="no plain file"):
        open_artifact(tmp_path, SHA256)
