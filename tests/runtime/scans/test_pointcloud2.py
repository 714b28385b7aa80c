"""PointCloud2: the layouts that real drivers send, both byte orders, and messages that lie about their data."""

from __future__ import annotations

import array
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans.pointcloud2 import to_point_cloud

UINT8, UINT16, UINT32, FLOAT32, FLOAT64 = 2, 4, 6, 7, 8
NUMBERS = {UINT8: "u1", UINT16: "u2", UINT32: "u4", FLOAT32: "f4", FLOAT64: "f8"}
RNG = np.random.default_rng(3)
XYZ = RNG.standard_normal((12, 3)).astype(np.float32)
RGB = RNG.integers(0, 256, (12, 3), dtype=np.uint32)
PACKED = RGB[:, 0] << 16 | RGB[:, 1] << 8 | RGB[:, 2]


@dataclass
class Field:
    name: str
    offset: int
    datatype: int
    count: int = 1


@dataclass
class Message:
    """The attributes of sensor_msgs/PointCloud2."""

    height: int = 1
    width: int = 12
    fields: list[Field] = field(default_factory=list)
    is_bigendian: bool = False
    point_step: int = 12
    row_step: int = 144
    data: object = b""


def xyz_fields(datatype: int = FLOAT32, size: int = 4) -> list[Field]:
    return [Field(name, size * i, datatype) for i, name in enumerate("xyz")]


def message(
    point_step: int,
    fields: list[Field],
    values: dict[str, np.ndarray],
    height: int = 1,
    padding: int = 0,
    order: str = "<",
) -> Message:
    """Write a message byte by byte: `padding` bytes of 0xFF after each row, and between fields."""
    width = len(values["x"]) // height
    row_step = width * point_step + padding
    data = bytearray(b"\xff" * (height * row_step))
    for each in fields:
        for i, value in enumerate(values.get(each.name, np.zeros(width * height))):
            number = np.array(value).astype(order + NUMBERS[each.datatype]).tobytes()
            start = i // width * row_step + i % width * point_step + each.offset
            data[start : start + len(number)] = number
    return Message(height, width, fields, order == ">", point_step, row_step, bytes(data))


def columns(rgb: np.ndarray | None = None, **more: np.ndarray) -> dict[str, np.ndarray]:
    packed = {} if rgb is None else {"rgb": rgb, "rgba": rgb}
    return {"x": XYZ[:, 0], "y": XYZ[:, 1], "z": XYZ[:, 2], **packed, **more}


def as_floats(packed: np.ndarray) -> np.ndarray:
    return packed.astype(np.uint32).view(np.float32)


LAYOUTS = {
    "RealSense, ZED: padded to 16, packed float colour": (
        20, [*xyz_fields(), Field("rgb", 16, FLOAT32)], columns(as_floats(PACKED)), 1, 0),
    "PCL's PointXYZRGB, organised": (
        32, [*xyz_fields(), Field("rgb", 16, FLOAT32)], columns(as_floats(PACKED)), 3, 0),
    "PCL's PointXYZRGBA, organised, rows padded": (
        32, [*xyz_fields(), Field("rgba", 16, UINT32)], columns(PACKED), 4, 24),
    "three bytes of colour": (
        15, [*xyz_fields(), *(Field(c, 12 + i, UINT8) for i, c in enumerate("rgb"))],
        columns(r=RGB[:, 0], g=RGB[:, 1], b=RGB[:, 2]), 1, 0),
}  # fmt: skip


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("name", LAYOUTS)
def test_coloured_layouts(name: str, order: str) -> None:
    cloud = to_point_cloud(message(*LAYOUTS[name], order=order))
    np.testing.assert_array_equal(cloud.xyz, XYZ)
    np.testing.assert_allclose(cloud.rgb, RGB / 255, atol=1e-7)


def test_velodyne_whose_fields_are_not_aligned() -> None:
    fields = [*xyz_fields(), Field("intensity", 12, FLOAT32), Field("ring", 16, UINT16), Field("time", 18, FLOAT32)]
    cloud = to_point_cloud(message(22, fields, columns()))
    np.testing.assert_array_equal(cloud.xyz, XYZ)
    assert cloud.rgb is None
    assert cloud.up == "z"


def test_ouster_organised_with_many_fields_and_an_array() -> None:
    fields = [*xyz_fields(), Field("range", 32, UINT32), Field("normal", 36, FLOAT32, count=3)]
    np.testing.assert_array_equal(to_point_cloud(message(48, fields, columns(), height=2)).xyz, XYZ)


def test_double_precision_far_from_the_origin_keeps_its_shape() -> None:
    far = {axis: XYZ[:, i].astype(np.float64) + 4e6 for i, axis in enumerate("xyz")}
    xyz = to_point_cloud(message(24, xyz_fields(FLOAT64, 8), far)).xyz
    np.testing.assert_allclose(xyz - xyz.min(axis=0), XYZ - XYZ.min(axis=0), atol=1e-5)


def test_pixels_without_depth_stay_for_prepare_to_drop() -> None:
    holes = columns(x=np.where(np.arange(12) % 3, XYZ[:, 0], np.nan))
    xyz = to_point_cloud(message(16, xyz_fields(), holes, height=3)).xyz
    assert len(xyz) == 12
    assert np.isnan(xyz[::3, 0]).all()


