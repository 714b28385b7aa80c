"""What a bundle chooses from where it is given no labels: its everyday names, as its text graph embeds them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cg3d_runtime import Bundle, BundleError, Label, LabelError, PointCloud, Recognizer
from cg3d_runtime.bundle.manifest import Confidence, file_entry, write_manifest
from cg3d_runtime.labels.encoder import LabelEncoder
from cg3d_runtime.labels.rivals import Rivals

NAMES = ("bowl", "armchair", "ladder")


@pytest.fixture
def everyday_bundle(own_bundle: Path) -> Path:
    """The tiny bundle with everyday names and a threshold that nothing reaches."""
    bundle = Bundle.open(own_bundle)
    labels = [Label(name, (name,)) for name in NAMES]
    rivals = Rivals(NAMES, LabelEncoder(bundle, "cpu").embed(labels))
    (own_bundle / "rivals.npz").write_bytes(rivals.to_bytes())
    files = {**bundle.manifest.files, "rivals": file_entry(own_bundle / "rivals.npz")}
    write_manifest(replace(bundle.manifest, files=files, confidence=Confidence(1.0, 0.999, "tests")), own_bundle)
    return own_bundle


@pytest.fixture
def cloud() -> PointCloud:
    return PointCloud(np.random.default_rng(4).standard_normal((300, 3), dtype=np.float32))


@pytest.mark.parametrize("unknown", [None, True, False])
def test_no_labels_are_the_everyday_names(everyday_bundle: Path, cloud: PointCloud, unknown: bool | None) -> None:
    """All names are in the list, so nothing is outside it, and no answer is "unknown"."""
    with Recognizer.open(bundle=everyday_bundle, backend="cpu", unknown=unknown) as recognizer:
        assert [label.name for label in recognizer.labels] == list(NAMES)
        answer = recognizer(cloud)
        assert (answer.unknown, answer.nearer) == (False, None)
        assert sum(score for _, score in answer.top) == pytest.approx(1)


def test_they_are_what_the_text_graph_makes_of_them(everyday_bundle: Path, cloud: PointCloud) -> None:
    with (
        Recognizer.open(bundle=everyday_bundle, backend="cpu") as everyday,
        Recognizer.open(NAMES, everyday_bundle, backend="cpu") as embedded,
    ):
        assert dict(everyday(cloud).top) == pytest.approx(dict(embedded(cloud).top), abs=2e-3)
        assert np.linalg.norm(everyday._vocabulary.matrix, axis=1) == pytest.approx(1, abs=1e-6)


def test_no_text_graph_is_run_for_them(everyday_bundle: Path, cloud: PointCloud) -> None:
    (everyday_bundle / "text.fp32.onnx").unlink()
    with Recognizer.open(bundle=everyday_bundle, backend="cpu") as recognizer:
        assert recognizer(cloud).label in NAMES
        with pytest.raises(BundleError, match=r"text\.fp32\.onnx"):
            recognizer(cloud, labels=["cup"])


def test_words_do_not_take_their_rounded_rows(everyday_bundle: Path, cloud: PointCloud) -> None:
    with Recognizer.open(["bowl", "ladder"], everyday_bundle, backend="cpu") as opened:
        expected = opened(cloud).top
    with Recognizer.open(bundle=everyday_bundle, backend="cpu") as recognizer:
        assert recognizer(cloud, labels=["bowl", "ladder"]).top == expected
        recognizer.set_labels(["bowl", "ladder"])
        assert recognizer(cloud).top == expected
        assert recognizer(cloud).unknown  # the other name competes again
        recognizer.set_labels(None)
        assert len(recognizer.labels) == len(NAMES) and not recognizer(cloud).unknown


def test_a_bundle_alone_in_the_place_of_labels_is_opened_with_a_warning(everyday_bundle: Path) -> None:
    with pytest.warns(DeprecationWarning, match="is a bundle"), Recognizer.open(everyday_bundle) as recognizer:
        assert recognizer.bundle.directory == everyday_bundle


def test_a_bundle_without_names_says_what_to_write(tiny_bundle: Path) -> None:
    with pytest.raises(LabelError, match=r"write a file of those .*--labels FILE or, in Python, give a list such as"):
        Recognizer.open(bundle=tiny_bundle)


def test_the_names_of_the_model_that_ships() -> None:
    bundle = Bundle.open()
    rivals = Rivals.of(bundle)
    assert rivals is not None and len(rivals.names) > 800
    some = [Label(name, (name,)) for name in rivals.names[::40]]
    cosines = (rivals.unit_rows()[::40] * LabelEncoder(bundle, "cpu").embed(some)).sum(axis=1)
    assert cosines.min() > 1 - 1e-5
    with Recognizer.open(backend="cpu") as recognizer:
        answer = recognizer(Path(__file__).parents[3] / "examples" / "scans" / "chair.ply")
        assert "chair" in answer.label and not answer.unknown
