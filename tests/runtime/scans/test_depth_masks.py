"""Masks as programs write them: which pixels are the object, and what is odd."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans.depth import read_depth
from cg3d_runtime.scans.depth.masks import object_pixels

SHAPE = (48, 64)
DEPTH = np.random.default_rng(0).integers(400, 3000, SHAPE).astype(np.uint16)
CAMERA = (60.0, 60.0, 31.5, 23.5)
ROW, COLUMN = np.mgrid[: SHAPE[0], : SHAPE[1]]
INSIDE = (ROW - 20) ** 2 + (COLUMN - 30) ** 2 < 200
GREY = (INSIDE * 255).astype(np.uint8)
PHOTO = np.random.default_rng(1).integers(1, 256, (*SHAPE, 3), dtype=np.uint8)


def chosen(mask: Path | np.ndarray) -> np.ndarray:
    """What `read_depth` keeps, by the depths that come out of it."""
    points = read_depth(DEPTH, CAMERA, mask=mask).xyz
    kept = np.zeros(SHAPE, bool)
    pixels = np.round(points[:, :2] / points[:, 2:] * CAMERA[:2] + CAMERA[2:]).astype(int)
    kept[pixels[:, 1], pixels[:, 0]] = True
    return kept


def cut_out(alpha: np.ndarray) -> Image.Image:
    return Image.merge("RGBA", [*Image.fromarray(PHOTO).split(), Image.fromarray(alpha)])


def palette_with_transparency() -> Image.Image:
    image = Image.fromarray((INSIDE * 3).astype(np.uint8)).convert("P")
    image.putpalette([9] * 12)  # the same colour inside and outside
    image.info["transparency"] = 0
    return image


def key_colour() -> Image.Image:
    image = Image.fromarray(np.where(INSIDE[..., None], PHOTO, np.array([200, 0, 200], np.uint8)).astype(np.uint8))
    image.info["transparency"] = (200, 0, 200)
    return image


@pytest.mark.parametrize(
    ("image", "name"),
    [
        (Image.fromarray(GREY), "mask.png"),
        (Image.fromarray(GREY // 255), "mask.png"),
        (Image.fromarray(INSIDE), "one_bit.png"),
        (Image.fromarray(INSIDE), "one_bit.tif"),
        (Image.fromarray((INSIDE * 300).astype(np.uint16)), "numbers.png"),
        (Image.fromarray((INSIDE * 300).astype(">u2")), "numbers.tif"),
        (Image.fromarray(GREY), "mask.pgm"),
        (Image.fromarray(GREY), "mask.bmp"),
        (Image.fromarray(GREY), "mask.gif"),
        (Image.fromarray(GREY).convert("P"), "palette.png"),
        (Image.fromarray(GREY), "mask.jpg"),
        (Image.fromarray(GREY).convert("RGB"), "colour.jpg"),
        (Image.fromarray(GREY).convert("RGB"), "colour.webp"),
        (Image.fromarray(GREY).convert("RGBA"), "opaque.png"),
        (cut_out(GREY), "rgba.png"),
        (cut_out(GREY), "rgba.webp"),
        (cut_out(GREY), "rgba.tif"),
        (cut_out(np.where(INSIDE, 200, 3 * (COLUMN > 5)).astype(np.uint8)), "matte.png"),
        (Image.merge("LA", [Image.fromarray(PHOTO[..., 0]), Image.fromarray(GREY)]), "la.png"),
        (palette_with_transparency(), "transparent.png"),
        (palette_with_transparency(), "transparent.gif"),
        (key_colour(), "key.png"),
    ],
)
def test_mask_files(tmp_path: Path, image: Image.Image, name: str) -> None:
    image.save(tmp_path / name)
    np.testing.assert_array_equal(chosen(tmp_path / name), INSIDE)


def test_a_jpeg_of_low_quality_keeps_its_outline(tmp_path: Path) -> None:
    Image.fromarray(GREY).filter(ImageFilter.GaussianBlur(1)).save(tmp_path / "mask.jpg", quality=40)
    assert np.count_nonzero(chosen(tmp_path / "mask.jpg") != INSIDE) < 0.05 * np.count_nonzero(INSIDE)


def test_half_transparent_paint_on_black_is_no_alpha_mask(tmp_path: Path) -> None:
    painted = np.where(INSIDE[..., None], [255, 0, 0, 100], [0, 0, 0, 255]).astype(np.uint8)
    Image.fromarray(painted, "RGBA").save(tmp_path / "mask.png")
    np.testing.assert_array_equal(chosen(tmp_path / "mask.png"), INSIDE)


@pytest.mark.parametrize(
    "mask",
    [
        INSIDE,
        INSIDE[..., None],
        INSIDE[None],
        INSIDE * 7,
        INSIDE * 7.0,
        np.where(INSIDE, 1 + COLUMN % 3, 0).astype(np.float32),  # three objects by number
        np.where(INSIDE, 1, -1),  # -1: of no object
        np.where(INSIDE, 1.0, np.nan),
        np.where(INSIDE, 0.9, 0.1),
        np.where(INSIDE, 3.5, -2.25).astype(np.float16),  # logits
        np.ma.masked_array(INSIDE | (ROW < 3), ROW < 3),
    ],
)
def test_mask_arrays(tmp_path: Path, mask: np.ndarray) -> None:
    np.testing.assert_array_equal(chosen(mask), INSIDE)
    if not isinstance(mask, np.ma.MaskedArray):
        np.save(tmp_path / "mask.npy", mask)
        np.testing.assert_array_equal(chosen(tmp_path / "mask.npy"), INSIDE)


def test_any_channel_counts() -> None:
    for channel in range(3):
        mask = np.zeros((*SHAPE, 3), np.uint8)
        mask[..., channel] = INSIDE
        np.testing.assert_array_equal(object_pixels(mask), INSIDE)


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (INSIDE * 0, "depth array: no pixel has a depth inside mask array. No pixel of the mask is above 0."),
        (np.full(SHAPE, np.nan), "depth array: no pixel has a depth inside mask array. No pixel of the mask"),
        (INSIDE[:5], "mask array: is 64x5 pixels, the depth image 64x48; register one to the other."),
        (np.stack([INSIDE] * 5), "mask array: is 48x5 pixels, the depth image 64x48"),
        (INSIDE.astype(object), "mask array: holds object of shape (48, 64); numbers of shape (H, W) are needed."),
    ],
)
def test_masks_that_do_not_fit(mask: np.ndarray, message: str) -> None:
    with pytest.raises(ScanError) as error:
        read_depth(DEPTH, CAMERA, mask=mask)
    assert str(error.value).startswith(message)


def test_a_mask_of_everything_gets_a_note(tmp_path: Path) -> None:
    Image.fromarray(PHOTO).save(tmp_path / "photo.png")
    assert read_depth(DEPTH, CAMERA, mask=tmp_path / "photo.png").notes == (
        "has a mask, photo.png, that takes in 100.0% of the pixels; its pixels above 0 are the object.",
    )
    assert read_depth(DEPTH, CAMERA, mask=INSIDE).notes == ()


def test_of_an_animation_the_first_picture_is_the_mask(tmp_path: Path) -> None:
    Image.fromarray(GREY).save(tmp_path / "mask.gif", save_all=True, append_images=[Image.fromarray(255 - GREY)])
    cloud = read_depth(DEPTH, CAMERA, mask=tmp_path / "mask.gif")
    assert len(cloud) == np.count_nonzero(INSIDE)
    assert cloud.notes == ("holds 2 pictures in its mask mask.gif, of which the first is taken.",)
