"""The label cache saves time and never costs an answer."""

from __future__ import annotations

import io
import logging
import sys
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cg3d_runtime import Bundle, Label, Recognizer
from cg3d_runtime.label_cache import cache_directory, label_matrix

LABELS = [Label("mug", ("mug", "cup")), Label("bowl", ("bowl",))]


class Embedder:
    """Unit rows, and how often they were asked for."""

    calls = 0

    def __call__(self, labels: object) -> np.ndarray:
        self.calls += 1
        return np.eye(2, 16, dtype=np.float32)


@pytest.fixture
def embed() -> Embedder:
    return Embedder()


@pytest.fixture
def bundle(tiny_bundle: Path) -> Bundle:
    return Bundle.open(tiny_bundle)


def cached_file() -> Path:
    (path,) = (cache_directory() / "labels").iterdir()
    return path


def test_the_second_time_nothing_is_computed(bundle: Bundle, embed: Embedder) -> None:
    first, second = (label_matrix(bundle, LABELS, embed) for _ in range(2))
    assert embed.calls == 1
    assert first.tobytes() == second.tobytes()
    assert cached_file().stat().st_mode & 0o777 == 0o600


def test_whatever_the_matrix_depends_on_is_in_the_key(bundle: Bundle, embed: Embedder) -> None:
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
        label_matrix(replace(bundle, manifest=changed), labels, embed)
    assert embed.calls == 6


def test_a_synonym_is_not_the_next_label(bundle: Bundle, embed: Embedder) -> None:
    label_matrix(bundle, [Label("a", ("a", "b")), Label("c", ("c",))], embed)
    label_matrix(bundle, [Label("a", ("a",)), Label("b", ("b", "c"))], embed)
    assert embed.calls == 2


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
    bundle: Bundle, embed: Embedder, spoil: Callable[[bytes], bytes], caplog: pytest.LogCaptureFixture
) -> None:
    good = label_matrix(bundle, LABELS, embed)
    path = cached_file()
    content = path.read_bytes()
    path.write_bytes(spoil(content))
    assert label_matrix(bundle, LABELS, embed).tobytes() == good.tobytes()
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "unreadable label cache" in caplog.text
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "arrays", [{"labels": np.zeros((3, 16), np.float32)}, {"labels": np.zeros((2, 16))}, {"else": np.zeros(1)}]
)
def test_a_cache_of_another_shape_is_rebuilt(bundle: Bundle, embed: Embedder, arrays: dict[str, np.ndarray]) -> None:
    label_matrix(bundle, LABELS, embed)
    np.savez(cached_file(), **arrays)
    assert label_matrix(bundle, LABELS, embed).shape == (2, 16)
    assert embed.calls == 2


def test_a_pickle_in_the_cache_is_not_opened(bundle: Bundle, embed: Embedder, caplog: pytest.LogCaptureFixture) -> None:
    label_matrix(bundle, LABELS, embed)
    np.savez(cached_file(), labels=np.array([print], dtype=object))
    label_matrix(bundle, LABELS, embed)
    assert embed.calls == 2
    assert "allow_pickle=False" in caplog.text


def test_an_unwritable_cache_costs_one_line(
    bundle: Bundle, embed: Embedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("CG3D_CACHE", str(tmp_path / "file" / "cache"))
    assert label_matrix(bundle, LABELS, embed).shape == (2, 16)
    assert "cannot be written" in caplog.text
    assert "\n" not in caplog.records[-1].getMessage()


def test_a_user_without_a_home_still_gets_an_answer(
    bundle: Bundle, embed: Embedder, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("CG3D_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    assert label_matrix(bundle, LABELS, embed).shape == (2, 16)
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
    with Recognizer.open(own_bundle, labels=labels_file) as fresh:
        expected = fresh(scan)
    (own_bundle / "text.fp32.onnx").unlink()
    (own_bundle / "tokenizer.json").unlink()
    with Recognizer.open(own_bundle, labels=labels_file) as cached:
        assert cached(scan).top == expected.top
