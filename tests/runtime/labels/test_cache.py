"""The label cache saves time and never costs an answer."""

from __future__ import annotations

import io
import logging
import os
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cg3d_runtime import Bundle, Label, Recognizer
from cg3d_runtime.labels.cache import MOST_LISTS, cache_directory
from cg3d_runtime.labels.encoder import LabelEncoder

LABELS = [Label("mug", ("mug", "cup")), Label("bowl", ("bowl",))]


class Encoder(LabelEncoder):
    """A label encoder whose text graph gives unit rows, and that counts how often they were asked for."""

    calls = 0

    def embed(self, labels: object) -> np.ndarray:
        Encoder.calls += 1
        return np.eye(2, 16, dtype=np.float32)


@pytest.fixture
def bundle(tiny_bundle: Path) -> Bundle:
    return Bundle.open(tiny_bundle)


@pytest.fixture
def encoder(bundle: Bundle) -> Encoder:
    Encoder.calls = 0
    return Encoder(bundle)


def cached_file() -> Path:
    (path,) = (cache_directory() / "labels").iterdir()
    return path


def test_the_second_time_nothing_is_computed(encoder: Encoder) -> None:
    first, second = (encoder.matrix(LABELS) for _ in range(2))
    assert encoder.calls == 1
    assert first.tobytes() == second.tobytes()
    assert cached_file().stat().st_mode & 0o777 == 0o600


def test_whatever_the_matrix_depends_on_is_in_the_key(bundle: Bundle, encoder: Encoder) -> None:
    manifest = bundle.manifest
    other_graph = {"text": {"fp32": manifest.graphs["points"]["fp32"]}}
    for changed, labels in [
        (manifest, LABELS),
        (manifest, LABELS[::-1]),
        (manifest, [LABELS[0], Label("bowl", ("bowl", "dish"))]),
        (replace(manifest, text=replace(manifest.text, templates=("the {}.",))), LABELS),
        (replace(manifest, graphs=manifest.graphs | other_graph), LABELS),
        (replace(manifest, files={"tokenizer": manifest.files["test_vectors"]}), LABELS),
    ]:
        Encoder(replace(bundle, manifest=changed)).matrix(labels)
    assert encoder.calls == 6


def test_a_synonym_is_not_the_next_label(encoder: Encoder) -> None:
    encoder.matrix([Label("a", ("a", "b")), Label("c", ("c",))])
    encoder.matrix([Label("a", ("a",)), Label("b", ("b", "c"))])
    assert encoder.calls == 2


def flip(content: bytes) -> bytes:
    middle = content.index(np.float32(1).tobytes()) + 1  # inside the numbers, where only the checksum can tell
    return content[:middle] + bytes([content[middle] ^ 0x10]) + content[middle + 1 :]


