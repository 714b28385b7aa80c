"""What a writer commits is there, whole, and nothing else is."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cg3d_runtime.errors import LibraryError
from cg3d_runtime.library import Library, LibraryWriter, Space, write_segment
from cg3d_runtime.library.checking import faults
from tests.runtime.library.rows_made import OTHER_SPACE, SPACE, rows_of, vectors_of


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """Rows 0 to 9 in one segment, 10 to 14 in another."""
    with LibraryWriter.open(tmp_path / "library", SPACE) as writer:
        writer.add(rows_of(range(10)))
        writer.add(rows_of(range(10, 15)))
    return tmp_path / "library"


def ids(library: Path) -> list[str]:
    with Library.open(library) as opened:
        return opened.ids()


def names(numbers: range | list[int]) -> list[str]:
    return [f"row-{number:04d}" for number in numbers]


def test_rows_are_there_in_the_order_of_their_coming(library: Path) -> None:
    assert ids(library) == names(range(15)) and list(faults(library)) == []


def test_a_row_of_the_same_id_replaces_the_earlier_one(library: Path) -> None:
    with LibraryWriter.open(library, SPACE) as writer:
        writer.add(rows_of([3, 99], label=["new", "new"]))
    with Library.open(library) as opened:
        assert len(opened) == 16 and opened.get(["row-0003"])["row-0003"]["label"] == "new"
    assert list(faults(library)) == []


def test_what_is_removed_is_found_no_more_and_compacting_gives_its_room_back(library: Path) -> None:
    with LibraryWriter.open(library, SPACE) as writer:
        assert writer.remove([*names([1, 12]), "nothing"]) == 2
        left = [number for number in range(15) if number not in (1, 12)]
        assert len(writer) == 13 and ids(library) == names(left)
        before = sum(path.stat().st_size for path in library.rglob("*.npy"))
        writer.compact()
    assert ids(library) == names(left) and list(faults(library)) == []
    assert sum(path.stat().st_size for path in library.rglob("*.npy")) < before
    with Library.open(library) as opened:
        assert (opened.segments, opened.deleted) == (1, 0)
        assert all((opened.vectors([f"row-{n:04d}"])[f"row-{n:04d}"] == vectors_of([n])[0]).all() for n in left)


def test_a_library_may_become_empty_and_be_filled_again(library: Path) -> None:
    with LibraryWriter.open(library, SPACE) as writer:
        assert writer.remove(names(range(15))) == 15
        assert ids(library) == [] and not list((library / "segments").iterdir())
        writer.compact()
        writer.add(rows_of([5]))
    assert ids(library) == names([5])


def test_many_small_additions_do_not_stay_as_many_segments(tmp_path: Path) -> None:
    with LibraryWriter.open(tmp_path / "library", SPACE) as writer:
        for number in range(40):
            writer.add(rows_of([number]))
        assert len(writer.manifest.segments) <= 17
        writer.tidy()
        assert len(writer.manifest.segments) == 1
    assert ids(tmp_path / "library") == names(range(40))


def test_a_column_that_some_rows_lack_is_unknown_there(library: Path) -> None:
    with LibraryWriter.open(library, SPACE) as writer:
        writer.add(rows_of([20], price=[7], owner=["me"]))
        writer.compact()
    with Library.open(library) as opened:
        assert opened.ids("price == 7 and owner == 'me'") == names([20])
        assert len(opened.ids("price is missing and owner is missing")) == 15


def test_a_column_of_texts_takes_no_numbers(library: Path) -> None:
    with LibraryWriter.open(library, SPACE) as writer:
        writer.add(rows_of([20], price=[7]))
        with pytest.raises(LibraryError, match="column price: text given, whole in the library"):
            writer.add(rows_of([21], price=["cheap"]))
        writer.add(rows_of([22], price=[0.5]))
    assert ids(library) == names([*range(15), 20, 22])


def test_there_is_one_writer_and_reading_goes_on(library: Path) -> None:
    with LibraryWriter.open(library, SPACE):
        with pytest.raises(LibraryError, match=rf"another process \({os.getpid()}\) is writing this library"):
            LibraryWriter.open(library, SPACE)
        assert len(ids(library)) == 15
    LibraryWriter.open(library, SPACE).close()


def test_a_library_of_another_bundle_is_refused_by_name(library: Path) -> None:
    for refuse in (lambda: LibraryWriter.open(library, OTHER_SPACE), lambda: Library.open(library, OTHER_SPACE)):
        with pytest.raises(LibraryError, match=r"made with bundle 'tiny' .*, opened with 'other'"):
            refuse()
    with pytest.raises(LibraryError, match="two bundles named 'tiny'"):
        Library.open(library, Space("tiny", "c" * 64, SPACE.dim))


def test_a_library_that_has_lost_its_manifest_is_not_swept_away(library: Path) -> None:
    (library / "manifest.json").unlink()
    before = sorted(library.rglob("*"))
    for begin in (lambda: LibraryWriter.open(library, SPACE), lambda: Library.open(library)):
        with pytest.raises(LibraryError, match=r"holds segments of a library, but its manifest\.json is gone"):
            begin()
    assert sorted(library.rglob("*")) == before


def test_a_file_is_no_library(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LibraryError, match="is a file; a library is a folder"):
        LibraryWriter.open(tmp_path / "file", SPACE)


def test_a_folder_of_something_else_is_no_library(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(LibraryError, match=r"holds other files \(thesis.tex\) and no library"):
        LibraryWriter.open(tmp_path, SPACE)
    with pytest.raises(LibraryError, match="no library of scans there"):
        LibraryWriter.open(tmp_path / "nothing", SPACE, create=False)
    assert not (tmp_path / "nothing").exists()


def test_a_reader_keeps_what_it_opened_while_others_write(library: Path) -> None:
    with Library.open(library) as reader, LibraryWriter.open(library, SPACE) as writer:
        before = [hit.id for hit in reader.search(vectors_of([3])[0], 15)[0]]
        writer.remove(names(range(10)))
        writer.compact()
        writer.add(rows_of(range(100, 120)))
        assert [hit.id for hit in reader.search(vectors_of([3])[0], 15)[0]] == before
        assert reader.get(["row-0004"])["row-0004"]["label"] == "kind 4"
        assert len(ids(library)) == 25


def test_segments_from_elsewhere_are_attached_once(library: Path, tmp_path: Path) -> None:
    for name, numbers in (("one", [3, 30]), ("two", [30, 31])):
        write_segment(tmp_path / "made", name, rows_of(numbers, label=[name, name]), SPACE)
    with LibraryWriter.open(library, SPACE) as writer:
        assert writer.attach(tmp_path / "made", ["one", "two"]) == 4
        assert writer.attach(tmp_path / "made", ["two"]) == 0
        assert len(writer) == 17
    with Library.open(library) as opened:
        assert {name: row["label"] for name, row in opened.get(names([3, 30, 31])).items()} == {
            "row-0003": "one",
            "row-0030": "two",
            "row-0031": "two",
        }
    assert list(faults(library)) == []


def test_segments_that_are_not_whole_or_of_another_model_are_not_attached(library: Path, tmp_path: Path) -> None:
    write_segment(tmp_path, "other", rows_of([1]), OTHER_SPACE)
    write_segment(tmp_path, "torn", rows_of([1]), SPACE)
    (tmp_path / "torn.npy").write_bytes((tmp_path / "torn.npy").read_bytes()[:-1])
    with LibraryWriter.open(library, SPACE) as writer:
        for name, message in (
            ("none", "no whole segment there"),
            ("other", "in the space bbbb"),
            ("torn", "not the bytes"),
        ):
            with pytest.raises(LibraryError, match=message):
                writer.attach(tmp_path, [name])
    assert ids(library) == names(range(15)) and list(faults(library)) == []


def test_what_a_killed_writer_left_is_swept_away(library: Path) -> None:
    rubbish = [library / "segments" / "seg-000099.npy", library / "segments" / ".seg-000099.npz.0a1b2c3d"]
    for path in rubbish:
        path.write_bytes(b"half")
    assert len(ids(library)) == 15
    LibraryWriter.open(library, SPACE).close()
    assert not any(path.exists() for path in rubbish) and len(ids(library)) == 15


FULL_DISK = """
import resource, sys
from pathlib import Path
from cg3d_runtime.errors import LibraryError
from cg3d_runtime.library import LibraryWriter
from tests.runtime.library.rows_made import SPACE, rows_of
with LibraryWriter.open(Path(sys.argv[1]), SPACE) as writer:
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    for doing in (lambda: writer.add(rows_of(range(1000, 2000))), writer.compact):
        try:
            doing()
        except LibraryError as error:
            print(error)
