"""Reading ULIP's ShapeNet triplets from a tree in their layout."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cg3d.data.formats.ulip import read_ulip
from cg3d.data.samples import SampleSpec, make_sample
from cg3d_runtime.errors import DataError

NAME = "02691156-10155655850468db78d106ce0a280f87"
TWIN = "02691156-u-twin"
SPEC = SampleSpec(points=64, views=5, image_size=16, drawn_points=128)


def ulip_tree(folder: Path) -> Path:
    """Two objects with 30 RGBA pictures; the middle of the picture of angle a is red a // 2, its corner transparent."""
    (folder / "shapenet_pc").mkdir()
    (folder / "train.txt").write_text(f"{NAME}.npy\n")
    (folder / "test.txt").write_text(f"{TWIN}.npy\n")
    (folder / "taxonomy.json").write_text(json.dumps([{"synsetId": "02691156", "name": "airplane,aeroplane,plane"}]))
    for name in (NAME, TWIN):
        np.save(folder / "shapenet_pc" / f"{name}.npy", np.random.default_rng(0).random((8192, 3)).astype(np.float32))
        renders = folder / "rendered_images" / name
        renders.mkdir(parents=True)
        for angle in range(0, 360, 12):
            pixels = np.zeros((16, 16, 4), np.uint8)
            pixels[4:12, 4:12] = (angle // 2, 0, 0, 255)
            Image.fromarray(pixels).save(renders / f"{name}_r_{angle:03d}.png")
            Image.fromarray(np.full((16, 16), 255, np.uint8)).save(renders / f"{name}_r_{angle:03d}_depth0001.png")
    return folder


def test_triplets(tmp_path: Path) -> None:
    first, twin = read_ulip(str(ulip_tree(tmp_path)))
    assert (first.info.id, first.info.label, first.info.split) == (NAME, "airplane", "train")
    assert first.info.captions == ("an airplane", "an aeroplane", "a plane")
    assert (twin.info.split, twin.info.set, twin.info.licence) == ("test", "ULIP-ShapeNet", "LicenseRef-ShapeNet")
    assert first.problem() is None and twin.problem() is None


def test_pictures_are_spread_over_the_angles_and_stand_on_white(tmp_path: Path) -> None:
    sample = make_sample(read_ulip(str(ulip_tree(tmp_path)))[0], SPEC)
    assert sample.views[:, 8, 8, 0].tolist() == [0, 36, 72, 108, 144]  # halves of 0, 72, 144, 216, 288 degrees
    assert (sample.views[:, 0, 0] == 255).all() and (sample.views[:, 8, 8, 1] == 0).all()
    assert sample.points.shape == (64, 6) and not sample.has_colour


def test_a_view_for_every_picture_takes_no_depth(tmp_path: Path) -> None:
    pictures = read_ulip(str(ulip_tree(tmp_path)))[1].pictures(30)
    assert pictures is not None and pictures[:, 8, 8, 0].tolist() == [angle // 2 for angle in range(0, 360, 12)]


def test_an_object_without_pictures_is_a_problem(tmp_path: Path) -> None:
    first, twin = read_ulip(str(ulip_tree(tmp_path)))
    for picture in (tmp_path / "rendered_images" / TWIN).glob(f"{TWIN}_r_???.png"):
        picture.unlink()  # depth is left
    assert first.problem() is None
    assert f"rendered_images/{TWIN}: no picture" in (twin.problem() or "")


def test_undecodable_picture_names_its_file(tmp_path: Path) -> None:
    broken = ulip_tree(tmp_path) / "rendered_images" / NAME / f"{NAME}_r_072.png"
    broken.write_bytes(broken.read_bytes()[:50])
    with pytest.raises(DataError, match=r"_r_072\.png: is no picture that can be decoded"):
        read_ulip(str(tmp_path))[0].pictures(5)


def test_missing_list_and_taxonomy(tmp_path: Path) -> None:
    ulip_tree(tmp_path)
    (tmp_path / "taxonomy.json").unlink()
    with pytest.raises(DataError, match=r"taxonomy\.json, which names the synsets, was not found"):
        read_ulip(str(tmp_path))
    with pytest.raises(DataError, match=r"no list of objects was found\. Looked for .*nowhere/train\.txt"):
        read_ulip(str(tmp_path / "nowhere"))