def test_colours_that_are_signalling_nans_as_floats_keep_their_bits() -> None:
    packed = np.full(12, 0x7F812345, dtype=np.uint32)  # alpha 0x7f makes it a signalling NaN
    cloud = to_point_cloud(message(16, [*xyz_fields(), Field("rgb", 12, UINT32)], columns(packed)))
    as_float = message(16, [*xyz_fields(), Field("rgb", 12, UINT32)], columns(packed))
    as_float.fields[3].datatype = FLOAT32
    np.testing.assert_allclose(cloud.rgb, np.tile([0x81, 0x23, 0x45], (12, 1)) / 255, atol=1e-7)
    np.testing.assert_array_equal(cloud.rgb, to_point_cloud(as_float).rgb)


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, lambda data: array.array("B", data), np.array])
def test_data_of_any_buffer_type(kind: type) -> None:
    sent = message(12, xyz_fields(), columns())
    data = np.frombuffer(sent.data, np.uint8) if kind is np.array else sent.data
    np.testing.assert_array_equal(to_point_cloud(replace(sent, data=kind(data))).xyz, XYZ)


def test_row_step_of_a_single_row_does_not_matter() -> None:
    sent = replace(message(12, xyz_fields(), columns()), row_step=0)
    np.testing.assert_array_equal(to_point_cloud(sent, up="-y").xyz, XYZ)


def test_the_cloud_outlives_the_message() -> None:
    data = bytearray(message(12, xyz_fields(), columns()).data)
    cloud = to_point_cloud(replace(message(12, xyz_fields(), columns()), data=data))
    data[:] = bytes(len(data))
    np.testing.assert_array_equal(cloud.xyz, XYZ)


GOOD = message(16, xyz_fields(), columns(), height=3)
BAD = [
    ({"fields": []}, "no coordinates"),
    ({"fields": xyz_fields()[:2]}, "x, y only; a z field is needed"),
    ({"width": 0}, "holds no points: height 3, width 0"),
    ({"data": GOOD.data[:-1]}, "3 rows of 4 points, at least 192 bytes, but holds 191"),
    ({"width": 4_000_000_000, "height": 1}, "at least 64000000000 bytes"),
    ({"row_step": 63}, "row_step is 63, but a row of 4 points of 16 bytes takes 64"),
    ({"point_step": 11}, "field z takes bytes 8 to 12 of a point, but point_step is 11"),
    ({"fields": [*xyz_fields()[:2], Field("z", 8, 9)]}, "field z has datatype 9"),
    ({"fields": [*xyz_fields(), Field("rgb", 12, UINT8)]}, "packed colours are UINT32"),
]


@pytest.mark.parametrize(("change", "said"), BAD)
def test_bad_messages(change: dict[str, object], said: str) -> None:
    with pytest.raises(ScanError, match=re.escape(said)):
        to_point_cloud(replace(GOOD, **change))


@settings(max_examples=300)
@given(
    st.builds(
        Message,
        height=st.integers(0, 2**32 - 1) | st.integers(0, 4),
        width=st.integers(0, 2**32 - 1) | st.integers(0, 4),
        fields=st.lists(
            st.builds(
                Field,
                st.sampled_from(["x", "y", "z", "rgb", "r", "X"]),
                st.integers(0, 2**32 - 1) | st.integers(0, 16),
                st.integers(0, 9),
                st.integers(0, 2),
            ),
            max_size=6,
        ),
        is_bigendian=st.booleans(),
        point_step=st.integers(0, 2**32 - 1) | st.integers(0, 24),
        row_step=st.integers(0, 2**32 - 1) | st.integers(0, 96),
        data=st.binary(max_size=400),
    )
)
def test_any_message_gives_a_cloud_or_a_scan_error(sent: Message) -> None:
    try:
        cloud = to_point_cloud(sent)
    except ScanError:
        return
    assert len(cloud) == sent.height * sent.width


@pytest.mark.parametrize("kind", [list, tuple, bytearray, lambda data: array.array("B", data)])
def test_data_as_bridges_hand_them_out(kind: Callable[[bytes], object]) -> None:
    """rclnodejs and JSON bridges have no bytes."""
    made = message(12, xyz_fields(), columns())
    np.testing.assert_array_equal(to_point_cloud(replace(made, data=kind(bytes(made.data)))).xyz, XYZ)  # type: ignore[call-overload]


@pytest.mark.parametrize("data", [None, [300] * 144, ["a"] * 144, 144])
def test_data_that_are_no_bytes(data: object) -> None:
    made = replace(message(12, xyz_fields(), columns()), data=data)
    with pytest.raises(ScanError, match="the data of the message must be bytes, got"):
        to_point_cloud(made)


def test_map_coordinates_and_pixels_without_a_return() -> None:
    far = XYZ + np.array([386_341.8, 5_819_822.6, 34.5])
    values = {axis: far[:, i].copy() for i, axis in enumerate("xyz")}
    for column in values.values():
        column[:4] = 0
    cloud = to_point_cloud(message(24, xyz_fields(FLOAT64, 8), values))
    assert np.isnan(cloud.xyz[:4]).all() and "4 of 12 points at 0 0 0" in cloud.notes[0]
    np.testing.assert_allclose(cloud.xyz[4:] - cloud.xyz[4], XYZ[4:] - XYZ[4], atol=1e-6)


def test_two_fields_of_one_name() -> None:
    sent = replace(message(12, xyz_fields(), columns()), fields=[Field("x", 4, FLOAT32), *xyz_fields()])
    with pytest.raises(ScanError, match="the message has more than one field x; which one is meant cannot be told"):
        to_point_cloud(sent)
