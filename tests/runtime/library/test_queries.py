"""Words, scans, pictures, rows and mixtures of them as vectors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from cg3d_runtime import Bundle, Recognizer
from cg3d_runtime.errors import LibraryError
from cg3d_runtime.library import Library, LibraryWriter, Rows, Space
from cg3d_runtime.library.queries import ROW, Part, embedded
from cg3d_runtime.library.query_encoder import QueryEncoder
from tests.runtime.library.rows_made import vectors_of


@pytest.fixture
def bundle(tiny_bundle: Path) -> Bundle:
    return Bundle.open(tiny_bundle)


@pytest.fixture
def library(bundle: Bundle, tmp_path: Path) -> Iterator[Library]:
    with LibraryWriter.open(tmp_path / "library", Space.of(bundle)) as writer:
        writer.add(Rows.of_arrays(vectors_of([1, 2]), ["one", "two"]))
    with Library.open(tmp_path / "library") as opened:
        yield opened


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    image = pytest.importorskip("PIL.Image", reason='the extra "image" is not installed')
    image.new("RGB", (20, 20), (200, 30, 30)).save(tmp_path / "red.png")
    return tmp_path / "red.png"


def test_each_kind_is_embedded_as_a_recogniser_embeds_it(
    bundle: Bundle, library: Library, make_scan: Callable[..., Path], picture: Path
) -> None:
    scan, encoder = make_scan(), QueryEncoder(bundle, "cpu")
    with Recognizer.open(["mug"], bundle.directory, backend="cpu") as recognizer:
        for part, row in (
            (Part("text", "a mug"), recognizer.embed_text("a mug")[0]),
            (Part("scan", str(scan)), recognizer.embed([scan])[0]),
            (Part("image", str(picture)), recognizer.embed_image(picture)[0]),
        ):
            query = embedded([part], library, encoder)
            assert query.kind == part.kind and np.allclose(query.vector, row, atol=1e-6)


def test_a_mixture_is_the_weighted_sum(bundle: Bundle, library: Library) -> None:
    parts = [Part(ROW, "one"), Part(ROW, "two", -0.5)]
    query = embedded(parts, library, None)
    one, two = vectors_of([1, 2]).astype(np.float32)
    wanted = one - 0.5 * two
    assert query.kind == "scan" and np.allclose(query.vector, wanted / np.linalg.norm(wanted), atol=1e-6)
    text = embedded([Part(ROW, "one", 0.5), Part("text", "mug", -2)], library, QueryEncoder(bundle, "cpu"))
    assert text.kind == "text"


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ([], "nothing to look for"),
        ([Part(ROW, "three")], "three: no row with this id"),
        ([Part(ROW, "one"), Part(ROW, "one", -1)], "cancel each other out"),
    ],
)
def test_what_is_no_query_is_told(parts: list[Part], message: str, library: Library) -> None:
    with pytest.raises(LibraryError, match=message):
        embedded(parts, library, None)


def test_a_bundle_that_is_only_calibrated_anew_keeps_its_space(
    edit_manifest: Callable[..., Path], bundle: Bundle
) -> None:
    confidence = {"temperature": 2.0, "unknown_threshold": None, "fitted_on": "other scans"}
    calibrated = Bundle.open(edit_manifest(lambda tree: tree.update(confidence=confidence)))
    assert Space.of(calibrated) == Space.of(bundle)
    other = Bundle.open(edit_manifest(lambda tree: tree["text"].update(templates=["{}"])))
    assert Space.of(other) != Space.of(bundle)
