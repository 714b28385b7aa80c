"""sensor_msgs/PointCloud2, the point clouds of ROS 1 and ROS 2; needs neither.

from cg3d_runtime import to_point_cloud
answer = recognizer(to_point_cloud(message))
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from cg3d_runtime.errors import ScanError, one_line
from cg3d_runtime.scans.arrays import find_columns, stack, unpack_column
from cg3d_runtime.scans.cloud import PointCloud
from cg3d_runtime.scans.measured import as_unit_rgb

_DATATYPES = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 8: "f8"}  # of sensor_msgs/PointField
_PACKED = ("rgb", "rgba")  # 0x00rrggbb in an integer, or in the bits of a float


class PointField(Protocol):
    """sensor_msgs/PointField, as far as it is read."""

    name: str
    offset: int  # bytes from the start of a point
    datatype: int  # 1 INT8 to 8 FLOAT64
    count: int


class PointCloud2(Protocol):
    """sensor_msgs/PointCloud2, as far as it is read: any object with these attributes will do."""

    height: int
    width: int
    is_bigendian: bool
    point_step: int  # bytes from a point to the next
    row_step: int  # bytes from a row to the next

    @property
    def fields(self) -> Sequence[PointField]: ...

    @property
    def data(
        self,
    ) -> Any: ...  # bytes, array.array, a numpy array: anything with the buffer protocol; or a list of bytes


def to_point_cloud(message: PointCloud2, up: str = "z") -> PointCloud:
    """Read the points of a message, organised or not, and their colours where it has any.

    Fields are found by name: x, y and z of any type, then rgb or rgba (packed, as cameras send them) or r, g and b.

    Args:
        message: a sensor_msgs/PointCloud2.
        up: the axis of the message's frame that points up: z by ROS's convention for bodies (REP 103), -y for the optical
            frame of a camera that is held level.
    Returns:
        The points row by row, in a memory of their own; rows without depth, not finite or all zeros, are still there as
        NaN.
    Raises:
        ScanError: no x, y or z, no point, or a layout that the data do not fit.
    """
    if not all(hasattr(message, part) for part in ("data", "fields", "point_step")):
        raise ScanError(f"a sensor_msgs/PointCloud2 is needed, got {type(message).__name__}.")
    data = _bytes(message.data)
    named = [(str(field.name).lower(), field) for field in message.fields if field.count <= 1]
    fields = dict(named)
    packed = next((fields.pop(name) for name in _PACKED if name in fields), None)
    xyz_names, rgb_names = find_columns([name for name, _ in named if name in fields], "the message", "field")
    xyz = stack({name: _column(message, data, fields[name]) for name in xyz_names}, xyz_names)
    rgb: np.ndarray | None = None
    if packed is not None:
        rgb = unpack_column(_column(message, data, packed), f"field {packed.name}")
    elif rgb_names:
        rgb = stack({name: _column(message, data, fields[name]) for name in rgb_names}, rgb_names)
    return PointCloud(xyz, None if rgb is None else as_unit_rgb(rgb), up, in_metres=True)  # REP 103


def _column(message: PointCloud2, data: memoryview, field: PointField) -> np.ndarray:
    """One number of every point, (height * width,)."""
    number = _number(message, field)
    rows = message.row_step if message.height > 1 else message.width * message.point_step  # some drivers leave it 0
    _check_layout(message, rows, data.nbytes)
    shape, strides = (message.height, message.width), (rows, message.point_step)
    column: np.ndarray = np.ndarray(shape, number, data, field.offset, strides)
    return column.reshape(-1)


def _number(message: PointCloud2, field: PointField) -> np.dtype[Any]:
    if field.datatype not in _DATATYPES:
        raise ScanError(f"field {field.name} has datatype {field.datatype}; 1 (INT8) to 8 (FLOAT64) are known.")
    number: np.dtype[Any] = np.dtype(_DATATYPES[field.datatype]).newbyteorder(">" if message.is_bigendian else "<")
    if not 0 <= field.offset <= message.point_step - number.itemsize:
        raise ScanError(
            f"field {field.name} takes bytes {field.offset} to {field.offset + number.itemsize} of a point, but "
            f"point_step is {message.point_step}."
        )
    return number


def _bytes(data: Any) -> memoryview:
    """The data of a message, which bridges to other languages hand out as a list of numbers."""
    try:
        return memoryview(bytes(data) if isinstance(data, (list, tuple)) else data)
    except (TypeError, ValueError) as error:
        raise ScanError(
            f"the data of the message must be bytes, got {type(data).__name__}: {one_line(error)}."
        ) from error


def _check_layout(message: PointCloud2, rows: int, held: int) -> None:
    """Refuse a message whose points do not lie within its data."""
    if message.height < 1 or message.width < 1:
        raise ScanError(f"the message holds no points: height {message.height}, width {message.width}.")
    if rows < message.width * message.point_step:
        raise ScanError(
            f"row_step is {rows}, but a row of {message.width} points of {message.point_step} bytes takes "
            f"{message.width * message.point_step}."
        )
    needed = (message.height - 1) * rows + message.width * message.point_step
    if needed > held:
        raise ScanError(
            f"the message claims {message.height} rows of {message.width} points, at least {needed} bytes, but holds "
            f"{held}."
        )
