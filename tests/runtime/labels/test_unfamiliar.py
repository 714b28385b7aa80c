"""Labels that a text encoder does not know: told, and left out where an English word stands beside them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cg3d_runtime import Bundle, BundleError, Recognizer
from cg3d_runtime.backends import open_backend
from cg3d_runtime.bundle.manifest import file_entry, write_manifest
from cg3d_runtime.labels.encoder import TextEncoder
from cg3d_runtime.labels.lists import to_labels
from cg3d_runtime.labels.unfamiliar import UNFAMILIAR, Unfamiliar

FOREIGN = "becher"


def add(bundle: Path, content: bytes) -> Path:
    """Put a file of unfamiliar words into a bundle."""
    (bundle / "unfamiliar.npz").write_bytes(content)
    manifest = Bundle.open(bundle).manifest
    manifest.files[UNFAMILIAR] = file_entry(bundle / "unfamiliar.npz")
    write_manifest(manifest, bundle)
    return bundle


def embed(bundle: Path, *labels: str) -> np.ndarray:
    opened = Bundle.open(bundle)
    session = open_backend(opened, "text", "cpu")
    try:
        return TextEncoder(opened, session).embed(to_labels(list(labels)))
    finally:
        session.close()


@pytest.fixture
def wary_bundle(own_bundle: Path) -> Path:
    """A bundle that takes what lies where FOREIGN lies for unfamiliar."""
    return add(own_bundle, Unfamiliar(embed(own_bundle, FOREIGN)[0], 0.999).to_bytes())


def test_the_command_tells_it_once_and_in_every_answer(wary_bundle: Path, make_scan: Callable[..., Path]) -> None:
    words = ["--labels", f"mug,{FOREIGN}", "--bundle", str(wary_bundle), "--backend", "cpu", "--json"]
    command = [sys.executable, "-m", "cg3d_runtime", *words, str(make_scan("a.npy")), str(make_scan("b.npy"))]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stderr.count(f"cg3d-infer: label {FOREIGN}: no word that the model knows") == 1
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [list(answer["label_notes"]) for answer in answers] == [[FOREIGN], [FOREIGN]]


def test_a_word_that_is_not_known_is_told(wary_bundle: Path, make_scan: Callable[..., Path]) -> None:
    with Recognizer.open(["mug", FOREIGN], wary_bundle) as recognizer:
        assert list(recognizer.label_notes) == [FOREIGN]
        assert "Add English words after a colon" in recognizer.label_notes[FOREIGN]
        assert json.loads(recognizer(make_scan()).to_json())["label_notes"] == recognizer.label_notes
        assert not recognizer(make_scan(), labels=["mug", "bowl"]).label_notes
        recognizer.set_labels(["mug", f"{FOREIGN}: bowl"])
        assert recognizer.label_notes == {}


def test_an_english_word_beside_it_counts_alone(wary_bundle: Path) -> None:
    said, meant = embed(wary_bundle, f"{FOREIGN}: mug; bowl", "mug: bowl")
    assert said == pytest.approx(meant, abs=1e-6)
    assert embed(wary_bundle, FOREIGN, f"{FOREIGN}: {FOREIGN}")[0] == pytest.approx(embed(wary_bundle, FOREIGN)[0])


def test_other_bundles_have_no_notes(tiny_bundle: Path) -> None:
    with Recognizer.open(["mug", FOREIGN], tiny_bundle) as recognizer:
        assert recognizer.label_notes == {}


def test_what_was_cached_without_the_file_is_not_taken(own_bundle: Path) -> None:
    with Recognizer.open([f"{FOREIGN}: mug", "bowl"], own_bundle):
        pass
    add(own_bundle, Unfamiliar(embed(own_bundle, FOREIGN)[0], 0.999).to_bytes())
    with Recognizer.open([f"{FOREIGN}: mug", "bowl"], own_bundle) as recognizer:
        assert recognizer.label_notes == {}  # the name was left out, so the label is no longer between the two


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"milk", "cannot be read"),
        (Unfamiliar(np.ones(16, np.float32), 0.5).to_bytes(), "a unit row"),
        (Unfamiliar(np.eye(3, dtype=np.float32)[0], 0.5).to_bytes(), r"a unit row \(16,\)"),
        (Unfamiliar(np.eye(16, dtype=np.float32)[0], 2.0).to_bytes(), "a cosine"),
    ],
)
def test_a_damaged_file_is_named(own_bundle: Path, content: bytes, said: str) -> None:
    with pytest.raises(BundleError, match=rf"unfamiliar\.npz: .*{said}"):
        Unfamiliar.of(Bundle.open(add(own_bundle, content)))


@given(st.integers(0, 2**32 - 1), st.floats(-0.9, 0.9))
def test_the_file_gives_back_what_was_written(seed: int, threshold: float) -> None:
    row = np.random.default_rng(seed).normal(size=8)
    written = Unfamiliar((row / np.linalg.norm(row)).astype(np.float32), threshold)
    read = Unfamiliar.from_bytes(written.to_bytes(), 8)
    assert read.direction.tobytes() == written.direction.tobytes()
    assert read.threshold == threshold
