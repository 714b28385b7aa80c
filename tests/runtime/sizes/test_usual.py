"""Usual lengths in a bundle, and what answers make of them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cg3d_runtime import Bundle, BundleError, PointCloud, Recognizer
from cg3d_runtime.bundle.manifest import file_entry, write_manifest
from cg3d_runtime.sizes.length import UsualLength
from cg3d_runtime.sizes.usual import SIZES, UsualLengths

GOLF, BEACH = UsualLength(0.042, 0.044), UsualLength(0.3, 0.5)


def lengths(dim: int, weight: float = 1.0) -> UsualLengths:
    """Of golf balls and beach balls; all other things are about 10 cm long."""
    table = np.array([(each.log_mean, each.log_deviation) for each in (GOLF, BEACH)], np.float32)
    anchors = np.eye(1, dim, dtype=np.float32)
    return UsualLengths(
        weight, ("golf ball", "beach ball"), table, anchors, np.zeros(1, np.float32), np.log(0.1), 2.0, 0.9
    )


def add(bundle: Path, content: bytes) -> Path:
    (bundle / "sizes.npz").write_bytes(content)
    manifest = Bundle.open(bundle).manifest
    manifest.files[SIZES] = file_entry(bundle / "sizes.npz")
    write_manifest(manifest, bundle)
    return bundle


@pytest.fixture
def sized_bundle(own_bundle: Path) -> Path:
    """A bundle in which a length weighs more than any shape."""
    return add(own_bundle, lengths(Bundle.open(own_bundle).manifest.embedding_dim, weight=1e4).to_bytes())


def ball(length: float) -> np.ndarray:
    points = np.random.default_rng(0).normal(size=(2000, 3))
    return (points / np.linalg.norm(points, axis=1, keepdims=True) * length / 2).astype(np.float32)


BALLS = ["golf ball", "beach ball"]


@pytest.mark.parametrize(
    ("length", "units", "label"), [(43, "mm", "golf ball"), (0.4, "m", "beach ball"), (40, "cm", "beach ball")]
)
def test_a_length_in_a_known_unit_counts(sized_bundle: Path, length: float, units: str, label: str) -> None:
    with Recognizer.open(BALLS, sized_bundle) as recognizer:
        answer = recognizer(ball(length), units=units)
    assert answer.label == label
    assert answer.size_note is not None and answer.size_note.endswith(f"fits {label}")
    assert f"size: {answer.size_note}" in answer.to_table()
    assert json.loads(answer.to_json())["size_note"] == answer.size_note


def test_a_length_in_an_unknown_unit_does_not(sized_bundle: Path) -> None:
    with Recognizer.open(BALLS, sized_bundle) as recognizer, Recognizer.open(BALLS, sized_bundle, size=False) as shape:
        for scan in (ball(0.043), ball(0.4)):
            assert recognizer(scan).top == shape(scan, units="m").top
            assert recognizer(scan).size_note is None
        with_metres = PointCloud(ball(0.043), in_metres=True)
        assert recognizer(with_metres).label == "golf ball"


def test_a_label_states_its_own(sized_bundle: Path) -> None:
    with Recognizer.open(["golf ball @ 30-50 cm", "beach ball @ 4-5 cm"], sized_bundle) as recognizer:
        assert recognizer(ball(0.043), units="m").label == "beach ball"


@pytest.mark.parametrize("factor", [1e3, 1e-3])
def test_a_scan_in_a_wrong_unit_is_named_by_its_shape_with_a_note(sized_bundle: Path, factor: float) -> None:
    with Recognizer.open(BALLS, sized_bundle) as recognizer, Recognizer.open(BALLS, sized_bundle, size=False) as shape:
        wrong, alone = recognizer(ball(0.1 * factor), units="m"), shape(ball(0.1 * factor))
    assert wrong.top == alone.top
    assert wrong.note is not None and "long if its unit is m" in wrong.note


def test_the_command(sized_bundle: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "ball.npy", ball(40))
    words = ["--labels", ",".join(BALLS), "--bundle", str(sized_bundle), "--backend", "cpu", str(tmp_path / "ball.npy")]
    command = [sys.executable, "-m", "cg3d_runtime", *words, "--units", "cm"]
    table = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "size: 40 cm fits beach ball" in table
    assert "size:" not in subprocess.run([*command, "--no-size"], capture_output=True, text=True, check=True).stdout


def test_names_are_looked_up_and_others_placed_by_likeness() -> None:
    known = replace(lengths(2), pull=np.array([1.0], np.float32))
    usual = known.of_names([("ball", "Golf Ball"), ("thing",)], np.array([[0, 1], [1, 0]], np.float32))
    assert usual[0] == pytest.approx((GOLF.log_mean, GOLF.log_deviation))
    assert usual[1] == pytest.approx((np.log(0.1) + 1, 0.9))


def test_the_file_comes_back() -> None:
    known = lengths(3)
    again = UsualLengths.from_bytes(known.to_bytes(), 3)
    for name in ("table", "anchors", "pull"):
        assert np.array_equal(getattr(again, name), getattr(known, name))
    assert (again.names, again.weight, again.deviation) == (known.names, known.weight, known.deviation)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weight": float("nan")}, "a number is not finite"),
        ({"anchors": np.ones((1, 7), np.float32)}, r"names \(R,\), table \(R, 2\), anchors"),
    ],
)
def test_a_damaged_file_is_told(own_bundle: Path, change: dict, message: str) -> None:
    dim = Bundle.open(own_bundle).manifest.embedding_dim
    add(own_bundle, replace(lengths(dim), **change).to_bytes())
    with pytest.raises(BundleError, match=f"sizes.npz: no usual lengths can be read from it .{message}"):
        Recognizer.open(BALLS, own_bundle)


def test_no_archive_is_told(own_bundle: Path) -> None:
    add(own_bundle, b"no archive")
    with pytest.raises(BundleError, match="Calibrate the bundle again"):
        Recognizer.open(BALLS, own_bundle)


def test_the_longest_side_does_not_depend_on_the_turn(make_scan: Callable[..., Path]) -> None:
    from cg3d_runtime.preparation.extent import longest_side

    box = np.random.default_rng(0).uniform(-0.5, 0.5, (5000, 3)) * (0.4, 0.1, 0.2)
    for degrees in (0, 15, 33, 45, 80):
        turn = np.radians(degrees)
        turned = box.copy()
        turned[:, 0], turned[:, 2] = (
            np.cos(turn) * box[:, 0] - np.sin(turn) * box[:, 2],
            np.sin(turn) * box[:, 0] + np.cos(turn) * box[:, 2],
        )
        assert longest_side(turned, "y") == pytest.approx(0.4, rel=0.05)
    assert longest_side(box * (1, 10, 1), "y") == pytest.approx(1.0, rel=0.01)
