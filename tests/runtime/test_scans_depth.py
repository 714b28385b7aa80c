"""Depth images: back-projection against an obvious reference, what counts as a measurement, and what is refused."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans import read_scan
from cg3d_runtime.scans.camera import Intrinsics, parse_intrinsics
from cg3d_runtime.scans.depth import read_depth

CAMERA = Intrinsics(500.0, 510.0, 3.5, 2.25)
DEPTH = np.random.default_rng(0).integers(400, 3000, size=(6, 8)).astype(np.uint16)


def slow_points(depth: np.ndarray, scale: float) -> list[list[float]]:
    """Every pixel above 0 through the pinhole, one at a time."""
    points = []
    for v in range(depth.shape[0]):
        for u in range(depth.shape[1]):
            z = float(depth[v, u]) / scale
            if z > 0:
                points.append([(u - CAMERA.cx) * z / CAMERA.fx, (v - CAMERA.cy) * z / CAMERA.fy, z])
    return points


def saved(path: Path, image: np.ndarray) -> Path:
    if path.suffix == ".npy":
        np.save(path, image)
    else:
        Image.fromarray(image).save(path)
    return path


@pytest.mark.parametrize(
    ("name", "depth", "scale", "units"),
    [
        ("depth.png", DEPTH, None, 1000.0),
        ("depth.png", DEPTH, 5000.0, 5000.0),
        ("depth.tif", DEPTH, None, 1000.0),
        ("depth.npy", DEPTH, None, 1000.0),
        ("depth.npy", DEPTH.astype(np.int32), None, 1000.0),
        ("depth.tiff", DEPTH.astype(np.float32) / 1000, None, 1.0),
        ("depth.npy", DEPTH / 1000, None, 1.0),
        ("depth.NPY", DEPTH.astype(np.float32), 1000.0, 1000.0),
    ],
)
def test_matches_the_reference(tmp_path: Path, name: str, depth: np.ndarray, scale: float | None, units: float) -> None:
    path = saved(tmp_path / name.lower(), depth).rename(tmp_path / name)
    cloud = read_depth(path, CAMERA, scale)
    np.testing.assert_allclose(cloud.xyz, slow_points(depth, units), rtol=1e-6, atol=1e-9)
    assert cloud.up == "-y" and cloud.rgb is None


def test_pixels_without_a_measurement_are_left_out(tmp_path: Path) -> None:
    whole = DEPTH.copy()
    whole[0, :3] = [0, 65535, 1]
    assert len(read_depth(saved(tmp_path / "depth.png", whole), CAMERA)) == DEPTH.size - 2
    metres = DEPTH / 1000
    metres[0, :4] = [0, np.nan, -np.inf, np.inf]
    metres[1, 0] = -1
    assert len(read_depth(saved(tmp_path / "depth.npy", metres), CAMERA)) == DEPTH.size - 5


@pytest.mark.parametrize("kind", ["grey", "bool", "rgb", "rgba", "palette", "npy"])
def test_mask_and_colours(tmp_path: Path, kind: str) -> None:
    inside = np.random.default_rng(1).random(DEPTH.shape) < 0.5
    colours = np.random.default_rng(2).integers(0, 256, (*DEPTH.shape, 3), dtype=np.uint8)
    grey = Image.fromarray((inside * 7).astype(np.uint8))
    if kind == "npy":
        np.save(tmp_path / "mask.npy", inside)
    else:
        mode = {"grey": "L", "bool": "L", "rgb": "RGB", "rgba": "RGBA", "palette": "P"}[kind]
        (Image.fromarray(inside) if kind == "bool" else grey.convert(mode)).save(tmp_path / "mask.png")
    mask = next(tmp_path.glob("mask.*"))
    depth, rgb = saved(tmp_path / "depth.png", DEPTH), saved(tmp_path / "rgb.png", colours)
    cloud, whole = read_depth(depth, CAMERA, mask=mask, rgb=rgb), read_depth(depth, CAMERA)
    np.testing.assert_array_equal(cloud.xyz, whole.xyz[inside.ravel()])
    np.testing.assert_allclose(cloud.rgb, colours[inside] / 255, atol=1e-7)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("500,500,320", "intrinsics must be four numbers fx,fy,cx,cy in pixels, got '500,500,320'."),
        ("500,500,320,a", "intrinsics must be four numbers fx,fy,cx,cy in pixels, got '500,500,320,a'."),
        ("0,500,320,240", "finite, with focal lengths above 0, got '0,500,320,240' for fx,fy,cx,cy."),
        ("500,500,nan,240", "finite, with focal lengths above 0, got '500,500,nan,240' for fx,fy,cx,cy."),
    ],
)
def test_intrinsics(text: str, message: str) -> None:
    assert parse_intrinsics("520.9, 521,325.1,249.7") == Intrinsics(520.9, 521.0, 325.1, 249.7)
    with pytest.raises(ScanError) as error:
        parse_intrinsics(text)
    assert str(error.value).endswith(message)


COLOUR = np.zeros((6, 8, 3), np.uint8)


@pytest.mark.parametrize(
    ("depth", "mask", "rgb", "message"),
    [
        (COLOUR, None, None, "depth.png: holds uint8 of shape (6, 8, 3); a depth image is one channel of 16-bit"),
        (DEPTH.astype(np.uint8), None, None, "depth.png: holds uint8 of shape (6, 8); a depth image is one channel"),
        (DEPTH * 0, None, None, "depth.png: no pixel has a depth."),
        (DEPTH, COLOUR, None, "depth.png: no pixel has a depth inside mask.png."),
        (DEPTH, COLOUR[:3], None, "mask.png: is 8x3 pixels, the depth image 8x6; register one to the other."),
        (DEPTH, None, COLOUR[:, :4], "rgb.png: is 4x6 pixels, the depth image 8x6; register one to the other."),
        (DEPTH, None, DEPTH, "rgb.png: holds uint16 of shape (6, 8); a colour image (H, W, 3) is needed."),
    ],
)
def test_images_that_do_not_fit(
    tmp_path: Path, depth: np.ndarray, mask: np.ndarray | None, rgb: np.ndarray | None, message: str
) -> None:
    files = {
        name: saved(tmp_path / f"{name}.png", image)
        for name, image in {"depth": depth, "mask": mask, "rgb": rgb}.items()
        if image is not None
    }
    with pytest.raises(ScanError) as error:
        read_depth(files["depth"], CAMERA, mask=files.get("mask"), rgb=files.get("rgb"))
    assert str(error.value).startswith(message)


@pytest.mark.parametrize("scale", [0.0, -1.0, float("nan"), float("inf")])
def test_depth_scale_must_be_above_0(tmp_path: Path, scale: float) -> None:
    with pytest.raises(ScanError, match=r"depth scale must be above 0 and finite, the units in a metre; got"):
        read_depth(saved(tmp_path / "depth.png", DEPTH), CAMERA, scale)


def test_a_header_that_claims_a_huge_image_costs_nothing(tmp_path: Path) -> None:
    path = saved(tmp_path / "depth.png", DEPTH)
    content = bytearray(path.read_bytes())
    content[16:24] = (9000).to_bytes(4, "big") * 2  # width and height
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    path.write_bytes(content)
    with pytest.raises(ScanError, match=r"^depth\.png: .*9000 x 9000 pixels, above the limit of 33554432"):
        read_depth(path, CAMERA)


@pytest.mark.parametrize("suffix", ["png", "npy"])
def test_files_that_cannot_be_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"depth.{suffix}"
    with pytest.raises(ScanError, match=rf"^depth\.{suffix}: cannot be read: No such file or directory\.$"):
        read_depth(path, CAMERA)
    path.write_bytes(b"not an image")
    with pytest.raises(ScanError, match=rf"^depth\.{suffix}: is not an (image|array) that"):
        read_depth(path, CAMERA)
    saved(path, DEPTH)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ScanError, match=rf"^depth\.{suffix}: is not an (image|array) that"):
        read_depth(path, CAMERA)


def test_shared_frame(shared_data: Path) -> None:
    """A desk in metres, upright and not mirrored: as many points as measurements, colours where they belong."""
    folder = shared_data / "scans" / "rgbd"
    camera = json.loads((folder / "intrinsics.json").read_text())
    cloud = read_depth(
        folder / "1_depth.png",
        Intrinsics(camera["fx"], camera["fy"], camera["cx"], camera["cy"]),
        camera["depth_scale"],
        rgb=folder / "1_color.png",
    )
    assert len(cloud) > 100_000 and 0.3 < np.median(cloud.xyz[:, 2]) < 5
    assert cloud.rgb is not None and cloud.rgb.std() > 0.1
    pixels = np.round(cloud.xyz[:, :2] / cloud.xyz[:, 2:] * [camera["fx"], camera["fy"]] + [camera["cx"], camera["cy"]])
    colour = np.asarray(Image.open(folder / "1_color.png"))[pixels[:, 1].astype(int), pixels[:, 0].astype(int)]
    np.testing.assert_allclose(cloud.rgb, colour / 255, atol=1e-6)


def test_a_depth_image_is_no_scan_by_itself(tmp_path: Path) -> None:
    with pytest.raises(ScanError, match=r"depth\.png: is an image; a depth image needs its camera: --depth IMAGE"):
        read_scan(saved(tmp_path / "depth.png", DEPTH))
