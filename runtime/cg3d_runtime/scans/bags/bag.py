"""A whole bag: one file, or a folder of them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from cg3d_runtime.answer import Recorded
from cg3d_runtime.errors import ScanError, one_line, shortened
from cg3d_runtime.scans.bags import PACKED_SUFFIXES, STORAGE_SUFFIXES
from cg3d_runtime.scans.bags.clouds import CDR, POINT_CLOUD, ROS_1, BagCloud, BagFault, require_rosbags, stamp_of
from cg3d_runtime.scans.bags.mcap import Mcap
from cg3d_runtime.scans.bags.packed import Packed
from cg3d_runtime.scans.bags.recording import Recording, Topic
from cg3d_runtime.scans.bags.rosbag1 import Rosbag1
from cg3d_runtime.scans.bags.sqlite import Sqlite
from cg3d_runtime.scans.bags.thinning import Thinning

_RECORDINGS: dict[str, Callable[[Path], Recording]] = {".bag": Rosbag1, ".mcap": Mcap, ".db3": Sqlite}
_MOST_LISTED = 20  # topics in a message


class Bag:
    """The point clouds of one topic of a bag.

    Attributes:
        topic: its name.
        count: messages of it; None where the bag does not tell.
    """

    def __init__(self, path: str | os.PathLike[str], topic: str | None = None) -> None:
        """Open a bag and choose the topic, as `read_bag`.

        Raises:
            ScanError: as `read_bag`.
        """
        self._name = os.fspath(path)
        self._files: list[tuple[Path, Recording]] = []
        self._faults: list[ScanError] = []
        try:
            require_rosbags()
            topics = self._topics(_files(Path(path)))
            self.topic = _chosen(topics, topic)
        except ScanError as error:
            raise ScanError(f"{shortened(path)}: {one_line(error)}") from error
        except OSError as error:
            raise ScanError(f"{shortened(path)}: cannot be read: {error.strerror or error}.") from error
        counts = [each.messages for each in topics if each.name == self.topic]
        self.count = sum(filter(None, counts)) if None not in counts and not self._faults else None

    def clouds(self, every: float | None = None) -> Iterator[BagCloud | BagFault]:
        """The clouds, one at a time; see `read_bag`."""
        thinning, passed = Thinning(every), 0
        for file, recording in self._files:
            try:
                for item in recording.messages(self.topic):
                    if isinstance(item, ScanError):
                        yield self._fault(file, item)
                    elif item.encoding not in (CDR, ROS_1):
                        yield self._fault(
                            file, ScanError(f"has messages encoded as {item.encoding[:40]!r}; cdr is read.")
                        )
                        break
                    else:
                        passed += 1
                        stamp = stamp_of(item.data, item.encoding, item.recorded_ns)
                        if thinning.takes(stamp):
                            yield BagCloud(self._name, Recorded(self.topic, stamp), item.encoding, item.data, passed)
                            passed = 0
            except OSError as error:
                yield self._fault(file, ScanError(f"cannot be read: {error.strerror or error}."))
        for fault in self._faults:
            yield BagFault(self._name, one_line(fault))

    def _topics(self, files: list[Path]) -> list[Topic]:
        """The topics of all files; of several files those that cannot be opened become faults."""
        topics: list[Topic] = []
        for file in files:
            recording = _recording(file)
            try:
                topics += recording.topics()
                self._files.append((file, recording))
            except ScanError as error:
                if len(files) == 1:
                    raise
                self._faults.append(ScanError(f"its file {file.name} {error}"))
        if not self._files:
            raise self._faults[0]
        return topics

    def _fault(self, file: Path, error: ScanError) -> BagFault:
        of_file = "" if file == Path(self._name) else f"its file {file.name} "
        return BagFault(self._name, f"{of_file}{one_line(error)}")


def _files(path: Path) -> list[Path]:
    """The files of a bag, in the order of the recording.

    metadata.yaml is not read for it: a recorder that was killed has written none, or an old one.
    """
    if not path.is_dir():
        if not path.exists():
            raise ScanError("cannot be read: No such file or directory.")
        return [path]
    files = [file for file in path.iterdir() if file.name.lower().endswith((*STORAGE_SUFFIXES, *PACKED_SUFFIXES))]
    unpacked = {file.name for file in files}
    return sorted(
        (file for file in files if file.name.removesuffix(".zstd") not in unpacked - {file.name}), key=_by_number
    )


def _recording(file: Path) -> Recording:
    if file.suffix.lower() != ".zstd":
        return _RECORDINGS[file.suffix.lower()](file)
    return Packed(file, _RECORDINGS[Path(file.stem).suffix.lower()])


def _by_number(file: Path) -> list[int | str]:
    """drive_2.mcap comes before drive_10.mcap."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", file.name)]


def _chosen(topics: list[Topic], wanted: str | None) -> str:
    """The name of the topic.

    Raises:
        ScanError: there is no such topic of clouds, or more than one where none is named.
    """
    clouds = sorted({topic.name for topic in topics if topic.kind == POINT_CLOUD})
    if wanted is not None and wanted in clouds:
        return wanted
    if wanted is None and len(clouds) == 1:
        return clouds[0]
    if clouds:
        what = f"has no topic {shortened(wanted, 80)} of" if wanted else f"has {len(clouds)} topics of"
        raise ScanError(f"{what} sensor_msgs/PointCloud2; choose with --topic (topic=): {_listed(clouds)}.")
    others = sorted({f"{topic.name} ({topic.kind})" for topic in topics})
    raise ScanError(f"has no topic of sensor_msgs/PointCloud2; its topics: {_listed(others) or 'none'}.")


def _listed(names: list[str]) -> str:
    more = f", and {len(names) - _MOST_LISTED} more" if len(names) > _MOST_LISTED else ""
    return ", ".join(shortened(name, 120) for name in names[:_MOST_LISTED]) + more
