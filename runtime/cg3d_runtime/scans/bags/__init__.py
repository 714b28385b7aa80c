"""Recordings of ROS: the point clouds of one topic, message by message, in bounded memory.

bag       a whole bag: its topics, and its clouds as scans
clouds    one recorded cloud as a scan; what could not be read of a bag, in a scan's place
thinning  at most one cloud in so many seconds
recording what a file of any kind offers; compressed blocks
rosbag1 mcap sqlite   the three kinds of files: ROS 1, and the two of ROS 2; packed: compressed as a whole

Files are read from their beginning to their end and not by their index: memory does not grow with their length, the order is
that of the recording, and one whose end is missing, index and all, gives what is whole. rosbags decodes the messages.
"""

from __future__ import annotations

from cg3d_runtime.scans.bags.clouds import BagCloud, BagFault

__all__ = ["BAG_SUFFIXES", "BagCloud", "BagFault", "is_bag", "read_bag"]

import os
from collections.abc import Iterator
from pathlib import Path

STORAGE_SUFFIXES = (".db3", ".mcap")  # of ROS 2, in folders or alone
BAG_SUFFIXES = (".bag", *STORAGE_SUFFIXES)
PACKED_SUFFIXES = (".db3.zstd", ".mcap.zstd")


def is_bag(path: str | Path) -> bool:
    """Whether a path is a bag by its name: a file of one, or a folder with metadata.yaml and files of one."""
    path = Path(path)
    try:
        if not path.is_dir():
            return path.suffix.lower() in BAG_SUFFIXES
        return (path / "metadata.yaml").is_file() and any(
            file.name.lower().endswith((*STORAGE_SUFFIXES, *PACKED_SUFFIXES)) for file in path.iterdir()
        )
    except (OSError, ValueError):  # what cannot be looked at; a NUL in the name
        return False


def read_bag(
    path: str | os.PathLike[str], topic: str | None = None, every: float | None = None
) -> Iterator[BagCloud | BagFault]:
    """Yield the clouds of a bag as scans, in the order of the recording, one at a time.

        for outcome in recognizer.answer_all(read_bag("drive.mcap", "/points", every=1.0)):
            ...

    Args:
        path: .bag of ROS 1; a folder, .db3 or .mcap of ROS 2.
        topic: of type sensor_msgs/PointCloud2; None: the only one.
        every: seconds from one cloud to the next, at least, by the stamps of the messages; None: every cloud.
    Returns:
        `BagCloud`s, and in the place of what is damaged a `BagFault`, which raises ScanError when it is asked for.
    Raises:
        ScanError: it cannot be opened, has no such topic, or several and `topic` names none; rosbags is missing.
    """
    from cg3d_runtime.scans.bags.bag import Bag  # with what it needs it would slow down every start

    return Bag(path, topic).clouds(every)
