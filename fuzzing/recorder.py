"""Bags as recorders write them, written by rosbags: for `scripts/fuzz` and the tests."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

Clouds = Sequence[np.ndarray]  # each (N, 3)
START = 1_700_000_000_123_456_789  # nanoseconds
STEP = 100_000_000  # 10 a second


def write_bag_file(
    folder: Path,
    kind: str,
    clouds: Sequence[np.ndarray],
    name: str = "drive",
    topics: Sequence[str] = ("/points",),
    stamps: Sequence[int] | None = None,
    compression: str = "",
) -> Path:
    """Write clouds to every topic, and a word to /words after each.

    Args:
        kind: bag of ROS 1; mcap or db3 of ROS 2, in a folder.
        clouds: each (N, 3).
        stamps: of the messages, in nanoseconds; each is recorded 7 later.
        compression: of ROS 1 bz2 or lz4; of ROS 2 message, file or storage.
    """
    path = folder / (f"{name}.bag" if kind == "bag" else name)
    times = stamps or [START + i * STEP for i in range(len(clouds))]
    (_write_ros1 if kind == "bag" else _write_ros2)(path, kind, clouds, topics, times, compression)
    return path


def _write_ros1(
    path: Path, kind: str, clouds: Clouds, topics: Sequence[str], times: Sequence[int], compression: str
) -> None:
    from rosbags.rosbag1 import Writer
    from rosbags.typesys import Stores, get_typestore

    store = get_typestore(Stores.ROS1_NOETIC)
    writer = Writer(path)
    if compression:
        writer.set_compression(Writer.CompressionFormat[compression.upper()])
    with writer:
        _fill(writer, store, store.serialize_ros1, clouds, topics, times)


def _write_ros2(
    path: Path, kind: str, clouds: Clouds, topics: Sequence[str], times: Sequence[int], compression: str
) -> None:
    from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer
    from rosbags.typesys import Stores, get_typestore

    store = get_typestore(Stores.ROS2_HUMBLE)
    plugin = StoragePlugin.MCAP if kind == "mcap" else StoragePlugin.SQLITE3
    writer = Writer(path, version=9, storage_plugin=plugin)
    if compression:
        writer.set_compression(CompressionMode[compression.upper()], CompressionFormat.ZSTD)
    with writer:
        _fill(writer, store, store.serialize_cdr, clouds, topics, times)


def _fill(writer: Any, store: Any, serialize: Any, clouds: Any, topics: Sequence[str], times: Sequence[int]) -> None:
    clouds_of = [writer.add_connection(topic, "sensor_msgs/msg/PointCloud2", typestore=store) for topic in topics]
    words = writer.add_connection("/words", "std_msgs/msg/String", typestore=store)
    for xyz, time in zip(clouds, times, strict=True):
        for connection in clouds_of:
            writer.write(connection, time + 7, serialize(message(store.types, xyz, time), connection.msgtype))
        word = store.types["std_msgs/msg/String"](data="between")
        writer.write(words, time + 8, serialize(word, words.msgtype))


def message(types: Any, xyz: np.ndarray, stamp: int) -> Any:
    """A sensor_msgs/PointCloud2 of (N, 3) points."""
    packed = np.ascontiguousarray(xyz, "<f4")
    header = types["std_msgs/msg/Header"]
    numbered = {"seq": 0} if "seq" in header.__dataclass_fields__ else {}
    time = types["builtin_interfaces/msg/Time"](sec=stamp // 10**9, nanosec=stamp % 10**9)
    field = types["sensor_msgs/msg/PointField"]
    return types["sensor_msgs/msg/PointCloud2"](
        header=header(**numbered, stamp=time, frame_id="lidar"),
        height=1,
        width=len(packed),
        fields=[field(name=axis, offset=4 * i, datatype=7, count=1) for i, axis in enumerate("xyz")],
        is_bigendian=False,
        point_step=12,
        row_step=12 * len(packed),
        data=packed.view(np.uint8).ravel(),
        is_dense=True,
    )
