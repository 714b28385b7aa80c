"""A bundle's directory is there whole, or not at all."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from cg3d_export.bundles.writer import bundle_directory
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.errors import BundleError
from cg3d_runtime.files.atomic import write_atomically


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def enter(out: Path) -> None:
    with bundle_directory(out):
        pytest.fail("the block must not run")


def test_the_directory_appears_when_it_is_whole(tmp_path: Path) -> None:
    out = tmp_path / "models" / "new"
    with bundle_directory(out) as folder:
        (folder / "a").write_text("1")
        assert not out.exists()
        assert folder.parent == out.parent

    assert names(out.parent) == ["new"]
    assert names(out) == ["a"]


@pytest.mark.parametrize(
    ("mask", "folder", "file"), [(0o022, 0o755, 0o644), (0o077, 0o700, 0o600), (0o002, 0o775, 0o664)]
)
def test_the_umask_holds(tmp_path: Path, mask: int, folder: int, file: int) -> None:
    before = os.umask(mask)
    try:
        with bundle_directory(tmp_path / "new") as made:
            write_atomically(made / "a", b"1")
            write_atomically(made / "secret", b"1", mode=0o600)
    finally:
        os.umask(before)

    assert (tmp_path / "new").stat().st_mode & 0o777 == folder
    assert (tmp_path / "new" / "a").stat().st_mode & 0o777 == file
    assert (tmp_path / "new" / "secret").stat().st_mode & 0o777 == 0o600


def full(_: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_names_the_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left on device") as caught, bundle_directory(tmp_path / "new") as made:
        (made / "a").write_text("1")

    assert caught.value.filename == str(tmp_path / "new")
    assert names(tmp_path) == []


def test_a_full_disk_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left on device") as caught:
        write_atomically(tmp_path / "manifest.sig", b"1")

    assert caught.value.filename == str(tmp_path / "manifest.sig")
    assert names(tmp_path) == []
    with pytest.raises(OSError) as caught:
        write_atomically(tmp_path / "gone" / "fleet.pem", b"1")
    assert caught.value.filename == str(tmp_path / "gone" / "fleet.pem")


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), bundle_directory(tmp_path / "new") as folder:
        (folder / "a").write_text("1")
        raise RuntimeError

    assert names(tmp_path) == []


def test_an_older_bundle_is_replaced(tmp_path: Path, exported) -> None:
    out = shutil.copytree(exported[0], tmp_path / "old")
    with bundle_directory(out) as folder:
        (folder / "a").write_text("1")

    assert names(tmp_path) == ["old"]
    assert names(out) == ["a"]


def test_an_older_bundle_survives_a_failure(tmp_path: Path, exported) -> None:
    out = shutil.copytree(exported[0], tmp_path / "old")
    with pytest.raises(RuntimeError), bundle_directory(out):
        raise RuntimeError

    assert names(tmp_path) == ["old"]
    assert Bundle.open(out).manifest.name == "tiny"


def test_a_link_to_a_bundle_stays_a_link(tmp_path: Path, exported) -> None:
    out = shutil.copytree(exported[0], tmp_path / "version-1")
    (tmp_path / "current").symlink_to(out)
    with bundle_directory(tmp_path / "current") as folder:
        (folder / "a").write_text("1")

    assert (tmp_path / "current").is_symlink()
    assert names(out) == ["a"]


def test_an_empty_directory_is_filled(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with bundle_directory(tmp_path / "empty") as folder:
        (folder / "a").write_text("1")

    assert names(tmp_path / "empty") == ["a"]


@pytest.mark.parametrize("kind", ["directory", "file", "bundle with notes", "broken manifest"])
def test_what_no_export_wrote_is_not_touched(tmp_path: Path, exported, kind: str) -> None:
    out = tmp_path / "thesis"
    if kind == "file":
        out.write_text("years of work")
    elif kind == "bundle with notes":
        shutil.copytree(exported[0], out)
        (out / "notes.txt").write_text("years of work")
    else:
        out.mkdir()
        (out / ("manifest.json" if kind == "broken manifest" else "notes.txt")).write_text("years of work")

    with pytest.raises(BundleError, match=r"thesis exists and holds what no export wrote .*not replaced.*--out"):
        enter(out)
    assert names(tmp_path) == ["thesis"]
    assert b"years of work" in [path.read_bytes() for path in ([out] if kind == "file" else out.iterdir())]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BundleError, match=r"no bundle can be written there \(.*\)\. Choose another --out"):
        enter(tmp_path / "file" / "new")