"""


def test_a_full_disk_is_told_and_loses_nothing(library: Path) -> None:
    with LibraryWriter.open(library, SPACE) as writer:
        for start in range(100, 1000, 100):
            writer.add(rows_of(range(start, start + 100)))
    before = ids(library)
    ran = subprocess.run([sys.executable, "-c", FULL_DISK, library], capture_output=True, text=True, check=True)
    told = ran.stdout.splitlines()
    assert len(told) == 2 and all(
        "cannot be written (File too large). What was committed before is whole." in t for t in told
    )
    assert ids(library) == before and list(faults(library)) == []
    with LibraryWriter.open(library, SPACE) as writer:
        writer.compact()
    assert ids(library) == before


def test_a_library_that_may_not_be_written_can_be_read(library: Path, as_a_user: list[str]) -> None:
    for folder in (library, library / "segments"):
        folder.chmod(0o555)
    (library / "lock").chmod(0o444)
    code = """
import sys
from cg3d_runtime.errors import LibraryError
from cg3d_runtime.library import Library, LibraryWriter
from tests.runtime.library.rows_made import SPACE, vectors_of
print(Library.open(sys.argv[1]).search(vectors_of([3])[0], 1)[0][0].id)
try:
    LibraryWriter.open(sys.argv[1], SPACE)