def claiming(_: bytes) -> bytes:
    """An archive that is whole and holds an array whose header claims to be four gigabytes long."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("labels.npy", b"\x93NUMPY\x02\x00\xff\xff\xff\xff{'descr': '<f4'")
    return content.getvalue()


@pytest.mark.parametrize(
    "spoil", [lambda content: content[:-40], lambda content: b"", lambda content: b"PK no", flip, claiming]
)
def test_a_damaged_cache_is_rebuilt(
    encoder: Encoder, spoil: Callable[[bytes], bytes], caplog: pytest.LogCaptureFixture
) -> None:
    good = encoder.matrix(LABELS)
    path = cached_file()
    content = path.read_bytes()
    path.write_bytes(spoil(content))
    assert encoder.matrix(LABELS).tobytes() == good.tobytes()
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "unreadable label cache" in caplog.text
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "arrays", [{"labels": np.zeros((3, 16), np.float32)}, {"labels": np.zeros((2, 16))}, {"else": np.zeros(1)}]
)
def test_a_cache_of_another_shape_is_rebuilt(encoder: Encoder, arrays: dict[str, np.ndarray]) -> None:
    encoder.matrix(LABELS)
    np.savez(cached_file(), **arrays)
    assert encoder.matrix(LABELS).shape == (2, 16)
    assert encoder.calls == 2


def in_place_of(path: Path, matrix: np.ndarray) -> None:
    """Put other rows under the same key, as whoever can write the file would."""
    with np.load(path) as old:
        np.savez(path, labels=matrix, key=old["key"])


NAN, INFINITE, HUGE = (np.full((2, 16), value, np.float32) for value in (np.nan, np.inf, 1e30))


@pytest.mark.parametrize(
    "matrix", [NAN, INFINITE, HUGE, np.zeros((2, 16), np.float32), np.eye(2, 16, dtype="f4") * 1.01]
)
@pytest.mark.filterwarnings("error")
def test_rows_that_are_no_unit_vectors_are_encoded_again(
    encoder: Encoder, matrix: np.ndarray, caplog: pytest.LogCaptureFixture
) -> None:
    good = encoder.matrix(LABELS)
    in_place_of(cached_file(), matrix)
    assert encoder.matrix(LABELS).tobytes() == good.tobytes()
    assert caplog.text.count("\n") == 1 and "a row has not the length 1" in caplog.text


def test_the_list_of_other_labels_is_not_taken_under_this_name(
    encoder: Encoder, caplog: pytest.LogCaptureFixture
) -> None:
    encoder.matrix(LABELS)
    path = cached_file()
    encoder.matrix(LABELS[::-1])
    (other,) = (each for each in path.parent.iterdir() if each != path)
    other.replace(path)
    encoder.matrix(LABELS)
    assert encoder.calls == 3
    assert "it is of other labels" in caplog.text


def lend(path: Path) -> None:
    path.chmod(0o622)


def link(path: Path) -> None:
    path.rename(path.parent.parent / "moved.npz")
    path.symlink_to(path.parent.parent / "moved.npz")


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.truncate(1 << 30)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="no owners here")
@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lend, "does not belong to this user alone"),
        (link, "symbolic link"),
        (pipe, "Not a regular file"),
        (grow, "it has 1073741824 bytes"),
    ],
)
def test_a_file_that_somebody_else_can_have_written_is_encoded_again(
    encoder: Encoder,
    caplog: pytest.LogCaptureFixture,
    spoil: Callable[[Path], None],
    reason: str,
) -> None:
    good = encoder.matrix(LABELS)
    path = cached_file()
    content = path.read_bytes()
    spoil(path)
    assert encoder.matrix(LABELS).tobytes() == good.tobytes()
    assert caplog.text.count("\n") == 1 and reason in caplog.text
    assert path.read_bytes() == content and not path.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o600
    encoder.matrix(LABELS)
    assert encoder.calls == 2


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="no owners here")
def test_the_file_of_another_user_is_encoded_again(
    encoder: Encoder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    encoder.matrix(LABELS)
    us = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: us + 1)
    encoder.matrix(LABELS)
    assert encoder.calls == 2
    assert "does not belong to this user alone" in caplog.text


def test_the_newest_lists_are_kept_and_leftovers_go(encoder: Encoder) -> None:
    encoder.matrix(LABELS)
    path = cached_file()
    for age in range(MOST_LISTS + 5):
        older = path.with_name(f"{age:064x}.npz")
        older.write_bytes(b"")
        os.utime(older, (time.time() - 10 - age,) * 2)
    abandoned, fresh = (path.with_name(f".{path.name}.{name}") for name in ("00000000", "11111111"))
    abandoned.write_bytes(b"")
    os.utime(abandoned, (time.time() - 4000,) * 2)
    fresh.write_bytes(b"")
    encoder.matrix(LABELS[::-1])
    kept = {each.name for each in path.parent.iterdir()}
    assert len(kept) == MOST_LISTS + 1
    assert {path.name, fresh.name, f"{MOST_LISTS - 3:064x}.npz"} <= kept
    assert not kept & {abandoned.name, f"{MOST_LISTS - 2:064x}.npz"}


def test_a_pickle_in_the_cache_is_not_opened(encoder: Encoder, caplog: pytest.LogCaptureFixture) -> None:
    encoder.matrix(LABELS)
    np.savez(cached_file(), labels=np.array([print], dtype=object))
    encoder.matrix(LABELS)
    assert encoder.calls == 2
    assert "allow_pickle=False" in caplog.text


def test_an_unwritable_cache_costs_one_line(
    encoder: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("CG3D_CACHE", str(tmp_path / "file" / "cache"))
    assert encoder.matrix(LABELS).shape == (2, 16)
    assert "cannot be written" in caplog.text
    assert "\n" not in caplog.records[-1].getMessage()


def test_a_user_without_a_home_still_gets_an_answer(
    encoder: Encoder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("CG3D_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    assert encoder.matrix(LABELS).shape == (2, 16)
    assert "not cached: Could not determine home directory" in caplog.text


def test_the_platforms_places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert cache_directory() == tmp_path / "cache"  # CG3D_CACHE, set for every test
    monkeypatch.delenv("CG3D_CACHE")
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_directory() == tmp_path / "xdg" / "cg3d"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_directory() == tmp_path / ".cache" / "cg3d"
    monkeypatch.setattr(sys, "platform", "darwin")
    assert cache_directory() == tmp_path / "Library" / "Caches" / "cg3d"
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.delenv("LOCALAPPDATA", raising=False)
    assert cache_directory() == tmp_path / "AppData" / "Local" / "cg3d" / "cache"


def test_cached_scores_are_fresh_scores_without_the_text_half(
    own_bundle: Path, labels_file: Path, make_scan: Callable[..., Path]
) -> None:
    scan = make_scan()
    with Recognizer.open(labels_file, own_bundle) as fresh:
        expected = fresh(scan)
    (own_bundle / "text.fp32.onnx").unlink()
    (own_bundle / "tokenizer.json").unlink()
    with Recognizer.open(labels_file, own_bundle) as cached:
        assert cached(scan).top == expected.top
