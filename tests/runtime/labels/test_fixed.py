"""Bundles whose labels a classifier learned: what they answer, and what cannot be asked of them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from cg3d_runtime import Recognizer
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.bundle.manifest import file_entry, write_manifest
from cg3d_runtime.errors import BundleError, LabelError
from cg3d_runtime.infer.cli import app
from cg3d_runtime.labels.fixed import FixedLabels

NAMES = ("bowl", "coffee mug", "Plate")
MakeScan = Callable[..., Path]


def write_labels(folder: Path, content: bytes) -> Path:
    """Turn a bundle into one with fixed labels: its points graphs and the file alone."""
    (folder / "labels.npz").write_bytes(content)
    manifest = Bundle.open(folder).manifest
    files = {"labels": file_entry(folder / "labels.npz"), "test_vectors": manifest.files["test_vectors"]}
    graphs = {"points": manifest.graphs["points"]}
    write_manifest(replace(manifest, logit_scale=1.0, graphs=graphs, files=files), folder)
    return folder


def classifier(width: int, names: tuple[str, ...] = NAMES) -> FixedLabels:
    rng = np.random.default_rng(3)
    return FixedLabels(
        names,
        rng.standard_normal((len(names), width)).astype(np.float32) * 5,
        rng.standard_normal(len(names)).astype(np.float32),
    )


@pytest.fixture
def fixed_bundle(own_bundle: Path) -> Path:
    return write_labels(own_bundle, classifier(Bundle.open(own_bundle).manifest.embedding_dim).to_bytes())


def softmax(logits: np.ndarray) -> np.ndarray:
    return np.exp(logits) / np.exp(logits).sum()


def test_scores_are_the_classifiers(fixed_bundle: Path, make_scan: MakeScan) -> None:
    labels = FixedLabels.of(Bundle.open(fixed_bundle))
    assert labels is not None
    with Recognizer.open(bundle=fixed_bundle) as recognizer:
        scan = make_scan()
        features = recognizer.embed([scan])[0].astype(np.float64)
        found = {candidate.label: candidate.score for candidate in recognizer(scan, top=3).top}
    expected = softmax(labels.weight.astype(np.float64) @ features + labels.bias)
    assert found == pytest.approx(dict(zip(NAMES, expected, strict=True)), abs=1e-5)
    assert [label.name for label in recognizer.labels] == list(NAMES)


def test_some_of_the_labels_share_the_scores(fixed_bundle: Path, make_scan: MakeScan) -> None:
    scan = make_scan()
    with (
        Recognizer.open(bundle=fixed_bundle) as every,
        Recognizer.open(np.array(["Plate", "bowl"]), fixed_bundle) as some,
    ):
        all_scores = {candidate.label: candidate.score for candidate in every(scan).top}
        two = {candidate.label: candidate.score for candidate in some(scan).top}
        every.set_labels(["bowl", "Plate"])
        assert {candidate.label for candidate in every(scan).top} == {"bowl", "Plate"}
    share = all_scores["bowl"] + all_scores["Plate"]
    assert two == pytest.approx({name: all_scores[name] / share for name in ("bowl", "Plate")})


def test_a_bundle_alone_as_it_was_once_written(fixed_bundle: Path) -> None:
    with (
        pytest.warns(DeprecationWarning, match=r"write Recognizer\.open\(labels, bundle\), or bundle="),
        Recognizer.open(fixed_bundle) as recognizer,
    ):
        assert [label.name for label in recognizer.labels] == list(NAMES)
        assert repr(recognizer).endswith("3 fixed labels>")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("cup", r"'cup' is none of the labels that this bundle learned, and they are fixed: bowl, coffee mug, Plate\."),
        ("plate", r"'plate' is none of the labels"),
        ("bowl: dish", r"'bowl' has synonyms, .* Give its name alone"),
    ],
)
def test_other_words_are_refused(fixed_bundle: Path, line: str, message: str) -> None:
    with pytest.raises(LabelError, match=message):
        Recognizer.open(["bowl" if line != "bowl: dish" else "Plate", line], fixed_bundle)
    with Recognizer.open(bundle=fixed_bundle) as recognizer:
        with pytest.raises(LabelError, match=message):
            recognizer.set_labels([line])
        assert len(recognizer.labels) == len(NAMES)


def test_many_labels_are_not_all_listed(own_bundle: Path) -> None:
    names = tuple(f"thing {number}" for number in range(30))
    width = Bundle.open(own_bundle).manifest.embedding_dim
    write_labels(own_bundle, classifier(width, names).to_bytes())
    with pytest.raises(LabelError, match=r"thing 19 and 10 more\."):
        Recognizer.open(["mug"], own_bundle)


def test_command_line_needs_no_labels(fixed_bundle: Path, make_scan: MakeScan, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, [str(make_scan()), "--bundle", str(fixed_bundle), "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["label"] in NAMES
    assert "3 fixed labels" in result.stderr
    (tmp_path / "l.txt").write_text("bowl\ncup\n")
    refused = CliRunner().invoke(
        app, [str(make_scan()), "--bundle", str(fixed_bundle), "--labels", str(tmp_path / "l.txt")]
    )
    assert refused.exit_code == 2
    assert "'cup' is none of the labels" in refused.stderr


def test_free_labels_are_asked_for(tiny_bundle: Path, make_scan: MakeScan) -> None:
    result = CliRunner().invoke(app, [str(make_scan()), "--bundle", str(tiny_bundle)])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "tiny holds no everyday names, which `cg3d calibrate` adds" in result.stderr
    assert "--labels FILE" in result.stderr


def test_format_is_3_and_older_runtimes_refuse_it(fixed_bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert json.loads((fixed_bundle / "manifest.json").read_text())["format"] == 3
    monkeypatch.setattr("cg3d_runtime.bundle.manifest.FORMAT", 2)
    with pytest.raises(
        BundleError, match=r"format 3; this runtime, .* reads up to 2\. It needs a newer one, cg3d-runtime"
    ):
        Bundle.open(fixed_bundle)


def test_a_bundle_without_them_keeps_its_format(own_bundle: Path) -> None:
    assert FixedLabels.of(Bundle.open(own_bundle)) is None
    write_manifest(Bundle.open(own_bundle).manifest, own_bundle)
    assert json.loads((own_bundle / "manifest.json").read_text())["format"] == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"bias": np.zeros(2, np.float32)}, r"weight \(L, \d+\) and bias \(L,\) are expected"),
        ({"names": np.array(["a", "b", "a"])}, "each name must be printable text and there once"),
        ({"names": np.array(["a", "b", "c\x1b[2J"])}, "each name must be printable text and there once"),
        ({"names": np.array([1, 2, 3])}, "are expected"),
        ({"bias": np.array([0, np.nan, 0], np.float32)}, "a weight is not finite"),
        ({"bias": np.zeros(3)}, "must be float32"),
        ({"weight": np.zeros((3, 4), np.float32)}, "are expected"),
    ],
)
def test_damaged_labels_are_named(own_bundle: Path, change: dict[str, np.ndarray], message: str) -> None:
    width = Bundle.open(own_bundle).manifest.embedding_dim
    labels, content = classifier(width), io.BytesIO()
    np.savez(content, **{"names": np.array(NAMES), "weight": labels.weight, "bias": labels.bias} | change)
    write_labels(own_bundle, content.getvalue())
    with pytest.raises(BundleError, match=rf"labels\.npz: no labels can be read from it \(.*{message}"):
        Recognizer.open(bundle=own_bundle)
    (own_bundle / "labels.npz").write_bytes(b"")
    with pytest.raises(BundleError, match="altered or cut short"):
        Recognizer.open(bundle=own_bundle)