except LibraryError as error:
    print(error)
"""
    ran = subprocess.run([*as_a_user, sys.executable, "-c", code, library], capture_output=True, text=True, check=True)
    for folder in (library, library / "segments"):
        folder.chmod(0o755)
    assert ran.stdout.splitlines() == ["row-0003", f"{library}: cannot be written (Permission denied)."]


def damage_manifest(library: Path, change: Callable[[dict], object]) -> None:  # type: ignore[type-arg]
    path = library / "manifest.json"
    tree = json.loads(path.read_text())
    change(tree)
    path.write_text(json.dumps(tree))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda tree: tree.update(format=7, cg3d_runtime="9.1"),
            "format 7; this runtime.*such as that which wrote it: 9.1",
        ),
        (lambda tree: tree.update(format=0), "format must be an integer from 1 on"),
        (lambda tree: tree.pop("space"), "space is missing"),
        (lambda tree: tree.update(more=1), "unknown entry 'more'"),
        (lambda tree: tree["segments"][0]["record"].update(name="../../etc"), "no manifest of a library"),
        (lambda tree: tree["segments"][0]["record"].update(space="c" * 64), "lies in another space"),
        (lambda tree: tree["segments"][0]["record"].update(embedded=99), "99 of 10 rows"),
        (lambda tree: tree["segments"][0]["record"]["vectors"].update(bytes=9), "9 are expected: cut short or altered"),
        (lambda tree: tree["segments"][0]["record"].update(name="gone"), "missing, though the manifest names it"),
    ],
)
def test_a_damaged_manifest_is_told_in_one_line(change: Callable[..., object], message: str, library: Path) -> None:
    damage_manifest(library, change)
    for opening in (lambda: Library.open(library), lambda: LibraryWriter.open(library, SPACE)):
        with pytest.raises(LibraryError, match=message) as told:
            opening()
        assert "\n" not in str(told.value)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]"])
def test_a_manifest_that_is_none_is_told_in_one_line(content: bytes, library: Path) -> None:
    (library / "manifest.json").write_bytes(content)
    with pytest.raises(LibraryError, match="no manifest of a library of scans"):
        Library.open(library)


def test_a_segment_cut_short_is_told_when_it_is_opened(library: Path) -> None:
    path = next((library / "segments").glob("*.npy"))
    path.write_bytes(path.read_bytes()[:-2])
    with pytest.raises(LibraryError, match="cut short or altered"):
        Library.open(library)
    assert any("cut short" in fault or "not the bytes" in fault for fault in faults(library))


def test_a_file_that_is_gone_is_one_fault(library: Path) -> None:
    (library / "segments" / "seg-000001.npz").unlink()
    assert list(faults(library)) == [f"{library}/segments/seg-000001.npz: cannot be read (No such file or directory)."]


def test_a_segment_with_altered_vectors_is_told_where_it_matters(library: Path) -> None:
    path = library / "segments" / "seg-000001.npy"
    content = bytearray(path.read_bytes())
    content[-32:] = b"\0" * 32  # the vector of row 9
    path.write_bytes(bytes(content))
    assert list(faults(library)) == [f"{path}: not the bytes that were written."]
    with Library.open(library) as opened, pytest.raises(LibraryError, match="a row is no unit vector"):
        opened.vectors(["row-0009"])
