"""Depth images: back-projection against an obvious reference, what counts as a measurement, and what is refused."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cg3d_runtime.errors import ScanError
from cg3d_runtime.preparation.prepare import PrepareSpec, prepare
from cg3d_runtime.scans import read_scan
from cg3d_runtime.scans.cloud import PointCloud
from cg3d_runtime.scans.depth import DepthImage, Intrinsics, parse_intrinsics, read_depth

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


WHOLE = DEPTH.astype(np.int64)
WHOLE[0, :3], WHOLE[3, 4:6] = 0, 65535  # three without a return, two beyond the range


@pytest.mark.parametrize("kind", [">u2", "<u2", ">i4", "<i4", "<u4", ">u4", "<i8", ">u8", "<f4", ">f4", "<f8"])
def test_65535_is_no_measurement_in_any_type(tmp_path: Path, kind: str) -> None:
    path = saved(tmp_path / "depth.npy", WHOLE.astype(kind))
    cloud = read_depth(path, CAMERA, 1000.0)
    np.testing.assert_allclose(cloud.xyz, slow_points(np.where(WHOLE == 65535, 0, WHOLE), 1000.0), rtol=1e-6, atol=1e-9)
    assert cloud.notes == ()


def pgm(depth: np.ndarray, maximum: int = 65535) -> bytes:
    return b"P5\n# a camera\n%d %d\n%d\n" % (*depth.shape[::-1], maximum) + depth.astype(">u2").tobytes()


def plain_pgm(depth: np.ndarray, maximum: int = 65535) -> bytes:
    rows = "\n".join(" ".join(map(str, row)) for row in depth)
    return f"P2 # plain\n{depth.shape[1]} {depth.shape[0]} {maximum}\n# rows\n{rows}".encode()


def image_file(depth: np.ndarray, kind: str, suffix: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(depth.astype(kind)).save(buffer, suffix)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        pgm(WHOLE),
        plain_pgm(WHOLE),
        image_file(WHOLE, "<u2", "PNG"),
        image_file(WHOLE, "<u2", "TIFF"),
        image_file(WHOLE, ">u2", "TIFF"),
        image_file(WHOLE, "<i4", "TIFF"),
    ],
)
def test_65535_is_no_measurement_in_any_format(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "depth.png"  # the content tells the format, not the name
    path.write_bytes(content)
    np.testing.assert_allclose(
        read_depth(path, CAMERA).xyz, slow_points(np.where(WHOLE == 65535, 0, WHOLE), 1000.0), rtol=1e-6, atol=1e-9
    )


@pytest.mark.parametrize("maximum", [3000, 4095, 10000])
def test_pgm_is_not_stretched(tmp_path: Path, maximum: int) -> None:
    """Pillow makes 65535 of the largest number that the header allows."""
    for content in (pgm(DEPTH, maximum), plain_pgm(DEPTH, maximum)):
        (tmp_path / "depth.pgm").write_bytes(content)
        np.testing.assert_allclose(
            read_depth(tmp_path / "depth.pgm", CAMERA).xyz, slow_points(DEPTH, 1000.0), rtol=1e-6, atol=1e-9
        )


@pytest.mark.parametrize(
    "content",
    [
        b"P5",
        b"P5 8 6",
        b"P5 8 6 0\n" + bytes(200),
        b"P5 8 6 70000\n" + bytes(200),
        pgm(DEPTH)[:-1],
        pgm(DEPTH, 300),
        plain_pgm(DEPTH)[:-20],
        plain_pgm(DEPTH).replace(b" ", b" x ", 40),
        b"P2 8 6 65535 " + b"-1 " * 48,
    ],
)
def test_damaged_pgm(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "depth.pgm").write_bytes(content)
    with pytest.raises(ScanError, match=r"/depth\.pgm: is not an image that can be read as PGM"):
        read_depth(tmp_path / "depth.pgm", CAMERA)


@pytest.mark.parametrize(
    ("depth", "left_out"),
    [
        (np.where(WHOLE == 65535, 65535 + 7, WHOLE).astype(np.int32), 3),  # tenths of a millimetre reach further
        (np.where(WHOLE == 65535, 70000, WHOLE * 0 + 65535).astype(np.uint32), 0),
        (np.where(WHOLE == 65535, 2**32 - 1, WHOLE).astype(np.uint32), 5),
        (np.where(WHOLE == 65535, 2**31 - 1, WHOLE).astype(np.int32), 5),
        (np.where(WHOLE == 65535, 2**31 - 1, WHOLE).astype(np.int64), 5),
        (np.where(WHOLE == 65535, 2**63 - 1, WHOLE), 5),
        (np.where(WHOLE == 65535, -1, WHOLE).astype(np.int16), 5),
        (np.where(WHOLE == 65535, -32768, WHOLE).astype(">i2"), 5),
        (np.where(WHOLE == 65535, 32767, WHOLE).astype(np.int16), 5),
        ((WHOLE.astype(np.uint16) / 1000).astype(np.float32), 5),
        (WHOLE.astype(np.float32) * np.float32(0.001), 5),
        (WHOLE / 5000, 5),
        (np.where(WHOLE == 65535, 1e10, WHOLE / 1000).astype(np.float32), 5),  # what Blender writes
        (np.where(WHOLE == 65535, 65504, WHOLE / 1000).astype(np.float16), 5),
        (np.where(WHOLE == 65535, np.finfo(np.float32).max, WHOLE / 1000).astype(np.float32), 5),
        (np.where(WHOLE == 65535, np.nan, WHOLE / 1000), 5),
        (np.where(WHOLE == 65535, 1e-6, WHOLE / 1000), 5),
        (np.where(np.arange(48).reshape(6, 8) == 9, 65.535, DEPTH / 1000), 0),  # once: a wall that is so far
        (np.where(WHOLE == 65535, 65.535, DEPTH / 1000) + (WHOLE == 0) * 100, 0),  # not the largest
    ],
)
def test_what_is_no_measurement(depth: np.ndarray, left_out: int) -> None:
    assert len(read_depth(depth, CAMERA)) == depth.size - left_out


def test_what_is_masked_in_a_masked_array_is_no_measurement() -> None:
    masked = np.ma.masked_array(DEPTH, DEPTH > 2000)
    np.testing.assert_array_equal(
        read_depth(masked, CAMERA).xyz, read_depth(np.where(DEPTH > 2000, 0, DEPTH), CAMERA).xyz
    )


@pytest.mark.parametrize("value", [10.0, 1000.0, 3.0])
def test_a_far_plane_gets_a_note(value: float) -> None:
    metres = DEPTH / 1000
    metres[:3] = value
    note = read_depth(metres, CAMERA).notes[0]
    assert note.startswith(f"has 24 of 48 pixels at {value:g} m, its largest depth, which looks like a far plane")
    metres[:2] = DEPTH[:2] / 1000
    metres[2, 4:] = DEPTH[2, 4:] / 1000  # four pixels
    assert len(read_depth(metres, CAMERA).notes) == (1 if value > 6 else 0)


@pytest.mark.parametrize(("scale", "distance"), [(1.0, "1.52e+03"), (1e6, "0.00152")])
def test_a_wrong_depth_scale_gets_a_note(scale: float, distance: str) -> None:
    depth = DEPTH * 0 + 1500 + np.arange(48, dtype=np.uint16).reshape(6, 8)
    assert read_depth(depth, CAMERA).notes == ()
    assert f"lies {distance} m from the camera with a depth scale of {scale:g}; check --depth-scale." in [
        *read_depth(depth, CAMERA, scale).notes
    ]


def test_images_in_memory() -> None:
    torch = pytest.importorskip("torch")
    expected = read_depth(DEPTH, CAMERA).xyz
    np.testing.assert_allclose(expected, slow_points(DEPTH, 1000.0), rtol=1e-6, atol=1e-9)
    for array in (
        DEPTH[..., None],
        DEPTH[None],
        torch.from_numpy(DEPTH / 1000).requires_grad_(),
        Image.fromarray(DEPTH),
    ):
        np.testing.assert_array_equal(DepthImage(array, CAMERA).read().xyz, expected)  # type: ignore[arg-type]
    mask, colours = DEPTH > 1000, np.random.default_rng(0).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    cloud = DepthImage(DEPTH, [500.0, 510.0, 3.5, 2.25], mask=mask, rgb=colours).read()
    np.testing.assert_array_equal(cloud.xyz, expected[mask.ravel()])
    np.testing.assert_allclose(cloud.rgb, colours[mask] / 255, atol=1e-7)  # type: ignore[arg-type]
    cloud = DepthImage(DEPTH, CAMERA, rgb=colours.astype(np.uint16) * 257).read()
    np.testing.assert_allclose(cloud.rgb, colours.reshape(-1, 3) / 255, atol=1e-6)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("depth", "message"),
    [
        (DEPTH.astype(str), "depth array: holds <U"),
        (DEPTH.astype(complex), "depth array: holds complex128 of shape (6, 8); numbers of shape (H, W) are needed."),
        (DEPTH.ravel(), "depth array: holds uint16 of shape (48,); an image (H, W) is needed."),
        (np.stack([DEPTH] * 3, axis=2), "depth array: holds uint16 of shape (6, 8, 3); a depth image is one channel"),
        (DEPTH > 0, "depth array: holds bool of shape (6, 8); a depth image is one channel"),
        ([[1, 2], [3]], "depth array: "),
        (DEPTH[:0], "depth array: no pixel has a depth."),
        (None, "depth array: holds object"),
    ],
)
def test_arrays_that_are_no_depth(depth: np.ndarray, message: str) -> None:
    with pytest.raises(ScanError) as error:
        DepthImage(depth, CAMERA).read()
    assert str(error.value).startswith(message)


def test_npz_with_one_array(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "depth.npz", anything=DEPTH)
    np.testing.assert_array_equal(read_depth(tmp_path / "depth.npz", CAMERA).xyz, read_depth(DEPTH, CAMERA).xyz)
    np.savez(tmp_path / "both.npz", depth=DEPTH, mask=DEPTH)
    with pytest.raises(ScanError, match=r"/both\.npz: holds the arrays depth, mask; an \.npz with one array is needed"):
        read_depth(tmp_path / "both.npz", CAMERA)


def test_of_several_pages_the_first_is_read(tmp_path: Path) -> None:
    pages = [Image.fromarray(DEPTH + add) for add in (0, 1, 2)]
    pages[0].save(tmp_path / "depth.tif", save_all=True, append_images=pages[1:])
    cloud = read_depth(tmp_path / "depth.tif", CAMERA)
    np.testing.assert_array_equal(cloud.xyz, read_depth(DEPTH, CAMERA).xyz)
    assert cloud.notes == ("holds 3 pictures, of which the first is taken.",)


def test_more_points_than_are_read_are_refused() -> None:
    """A PNG of 96 kB may hold them."""
    plain = np.broadcast_to(np.uint16(1500), (5792, 5792))  # without memory of its own
    with pytest.raises(
        ScanError, match=r"^depth array: holds 33547264 points; at most 25000000 are read\. Mask the object"
    ):
        read_depth(plain, (5000, 5000, 2896, 2896))
    with pytest.raises(ScanError, match=r"^depth array: has 7000 x 5792 pixels, above the limit of 33554432"):
        read_depth(np.broadcast_to(np.uint16(1500), (5792, 7000)), (5000, 5000, 3500, 2896))


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory as Linux tells it")
def test_a_large_image_takes_no_multiple_of_its_points(tmp_path: Path) -> None:
    """4 million pixels are 48 MB of points; index arrays of the whole image were 260 MB more."""
    Image.fromarray(np.full((2000, 2000), 1500, np.uint16)).save(tmp_path / "depth.png")
    program = (
        "import resource, sys; from PIL import Image; from cg3d_runtime.scans.depth import read_depth\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "assert len(read_depth(sys.argv[1], (1500, 1500, 1000, 1000))) == 4_000_000\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "depth.png"], capture_output=True, text=True, check=True
    )
    assert float(ran.stdout) < 130


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
        ("500,500,320", "intrinsics must be four numbers fx,fy,cx,cy in pixels, or a file of them, got '500,500,320'."),
        (
            "500,500,320,a",
            "intrinsics must be four numbers fx,fy,cx,cy in pixels, or a file of them, got '500,500,320,a'.",
        ),
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
    assert str(error.value).startswith(f"{tmp_path}/{message}")


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
    with pytest.raises(
        ScanError, match=r"/depth\.png: .*9000 x 9000 pixels, above the limit of 33554432; scale it down"
    ):
        read_depth(path, CAMERA)


@pytest.mark.parametrize("suffix", ["png", "npy"])
def test_files_that_cannot_be_read(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"depth.{suffix}"
    with pytest.raises(ScanError, match=rf"/depth\.{suffix}: cannot be read: No such file or directory\.$"):
        read_depth(path, CAMERA)
    path.write_bytes(b"not an image")
    with pytest.raises(ScanError, match=rf"/depth\.{suffix}: is not an (image|array) that"):
        read_depth(path, CAMERA)
    saved(path, DEPTH)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ScanError, match=rf"/depth\.{suffix}: is not an (image|array) that"):
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


@pytest.mark.parametrize(
    ("gravity", "up"),
    [
        (None, "-y"),
        ((0, 1, 0), "-y"),
        ((0.0, 9.81, 0.0), "-y"),
        ([0, 0, 9.81], "-z"),  # a camera that looks straight down
        (np.float32([0.0, 3.0, 4.0]), (0.0, -0.6, -0.8)),
    ],
)
def test_gravity_tells_which_way_is_up(gravity: object, up: object) -> None:
    cloud = DepthImage(DEPTH, CAMERA, gravity=gravity).read()  # type: ignore[arg-type]
    assert cloud.up == (up if isinstance(up, str) else pytest.approx(up))
    np.testing.assert_array_equal(cloud.xyz, read_depth(DEPTH, CAMERA).xyz)


def test_a_camera_that_looks_down_by_30_degrees_prepares_as_a_level_one() -> None:
    """The same points, turned about the camera's x as its housing is, and its accelerometer's reading times -1."""
    rng = np.random.default_rng(0)
    depth = rng.integers(900, 1100, size=(40, 40)).astype(np.uint16)
    level = DepthImage(depth, Intrinsics(60, 60, 20, 20)).read()
    sine, cosine = np.sin(np.radians(30)), np.cos(np.radians(30))
    downwards = np.array([[1, 0, 0], [0, cosine, -sine], [0, sine, cosine]])  # what was ahead is above the middle now
    seen = PointCloud((level.xyz.astype(np.float64) @ downwards.T).astype(np.float32), up=-(downwards @ [0, 1, 0]))
    leaning = DepthImage(depth, Intrinsics(60, 60, 20, 20), gravity=downwards @ [0, 1, 0]).read()
    assert leaning.up == seen.up
    spec = PrepareSpec(points=256, mode="cg3d")
    np.testing.assert_allclose(prepare(seen, spec), prepare(level, spec), atol=1e-5)


@pytest.mark.parametrize("gravity", [(0, 0, 0), (0, 1), (np.nan, 1, 0), (np.inf, 0, 0), "down", 9.81])
def test_gravity_that_is_no_direction_is_told(gravity: object) -> None:
    with pytest.raises(ScanError) as error:
        DepthImage(DEPTH, CAMERA, gravity=gravity).read()  # type: ignore[arg-type]
    assert str(error.value) == (
        "gravity must be the direction in which things fall, three finite numbers in the camera's frame that are not all zero "
        f"(0, 1, 0 for a level camera); got {gravity!r:.80}."
    )
