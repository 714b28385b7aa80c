"""Bags, against rosbags' own reader, and as they are found: cut off, without an index, with several topics."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cg3d_runtime import ScanError
from cg3d_runtime.scans.bags import BagCloud, BagFault, is_bag, read_bag
from cg3d_runtime.scans.bags.bag import Bag
from cg3d_runtime.scans.bags.thinning import Thinning
from fuzzing.recorder import START, STEP

KINDS = ("bag", "mcap", "db3")
pytest.importorskip("rosbags")


def file_in(bag: Path) -> Path:
    """The file that holds the messages."""
    return bag if bag.is_file() else next(path for path in bag.iterdir() if path.suffix in (".mcap", ".db3"))


def cut(bag: Path, share: float) -> Path:
    """The bag without its end, as a full disk or a robot without power leaves it."""
    file = file_in(bag)
    file.write_bytes(file.read_bytes()[: int(file.stat().st_size * share)])
    return bag


def parted(bag: Path, **options: object) -> tuple[list[BagCloud], list[BagFault]]:
    scans = list(read_bag(bag, **options))
    return [s for s in scans if isinstance(s, BagCloud)], [s for s in scans if isinstance(s, BagFault)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_bag_gives_what_rosbags_reads(write_bag, clouds, kind: str) -> None:
    from rosbags.highlevel import AnyReader

    bag = write_bag(kind, clouds)
    read, faults = parted(bag)
    with AnyReader([bag]) as reader:
        chosen = [c for c in reader.connections if c.topic == "/points"]
        messages = [reader.deserialize(data, c.msgtype) for c, _, data in reader.messages(chosen)]

    assert not faults and len(read) == len(messages) == 10
    for cloud, message, xyz in zip(read, messages, clouds, strict=True):
        stamp = message.header.stamp
        assert cloud.recorded == ("/points", stamp.sec * 10**9 + stamp.nanosec)
        np.testing.assert_array_equal(cloud.read().xyz, xyz.astype(np.float32))
        np.testing.assert_array_equal(cloud.read().xyz, message.data.view("<f4").reshape(-1, 3))
        assert cloud.read().in_metres


@pytest.mark.parametrize(
    ("kind", "compression"),
    [("bag", "lz4"), ("bag", "bz2"), ("mcap", "message"), ("mcap", "storage"), ("db3", "message")],
)
def test_compressed_bags_are_read_alike(write_bag, clouds, kind: str, compression: str) -> None:
    plain, _ = parted(write_bag(kind, clouds, "plain"))
    packed, faults = parted(write_bag(kind, clouds, "packed", compression=compression))
    assert [each.data for each in packed] == [each.data for each in plain] and not faults


def test_a_file_of_a_folder_is_a_bag_too(write_bag, clouds) -> None:
    bag = write_bag("mcap", clouds)
    alone = shutil.copy(file_in(bag), bag.parent / "alone.mcap")
    assert [each.data for each in read_bag(alone)] == [each.data for each in read_bag(bag)]


def test_a_bag_in_several_files_is_read_in_their_numbers_order(write_bag, clouds) -> None:
    whole = write_bag("db3", clouds[:2], "whole")
    for number, cloud in enumerate(clouds[2:4]):
        part = write_bag("db3", [cloud], f"part{number}", stamps=[START + (number + 2) * STEP])
        shutil.copy(file_in(part), whole / f"whole_{(2, 10)[number]}.db3")
    file_in(whole).rename(whole / "whole_1.db3") if not (whole / "whole_1.db3").exists() else None
    bag = Bag(whole)
    read = list(bag.clouds())
    assert bag.count == len(read) == 4
    assert [each.recorded.stamp for each in read] == sorted(each.recorded.stamp for each in read)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.97])
def test_a_bag_that_is_cut_off_gives_what_is_whole_and_one_fault(write_bag, clouds, kind: str, share: float) -> None:
    times = [START + i * STEP for i in range(40)]
    bag = write_bag(kind, clouds * 4, stamps=times)
    whole, _ = parted(bag)
    read, faults = parted(cut(bag, share))

    assert len(faults) == 1
    assert [each.data for each in read] == [each.data for each in whole[: len(read)]]
    assert len(read) >= 40 * share - 10
    with pytest.raises(ScanError, match=r"drive(\.bag)?: .*(cut off|damaged)"):
        faults[0].read()


def test_many_chunks_of_ros_1_lose_the_last_one_only(write_bag) -> None:
    big = [np.random.default_rng(i).random((30_000, 3), dtype=np.float32) for i in range(12)]  # three a chunk
    read, faults = parted(cut(write_bag("bag", big), 0.75))
    assert len(read) >= 6 and len(faults) == 1
    np.testing.assert_array_equal(read[5].read().xyz, big[5])


def test_a_chunk_that_is_damaged_costs_no_other(write_bag) -> None:
    big = [np.random.default_rng(i).random((30_000, 3), dtype=np.float32) for i in range(12)]
    bag = write_bag("mcap", big, compression="storage")
    file = file_in(bag)
    content = bytearray(file.read_bytes())
    frame = content.find(b"\x28\xb5\x2f\xfd", len(content) // 3)  # where zstd begins
    content[frame : frame + 4] = bytes(4)
    file.write_bytes(content)
    read, faults = parted(bag)
    assert len(faults) == 1 and 6 <= len(read) < 12
    assert read[-1].recorded.stamp == START + 11 * STEP


@pytest.mark.parametrize("compression", ["bz2", "lz4"])
def test_a_damaged_chunk_of_ros_1_costs_no_other(write_bag, compression: str) -> None:
    """The last but one, behind which less is left than it holds itself."""
    big = [np.random.default_rng(i).random((30_000, 3), dtype=np.float32) for i in range(7)]  # three a chunk
    bag = write_bag("bag", big, compression=compression)
    content = bytearray(bag.read_bytes())
    starts = [
        place.start() for place in re.finditer(rb"BZh91AY" if compression == "bz2" else rb"\x04\x22\x4d\x18", content)
    ]
    content[starts[-2] : starts[-2] + 4] = bytes(4)
    bag.write_bytes(content)
    read, faults = parted(bag)
    assert len(faults) == 1 and 3 <= len(read) < 7
    assert read[-1].recorded.stamp == START + 6 * STEP


@pytest.mark.parametrize("kind", KINDS)
def test_the_only_topic_of_clouds_is_taken_and_several_are_listed(write_bag, clouds, kind: str) -> None:
    assert Bag(write_bag(kind, clouds)).topic == "/points"
    several = write_bag(kind, clouds, "several", topics=("/front", "/back"))
    with pytest.raises(
        ScanError, match=r"several.*: has 2 topics of sensor_msgs/PointCloud2; choose .*: /back, /front\."
    ):
        Bag(several)
    assert Bag(several, "/front").count == 10
    with pytest.raises(ScanError, match=r"has no topic /side of sensor_msgs/PointCloud2; choose .*: /back, /front\."):
        Bag(several, "/side")


@pytest.mark.parametrize("kind", KINDS)
def test_a_bag_without_clouds_tells_its_topics(write_bag, clouds, kind: str) -> None:
    bag = write_bag(kind, clouds, topics=())
    with pytest.raises(
        ScanError, match=r"no topic of sensor_msgs/PointCloud2; its topics: /words \(std_msgs/msg/String\)"
    ):
        Bag(bag)


@pytest.mark.parametrize("suffix", [".bag", ".mcap", ".db3"])
@pytest.mark.parametrize(
    "content", [b"", b"ply\n", bytes(3000), b"#ROSBAG V2.0\n", b"\x89MCAP0\r\n", b"SQLite format 3\0"]
)
def test_what_is_no_bag_is_one_line(tmp_path: Path, suffix: str, content: bytes) -> None:
    path = tmp_path / f"odd{suffix}"
    path.write_bytes(content)
    with pytest.raises(ScanError) as told:
        list(read_bag(path))
    assert str(told.value).startswith(f"{path}: ") and "\n" not in str(told.value)


def test_a_view_in_place_of_a_table_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "view.db3"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE topics(id, name, type)")
        endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i AS id, i AS topic_id FROM n"
        database.execute(f"CREATE VIEW messages AS {endless}")
    with pytest.raises(ScanError, match="no tables topics and messages"):
        Bag(path)


def test_a_write_ahead_log_is_told(write_bag, clouds) -> None:
    bag = write_bag("db3", clouds)
    file = file_in(bag)
    file.with_name(f"{file.name}-wal").write_bytes(b"\x37\x7f\x06\x82" + bytes(100))
    read, faults = parted(bag)
    assert len(read) == 10 and "wal_checkpoint" in faults[0].fault


def test_a_bag_needs_no_metadata_of_its_recorder(write_bag, clouds) -> None:
    bag = write_bag("mcap", clouds)
    (bag / "metadata.yaml").write_text("")  # of a recorder that was killed
    assert is_bag(bag) and len(parted(bag)[0]) == 10


@pytest.mark.parametrize("kind", ["mcap", "db3"])
def test_files_compressed_as_a_whole_are_read_also_cut_off(write_bag, kind: str) -> None:
    big = [np.random.default_rng(i).random((9_000, 3), dtype=np.float32) for i in range(10)]  # blocks are of 128 KiB
    plain, _ = parted(write_bag(kind, big, "plain"))
    bag = write_bag(kind, big, compression="file")
    read, faults = parted(bag)
    assert [each.data for each in read] == [each.data for each in plain] and not faults
    (file,) = bag.glob("*.zstd")
    file.write_bytes(file.read_bytes()[: file.stat().st_size * 2 // 3])
    read, faults = parted(bag)
    assert len(faults) == 1 and 0 < len(read) < 10
    assert [each.data for each in read] == [each.data for each in plain[: len(read)]]


def test_a_bomb_is_refused(write_bag, clouds) -> None:
    zstd = pytest.importorskip("backports.zstd")
    bag = write_bag("mcap", clouds, compression="file")
    (file,) = bag.glob("*.zstd")
    file.write_bytes(zstd.compress(b"\x89MCAP0\r\n" + bytes(50_000_000)))
    with pytest.raises(ScanError, match="times its size"):
        Bag(bag)


def test_a_message_without_a_stamp_has_the_time_of_its_recording(write_bag, clouds) -> None:
    read, _ = parted(write_bag("mcap", clouds[:2], stamps=[0, 0]))
    assert [each.recorded.stamp for each in read] == [7, 7]


def test_every_takes_the_first_and_then_by_stamps(write_bag, clouds) -> None:
    read, _ = parted(write_bag("mcap", clouds * 5, stamps=[START + i * STEP for i in range(50)]), every=1.0)
    assert [each.recorded.stamp - START for each in read] == [i * 10 * STEP for i in range(5)]
    assert [each.messages for each in read] == [1, 10, 10, 10, 10]
    with pytest.raises(ScanError, match="above 0"):
        list(read_bag(write_bag("mcap", clouds, "other"), every=0))


@given(st.lists(st.integers(0, 10**10), min_size=1, max_size=80), st.floats(0.01, 3))
def test_thinning_takes_at_most_one_a_step(gaps: list[int], every: float) -> None:
    stamps = np.cumsum(gaps).tolist()
    thinning, step = Thinning(every), round(every * 1e9)
    taken = [stamp for stamp in stamps if thinning.takes(stamp)]
    assert taken[0] == stamps[0]
    places = [(stamp - stamps[0]) // step for stamp in taken]
    assert len(places) == len(set(places))
    assert set(places) == {(stamp - stamps[0]) // step for stamp in stamps}


def test_thinning_begins_anew_where_time_does() -> None:
    thinning = Thinning(1.0)
    stamps = [100.0, 100.5, 101.0, 3.0, 3.5, 4.0]
    assert [stamp for stamp in stamps if thinning.takes(round(stamp * 1e9))] == [100.0, 101.0, 3.0, 4.0]


def test_memory_does_not_grow_with_the_bag(write_bag) -> None:
    """The highest memory of a process that reads 24 MB of each kind, against one that reads a tenth of them."""
    code = (
        "import sys, resource; from cg3d_runtime.scans.bags import read_bag\n"
        "count = sum(len(each.read()) for bag in sys.argv[1:] for each in read_bag(bag))\n"
        "print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    cloud = np.random.default_rng(0).random((10_000, 3), dtype=np.float32)
    peaks = {}
    for length in (20, 200):
        times = [START + i * STEP for i in range(length)]
        bags = [str(write_bag(kind, [cloud] * length, f"{kind}{length}", stamps=times)) for kind in KINDS]
        done = subprocess.run([sys.executable, "-c", code, *bags], capture_output=True, text=True, check=True)
        count, peaks[length] = map(int, done.stdout.split())
        assert count == 3 * length * 10_000
    assert peaks[200] - peaks[20] < 6_000, f"{peaks} kB"
