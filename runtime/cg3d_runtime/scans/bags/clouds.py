"""One recorded cloud as a scan."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from cg3d_runtime.answer import Recorded
from cg3d_runtime.errors import ScanError, one_line, shortened
from cg3d_runtime.scans.cloud import PointCloud

POINT_CLOUD = "sensor_msgs/msg/PointCloud2"  # of ROS 2; in ROS 1 without the middle
ROS_1, CDR = "ros1", "cdr"  # how messages are encoded
_NEEDED = ("builtin_interfaces/msg/Time", "std_msgs/msg/Header", "sensor_msgs/msg/PointField", POINT_CLOUD)
_NANO = 1_000_000_000


@dataclass(frozen=True)
class BagCloud:
    """A sensor_msgs/PointCloud2 of a bag, not decoded yet: it goes to other processes as it was recorded.

    Attributes:
        bag: the path, as it was given.
        recorded: its topic, and its stamp.
        encoding: "ros1" or "cdr".
        data: the message.
        messages: of the topic that it stands for: itself, and those that were left out before it.
    """

    bag: str
    recorded: Recorded
    encoding: str
    data: bytes = field(repr=False)
    messages: int = 1

    @property
    def name(self) -> str:
        """The bag, the topic and the stamp, as messages and tables have them."""
        return f"{self.bag} {self.recorded}"

    def read(self) -> PointCloud:
        """Its points, z up and in metres.

        Raises:
            ScanError: one line that starts with its name.
        """
        from cg3d_runtime.scans.pointcloud2 import to_point_cloud  # bags alone need it, and a start is short

        try:
            return to_point_cloud(self._message())
        except ScanError as error:
            raise ScanError(f"{shortened(self.name)}: {one_line(error)}") from error

    def _message(self) -> Any:
        try:
            return _decoder(self.encoding)(self.data)
        except ScanError:
            raise
        except Exception as error:  # of rosbags, whose generated code meets damage in many ways
            raise ScanError(f"cannot be decoded as sensor_msgs/PointCloud2: {one_line(error)}.") from error


@dataclass(frozen=True)
class BagFault:
    """What stands in the place of clouds that cannot be read; asked for its points, it says why.

    Attributes:
        bag: the path, as it was given.
        fault: in words that follow it.
    """

    bag: str
    fault: str
    messages: int = 0
    count: int = 1  # of what stands in its place

    @property
    def name(self) -> str:
        return self.bag

    def read(self) -> PointCloud:
        """Raises: ScanError: always; one line that starts with the bag's name."""
        raise ScanError(f"{shortened(self.bag)}: {self.fault}")


def stamp_of(data: bytes, encoding: str, recorded_ns: int) -> int:
    """The stamp in the header of a message, in nanoseconds; where none was set, or none is left, when it was recorded."""
    if len(data) < 12:
        return recorded_ns
    if encoding == ROS_1:  # a sequence number, then the stamp
        seconds, nanoseconds = struct.unpack_from("<II", data, 4)
    else:  # four bytes of encapsulation, of which the second tells the byte order
        seconds, nanoseconds = struct.unpack_from("<iI" if data[1] & 1 else ">iI", data, 4)
    stamp = int(seconds) * _NANO + int(nanoseconds)
    return stamp if stamp > 0 else recorded_ns


def require_rosbags() -> None:
    """Raises: ScanError: rosbags, or what it needs, is missing."""
    _decoder(CDR)


@lru_cache
def _decoder(encoding: str) -> Callable[[bytes], Any]:
    """What decodes a PointCloud2.

    Its definition is the same in all releases of ROS 1, and of ROS 2; those in the bag, which may be anything, are not read.
    """
    try:
        from rosbags.typesys import Stores, get_typestore
    except ImportError as error:
        raise ScanError(
            f'reading bags needs rosbags: pip install rosbags (the extra "bag"); {one_line(error)}'
        ) from error
    known = get_typestore(Stores.ROS1_NOETIC if encoding == ROS_1 else Stores.ROS2_HUMBLE)
    store = get_typestore(Stores.EMPTY)
    store.register({name: known.fielddefs[name] for name in _NEEDED})
    decode: Callable[[bytes, str], Any] = store.deserialize_ros1 if encoding == ROS_1 else store.deserialize_cdr
    return lambda data: decode(data, POINT_CLOUD)
