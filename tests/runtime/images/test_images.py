"""Pictures as the image graph takes them, and their embeddings."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cg3d_runtime import Bundle, BundleError, ScanError
from cg3d_runtime.bundle.manifest import ImageSpec, write_manifest
from cg3d_runtime.images.encoder import BATCH, embed_images
from cg3d_runtime.images.fitting import fitted

RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)


def striped(width: int, height: int) -> np.ndarray:
    """Red with a blue left half."""
    pixels = np.full((height, width, 3), RED, np.uint8)
    pixels[:, : width // 2] = BLUE
    return pixels


def middle(picture: np.ndarray, row: int, column: int) -> tuple[float, ...]:
    return tuple((picture[:, row, column] * 255).round().tolist())


def test_the_shorter_side_is_scaled_and_the_middle_kept() -> None:
    picture = fitted(striped(40, 20), ImageSpec(10, "shortest"))
    assert picture.shape == (3, 10, 10)
    assert picture.dtype == np.float32
    assert (middle(picture, 5, 1), middle(picture, 5, 8)) == (BLUE, RED)


def test_the_longer_side_is_scaled_and_the_rest_is_white() -> None:
    picture = fitted(striped(40, 20), ImageSpec(10, "longest"))
    assert [middle(picture, row, 1) for row in (0, 5, 9)] == [WHITE, BLUE, WHITE]


def test_squashed_pictures_keep_their_edges() -> None:
    picture = fitted(striped(40, 10), ImageSpec(8, "squash"))
    assert (middle(picture, 0, 0), middle(picture, 7, 7)) == (BLUE, RED)


def test_grey_pictures_and_arrays_of_files_agree(tmp_path: Path) -> None:
    grey = np.arange(100, dtype=np.uint8).reshape(10, 10)
    Image.fromarray(grey).save(tmp_path / "grey.png")
    spec = ImageSpec(10, "squash")
    assert fitted(tmp_path / "grey.png", spec).tolist() == fitted(grey, spec).tolist()


def test_images_of_pillow_are_taken(tiny_bundle: Path) -> None:
    image, spec = Image.fromarray(striped(40, 20)), ImageSpec(10, "shortest")
    assert fitted(image, spec).tolist() == fitted(striped(40, 20), spec).tolist()
    assert fitted(image.convert("P"), spec).shape == (3, 10, 10)
    assert embed_images(Bundle.open(tiny_bundle), image, "cpu").shape == (1, 16)


def test_transparent_is_white(tmp_path: Path) -> None:
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    assert (fitted(tmp_path / "clear.png", ImageSpec(8, "squash")) == 1).all()


def test_sixteen_bits_are_scaled(tmp_path: Path) -> None:
    Image.fromarray(np.full((8, 8), 65535, np.uint16)).save(tmp_path / "deep.png")
    assert (fitted(tmp_path / "deep.png", ImageSpec(8, "squash")) == 1).all()


def test_a_photo_held_sideways_is_turned(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it a quarter clockwise to see it as it was
    Image.fromarray(striped(40, 20)).save(tmp_path / "photo.jpg", exif=exif, quality=95, subsampling=0)
    picture = fitted(tmp_path / "photo.jpg", ImageSpec(20, "shortest"))
    assert picture[2, 2].mean() > 0.9  # blue is on top
    assert picture[0, 17].mean() > 0.9


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (np.zeros((4, 4, 3)), r"uint8 array of shape \(H, W, 3\).*float64 \(4, 4, 3\)"),
        (np.zeros((4, 4, 2), np.uint8), r"uint8 \(4, 4, 2\)"),
        (np.zeros((0, 4, 3), np.uint8), r"uint8 \(0, 4, 3\)"),
        (b"x", "got bytes"),
        (None, "got NoneType"),
    ],
)
def test_what_is_no_picture(bad: Any, said: str) -> None:
    with pytest.raises(ScanError, match=said):
        fitted(bad, ImageSpec(8, "squash"))


def test_a_file_that_is_no_picture_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.png").write_text("milk")
    with pytest.raises(ScanError, match=r"notes\.png: is not an image"):
        fitted(tmp_path / "notes.png", ImageSpec(8, "squash"))
    with pytest.raises(ScanError, match=r"absent\.png: cannot be read \(No such file"):
        fitted(tmp_path / "absent.png", ImageSpec(8, "squash"))


def test_many_pictures_are_embedded_in_order(tiny_bundle: Path) -> None:
    bundle = Bundle.open(tiny_bundle)
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 256, (9, 9, 3), np.uint8) for _ in range(BATCH + 3)]
    rows = embed_images(bundle, pictures, "cpu")
    assert rows.shape == (BATCH + 3, 16)
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1)
    assert rows[-1:] == pytest.approx(embed_images(bundle, pictures[-1], "cpu"), abs=1e-6)
    assert embed_images(bundle, [], "cpu").shape == (0, 16)


def test_a_bundle_without_an_image_graph(tiny_bundle: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_bundle, tmp_path / "bundle")
    manifest = Bundle.open(tmp_path / "bundle").manifest
    del manifest.graphs["image"]
    write_manifest(manifest, tmp_path / "bundle")
    with pytest.raises(BundleError, match="has no image graph"):
        embed_images(Bundle.open(tmp_path / "bundle"), [], "cpu")
