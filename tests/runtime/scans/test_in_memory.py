"""What SDKs hand out in memory: told by what it has, never by importing its library."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from cg3d_runtime.errors import ScanError
from cg3d_runtime.preparation.scan import scans_of
from cg3d_runtime.scans.cloud import PointCloud
from cg3d_runtime.scans.in_memory import cloud_of, is_one_scan

XYZ = np.random.default_rng(0).uniform(0.1, 0.4, (600, 3)).astype(np.float32)
RGB = (XYZ * 255).astype(np.uint8)
PACKED = RGB.astype(np.uint32) @ np.array([1 << 16, 1 << 8, 1], np.uint32)
FACES = np.arange(600).reshape(-1, 3)


def records(dtype: Any, shape: tuple[int, ...] = (600,), **columns: np.ndarray) -> np.ndarray:
    rows = np.zeros(shape, dtype)
    for name, values in columns.items():
        rows[name] = values.reshape(shape)
    return rows


def named(xyz: np.ndarray = XYZ) -> dict[str, np.ndarray]:
    return dict(zip("xyz", xyz.T, strict=True))


READ_POINTS = np.dtype(  # sensor_msgs_py.point_cloud2.read_points of a RealSense: padded, colours packed into a float
    {"names": ["x", "y", "z", "rgb"], "formats": ["<f4"] * 4, "offsets": [0, 4, 8, 16], "itemsize": 32}
)
GET_VERTICES = [("f0", "<f4"), ("f1", "<f4"), ("f2", "<f4")]  # pyrealsense2
XYZRGBA = [("x", "<f4"), ("y", "<f4"), ("z", "<f4"), *((c, "u1") for c in "rgba")]  # Zivid's copy_data("xyzrgba")
HOMOGENEOUS = np.concatenate([XYZ, np.full((600, 1), 1e-38, np.float32)], axis=1)

ORDINARY = {
    "list of lists": XYZ.tolist(),
    "list of tuples": list(map(tuple, XYZ.tolist())),
    "(N, 4)": HOMOGENEOUS,
    "(H, W, 3)": XYZ.reshape(20, 30, 3),
    "(H, W, 4) of ZED": HOMOGENEOUS.reshape(20, 30, 4),
    "(1, N, 3)": XYZ[None],
    "(N, 1, 3) of OpenCV": XYZ[:, None],
    "(N, 3, 1)": XYZ[..., None],
    "memoryview": memoryview(XYZ),  # type: ignore[arg-type]
    "beside matrices": {"cloud": XYZ, "pose": np.eye(4), "K": np.eye(3)},
    "Fortran order": np.asfortranarray(XYZ),
    "big-endian": XYZ.astype(">f4"),
    "get_vertices": records(GET_VERTICES, f0=XYZ[:, 0], f1=XYZ[:, 1], f2=XYZ[:, 2]),
    "ros_numpy": records([("x", "<f4"), ("y", "<f4"), ("z", "<f4"), ("intensity", "<f4")], **named()),
    "a field of three": records([("t", "<f8"), ("xyz", "<f4", (3,))], (600,)),
    "dictionary": {"points": XYZ, "label": np.array("mug")},
    "columns of a dictionary": named(),
    "Open3D": SimpleNamespace(points=XYZ.tolist(), colors=np.empty((0, 3)), normals=np.empty((0, 3))),
    "Open3D tensor": SimpleNamespace(
        point={"positions": SimpleNamespace(cpu=lambda: SimpleNamespace(numpy=lambda: XYZ))}
    ),
    "trimesh PointCloud": SimpleNamespace(vertices=XYZ, colors=np.empty((0, 4), np.uint8)),
    "PyVista cloud": SimpleNamespace(points=XYZ, faces=np.empty(0, int)),
    "laspy": SimpleNamespace(xyz=XYZ.astype(np.float64), points=np.zeros(3)),
    "pandas": SimpleNamespace(to_records=lambda index: records([(c, "f4") for c in "xyz"], **named()), ndim=2),
    "__array__": SimpleNamespace(),
}
ORDINARY["a field of three"]["xyz"] = XYZ  # type: ignore[index, call-overload]


class WithArray:
    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return XYZ


class WithDlpack:
    def __dlpack__(self, **wanted: Any) -> Any:
        return XYZ.__dlpack__()

    def __dlpack_device__(self) -> tuple[int, int]:
        return XYZ.__dlpack_device__()


ORDINARY["__array__"] = WithArray()
ORDINARY["DLPack"] = WithDlpack()


@pytest.mark.parametrize("name", ORDINARY)
def test_points_as_libraries_hand_them_out(name: str) -> None:
    cloud = cloud_of(ORDINARY[name])
    np.testing.assert_array_equal(cloud.xyz, XYZ)
    assert cloud.rgb is None and cloud.up == "z"
    has_rows_of_points = getattr(ORDINARY[name], "ndim", 1) == 3 and "(N, 1, 3)" not in name  # which are no neighbours
    assert is_one_scan(ORDINARY[name]) != (isinstance(ORDINARY[name], list) or has_rows_of_points)


COLOURED = {
    "(N, 6) in [0, 1]": np.concatenate([XYZ, RGB / 255], axis=1),
    "(N, 6) in bytes": np.concatenate([XYZ, RGB], axis=1),
    "read_points": records(READ_POINTS, **named(), rgb=PACKED.view(np.float32)),
    "packed integers": records([*((c, "<f4") for c in "xyz"), ("rgba", "<u4")], **named(), rgba=PACKED),
    "Zivid": records(XYZRGBA, (20, 30), **named(), **dict(zip("rgb", RGB.T, strict=True))),
    "Open3D": SimpleNamespace(points=XYZ, colors=RGB / 255),
    "Open3D tensor": SimpleNamespace(point={"positions": XYZ, "colors": RGB}),
    "trimesh PointCloud": SimpleNamespace(vertices=XYZ, colors=np.insert(RGB, 3, 255, axis=1)),
    "dictionary": {"xyz": XYZ, "colors": RGB},
    "Point-E": {"coords": XYZ, **dict(zip("RGB", (RGB / 255).T, strict=True))},
}


@pytest.mark.parametrize("name", COLOURED)
def test_colours_as_libraries_hand_them_out(name: str) -> None:
    cloud = cloud_of(COLOURED[name])
    np.testing.assert_allclose(cloud.xyz, XYZ, atol=1e-7)
    np.testing.assert_allclose(cloud.rgb, RGB / 255, atol=1e-6)  # type: ignore[arg-type]


def test_normals_are_no_colours() -> None:
    normals = XYZ / np.linalg.norm(XYZ, axis=1, keepdims=True)
    normals[::7] = 0  # not estimated
    for signs in (1, -1):
        assert cloud_of(np.concatenate([XYZ, signs * normals], axis=1)).rgb is None


MESHES = {
    "trimesh": SimpleNamespace(vertices=XYZ, faces=FACES, triangles=XYZ[FACES], visual=SimpleNamespace(kind=None)),
    "Open3D": SimpleNamespace(vertices=XYZ, triangles=FACES.astype(np.int32), vertex_colors=np.empty((0, 3))),
    "Open3D tensor": SimpleNamespace(vertex={"positions": XYZ}, triangle={"indices": FACES}),
    "PyVista": SimpleNamespace(points=XYZ, faces=np.insert(FACES, 0, 3, axis=1).ravel()),
    "scene": SimpleNamespace(to_mesh=lambda: SimpleNamespace(vertices=XYZ, faces=FACES)),
    "dictionary": {"vertices": XYZ, "faces": FACES},
}


@pytest.mark.parametrize("name", MESHES)
def test_the_surface_of_meshes_is_sampled(name: str) -> None:
    cloud = cloud_of(MESHES[name])
    np.testing.assert_array_equal(cloud.xyz, cloud_of(MESHES["trimesh"]).xyz)
    assert len(cloud) == 20_000 and is_one_scan(MESHES[name])


def test_colours_of_vertices_come_along() -> None:
    visual = SimpleNamespace(kind="vertex", vertex_colors=np.full((600, 4), 51, np.uint8))
    cloud = cloud_of(SimpleNamespace(vertices=XYZ, faces=FACES, visual=visual))
    np.testing.assert_allclose(cloud.rgb, 0.2, atol=1e-6)  # type: ignore[arg-type]


def test_trimesh() -> None:
    trimesh = pytest.importorskip("trimesh")
    np.testing.assert_array_equal(cloud_of(trimesh.PointCloud(XYZ)).xyz, XYZ)
    box = trimesh.creation.box((1, 2, 3))
    for given in (box, trimesh.Scene([box])):
        np.testing.assert_allclose(np.ptp(cloud_of(given).xyz, axis=0), [1, 2, 3], rtol=0.02)


def test_masks_and_zeros_are_no_measurement() -> None:
    masked = np.ma.masked_array(XYZ, mask=np.zeros((600, 3), bool))
    masked[5, 1] = np.ma.masked
    for given in (masked, masked.reshape(20, 30, 3), {axis: masked[:, i] for i, axis in enumerate("xyz")}):
        assert np.flatnonzero(np.isnan(cloud_of(given).xyz).any(axis=1)).tolist() == [5]
    organised = XYZ.reshape(20, 30, 3).copy()
    organised[:4] = 0
    assert np.isnan(cloud_of(organised).xyz[:120]).all()
    assert "120 of 600 points at 0 0 0" in cloud_of(organised).notes[0]


MAP = np.array([386_341.8, 5_819_822.6, 34.5])
FAR = {
    "array": XYZ + MAP,
    "list": (XYZ + MAP).tolist(),
    "organised": (XYZ + MAP).reshape(20, 30, 3),
    "big-endian": (XYZ + MAP).astype(">f8"),
    "long double": (XYZ + MAP).astype(np.longdouble),
    "records": records([(c, "f8") for c in "xyz"], **named(XYZ + MAP)),
    "Open3D": SimpleNamespace(points=XYZ + MAP),
    "mesh": SimpleNamespace(vertices=XYZ + MAP, faces=FACES),
    "PointCloud": PointCloud(XYZ + MAP),
    "integers": np.round((XYZ + MAP) * 1e6).astype(np.int64),
}


@pytest.mark.parametrize("name", FAR)
def test_map_coordinates_keep_their_shape(name: str) -> None:
    cloud = cloud_of(FAR[name])
    near = cloud_of(SimpleNamespace(vertices=XYZ, faces=FACES)).xyz if name == "mesh" else XYZ
    scale = 1e6 if name == "integers" else 1
    np.testing.assert_allclose(np.ptp(cloud.xyz, axis=0), np.ptp(near, axis=0) * scale, rtol=1e-4)
    np.testing.assert_allclose(cloud.xyz - cloud.xyz[0], (near - near[0]) * scale, atol=2e-6 * scale)
    assert cloud.notes == ()


REFUSED = {
    r"the ndarray holds float32 of shape \(600, 2\); numbers of shape \(N, 3\) or \(N, 6\) are needed.": XYZ[:, :2],
    r"holds float32 of shape \(3, 600\); it looks transposed": XYZ.T,
    r"holds float32 of shape \(3, 20, 30\); it looks transposed": XYZ.T.reshape(3, 20, 30),
    r"holds uint16 of shape \(480, 640\); it looks like a depth image, which needs its camera": np.ones((480, 640), "u2"),
    r"holds float32 of shape \(480, 640, 1\); it looks like a depth image": np.ones((480, 640, 1), "f4"),
    r"holds uint8 of shape \(48, 64, 3\); it looks like a colour image": np.ones((48, 64, 3), np.uint8),
    r"it looks like 2 clouds: give them one by one, or .reshape\(-1, 3\) if it is one": np.stack([XYZ, XYZ]),
    r"holds float32 of shape \(1800,\); .* .reshape\(-1, 3\) makes rows of it": XYZ.ravel(),
    r"holds float64 of shape \(\); numbers": np.array(1.0),
    r"holds complex64 of shape": XYZ.astype(np.complex64),
    r"the list holds 2 scans; one is needed. answer_all names many.": ["a.ply", "b.ply"],
    r"the list cannot become an array of numbers": [[1, 2, 3], [1, 2]],
    r"the object holds object of shape \(\)": object(),
    r"the NoneType holds object": None,
    r"the dict has no array xyz or points. Arrays found: rgb, normals": {"rgb": RGB, "normals": XYZ},
    r"has more than one array that can be the points, and none is called xyz or points. Arrays found: a, b": {
        "a": XYZ,
        "b": XYZ,
    },
    r"has columns that are no numbers, or not equally many: x float32 \(600,\)": {**named(), "z": XYZ[:5, 2]},
    r"it has x, y only; a z array is needed|has no array xyz": {"x": XYZ[:, 0], "y": XYZ[:, 1]},
    r"has faces of shape \(2, 4\); triangles of shape \(F, 3\) are needed": {"xyz": XYZ, "faces": np.ones((2, 4), int)},
    r"faces refer to vertices 0 to 600, but there are 600": {"xyz": XYZ, "faces": np.array([[0, 1, 600]])},
    r"colours must be numbers of shape \(600, 3\) like xyz, got uint8 of shape \(5, 3\)": {"xyz": XYZ, "rgb": RGB[:5]},
}  # fmt: skip


@pytest.mark.parametrize("message", REFUSED)
def test_what_is_no_cloud(message: str) -> None:
    with pytest.raises(ScanError, match=message) as error:
        cloud_of(REFUSED[message])
    assert "\n" not in str(error.value)


def test_one_scan_that_was_forgotten_to_be_listed() -> None:
    for one in ("scan.ply", XYZ, PointCloud(XYZ), {"xyz": XYZ}, SimpleNamespace(points=XYZ), None, b"scan.ply"):
        assert list(scans_of(one)) == [one]
    for many in (["a.ply", "b.ply"], [XYZ, XYZ], (name for name in ("a.ply",)), np.array(["a.ply", "b.ply"])):
        assert scans_of(many) is many  # type: ignore[comparison-overlap]
    assert len(list(scans_of(np.stack([XYZ, XYZ])))) == 2  # type: ignore[arg-type]


def organised() -> np.ndarray:
    """A bump seen by a camera, (H, W, 3), with holes."""
    v, u = np.mgrid[0:60, 0:80] / 80.0
    picture = np.stack([u, v, 1 + 0.2 * np.sin(3 * u) * np.cos(3 * v)], axis=-1)
    picture[::7, ::5] = 0
    return picture


def test_a_picture_of_points_is_one_scan_and_a_batch_is_many() -> None:
    assert is_one_scan(organised()) and is_one_scan(organised().astype(np.float32)[:, :, [2, 0, 1]])
    assert not is_one_scan(np.random.default_rng(0).normal(size=(60, 80, 3)))
    assert not is_one_scan(np.stack([organised().reshape(-1, 3)] * 2))
    assert not is_one_scan([organised(), organised()])
