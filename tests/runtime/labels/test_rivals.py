"""Names that compete with a robot's list: read from a bundle, kept apart from the labels, and used to tell the unknown."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cg3d_runtime import BundleError
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.bundle.manifest import Confidence, file_entry, write_manifest
from cg3d_runtime.labels import Label
from cg3d_runtime.labels.rivals import Rivals
from cg3d_runtime.labels.vocabulary import Vocabulary
from cg3d_runtime.recognizer import Recognizer
from cg3d_runtime.scans.cloud import PointCloud

WIDTH = 16  # of the tiny bundle's embeddings
WORDS = tuple(Label(name, (name,)) for name in ("bowl", "mug"))


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


def some_cloud(seed: int = 0) -> PointCloud:
    return PointCloud(np.random.default_rng(seed).standard_normal((300, 3), dtype=np.float32))


def with_rivals(bundle: Path, content: bytes, threshold: float = 0.5) -> Path:
    """The bundle, holding a file of rivals and a threshold."""
    (bundle / "rivals.npz").write_bytes(content)
    manifest = Bundle.open(bundle).manifest
    files = {**manifest.files, "rivals": file_entry(bundle / "rivals.npz")}
    write_manifest(replace(manifest, files=files, confidence=Confidence(1.0, threshold, "tests")), bundle)
    return bundle


def archive(**arrays: Any) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def test_what_is_written_is_what_is_read(own_bundle: Path) -> None:
    dim = Bundle.open(own_bundle).manifest.embedding_dim
    assert Rivals.of(Bundle.open(own_bundle)) is None
    rivals = Rivals(("ottoman", "café chair"), unit(np.random.default_rng(0).normal(size=(2, dim))))
    found = Rivals.of(Bundle.open(with_rivals(own_bundle, rivals.to_bytes())))
    assert found.names == rivals.names
    assert found.matrix == pytest.approx(rivals.matrix, abs=1e-3)
    assert rivals.to_bytes() == rivals.to_bytes()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK",
        archive(names=np.array(["a"])),
        archive(names=np.array([1]), features=np.ones((1, WIDTH), dtype=np.float16)),
        archive(names=np.array(["a", "b"]), features=np.ones((1, WIDTH), dtype=np.float16)),
        archive(names=np.array([], dtype="U1"), features=np.ones((0, WIDTH), dtype=np.float16)),
        archive(names=np.array("a"), features=np.ones((1, WIDTH), dtype=np.float16)),
        archive(names=np.array(["a"]), features=np.full((1, WIDTH), np.nan, dtype=np.float16)),
        archive(names=np.array(["a"]), features=np.array(["x" * WIDTH])),
        archive(names=np.array(["\x1b[2J\x1b[31mfake"]), features=np.ones((1, WIDTH), dtype=np.float16)),
        archive(names=np.array(["sofa\nmug.ply: bottle"]), features=np.ones((1, WIDTH), dtype=np.float16)),
        archive(names=np.array(["a" * 3000]), features=np.ones((1, WIDTH), dtype=np.float16)),
        archive(names=np.array([{}], dtype=object), features=np.ones((1, WIDTH), dtype=np.float16)),
    ],
)
def test_a_damaged_file_is_named_with_the_remedy(own_bundle: Path, content: bytes) -> None:
    assert Bundle.open(own_bundle).manifest.embedding_dim == WIDTH
    with pytest.raises(BundleError, match=r"rivals\.npz: no rivals can be read.*cg3d calibrate BUNDLE --data DATA"):
        Recognizer.open(["bowl", "mug"], with_rivals(own_bundle, content))


def test_other_words_for_a_label_do_not_compete() -> None:
    """Also in a narrow cone, where all cosines are high."""
    rng = np.random.default_rng(0)
    spread = unit(rng.normal(size=(40, 16)))
    for cone in (0.0, 3.0):
        rows = unit(spread + cone * unit(np.ones(16)))
        rivals, labels = Rivals(tuple(map(str, range(40))), rows), unit(rows[:2] + 0.02 * spread[2:4])
        assert rivals.apart_from(labels).names == tuple(map(str, range(2, 40)))


def test_assurance_compares_the_best_label_with_the_nearest_rival() -> None:
    labels, rival = np.eye(3, dtype=np.float32)[:2], np.eye(3, dtype=np.float32)[2:]
    alone, rivalled = Vocabulary(WORDS, labels), Vocabulary(WORDS, labels, Rivals(("ottoman",), rival))
    scan = unit(np.array([0.6, 0.2, 0.5]))
    assert alone.judge(scan, 10.0).assurance == alone.judge(scan, 10.0).scores.max()
    lead = float(scan[0] - scan[2])
    assert rivalled.judge(scan, 10.0).assurance == pytest.approx(1 / (1 + np.exp(-10 * lead)), rel=1e-5)
    assert rivalled.judge(scan, 10.0, threshold=1.0).nearer is None
    assert rivalled.judge(unit(np.array([0.6, 0.2, 0.7])), 10.0, threshold=1.0).nearer == "ottoman"
    assert np.array_equal(rivalled.judge(scan, 10.0).scores, alone.judge(scan, 10.0).scores)
    nobody = Vocabulary(WORDS, labels, Rivals((), rival[:0]))
    assert nobody.judge(scan, 10.0, threshold=1.0)[2:4] == (None, 1.0)


def test_a_scan_nearer_to_a_rival_is_unknown(own_bundle: Path) -> None:
    cloud = some_cloud()
    with Recognizer.open(["bowl", "mug"], own_bundle) as recognizer:
        before, (features,) = recognizer(cloud), recognizer.embed([cloud])
    for row, unknown in ((features, True), (-features, False)):
        with Recognizer.open(
            ["bowl", "mug"], with_rivals(own_bundle, Rivals(("ottoman",), row[None]).to_bytes())
        ) as it:
            for labels in (["bowl", "mug"], ["plate", "bowl", "mug"]):  # a new list has the same rivals
                it.set_labels(labels)
                answer = it(cloud)
                assert (answer.unknown, answer.nearer) == (unknown, "ottoman" if unknown else None)
                assert json.loads(answer.to_json()).get("nearer") == answer.nearer
                assert ("nearer to: ottoman" in answer.to_table()) == unknown
            it.set_labels(["bowl", "mug"])
            assert it(cloud).top == before.top
        with Recognizer.open(["bowl", "mug"], own_bundle, unknown=False) as it:
            assert (it(cloud).unknown, it(cloud).nearer) == (False, None)


def test_streams_tell_it_too(own_bundle: Path) -> None:
    clouds = [some_cloud(seed) for seed in range(3)]
    with Recognizer.open(["bowl", "mug"], own_bundle) as recognizer:
        rivals = Rivals(("ottoman",), recognizer.embed([clouds[1]]))
    with Recognizer.open(["bowl", "mug"], with_rivals(own_bundle, rivals.to_bytes(), 0.5 + 1e-4)) as it:
        assert [outcome.answer.nearer for outcome in it.answer_all(clouds)] == [it(cloud).nearer for cloud in clouds]
