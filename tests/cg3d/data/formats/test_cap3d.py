"""Reading Cap3D: captions without a header, clouds in zips and unpacked."""

from __future__ import annotations

import csv
import io
import pickle
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from cg3d.data.formats.cap3d import read_cap3d
from cg3d.data.samples import SampleSpec, SourceObject, make_sample
from cg3d_runtime.errors import DataError

SPEC = SampleSpec(points=64, views=2, image_size=16, drawn_points=128)
CAPTIONS = [
    ("a" * 32, 'A "retro" radio, brown, with a handle.'),
    ("b" * 32, "A café table\nwith two chairs"),
    ("c" * 32, "A mug"),
    ("d" * 32, "A cloud of this one is nowhere"),
]


def cloud(seed: int = 0, points: int = 16384) -> torch.Tensor:
    """(6, P): four times as tall, along z, as wide, and coloured."""
    table = np.random.default_rng(seed).random((6, points)).astype(np.float32)
    table[:2] *= 0.25
    return torch.from_numpy(table)


def torch_bytes(content: object) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return buffer.getvalue()


def older_bytes(content: object) -> bytes:
    """In the form that torch.save wrote before its 1.6, no zip."""
    buffer = io.BytesIO()
    torch.save(content, buffer, _use_new_zipfile_serialization=False)
    return buffer.getvalue()


def write_captions(path: Path, rows: list[tuple[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def cap3d_tree(folder: Path, compression: int = zipfile.ZIP_DEFLATED) -> Path:
    """Three clouds in two zips, as published."""
    write_captions(folder / "Cap3D_automated_Objaverse_full.csv", CAPTIONS)
    zips = folder / "PointCloud_pt_zips"
    zips.mkdir()
    for number, uids in enumerate((("a", "b"), ("c",))):
        with zipfile.ZipFile(zips / f"compressed_pcs_pt_{number:02d}.zip", "w", compression) as archive:
            archive.writestr("Cap3D_pcs_pt/", "")
            for uid in uids:
                archive.writestr(f"Cap3D_pcs_pt/{uid * 32}.pt", torch_bytes(cloud(ord(uid))))
    return folder


def unpacked_tree(folder: Path, content: object) -> Path:
    """One cloud in a file of its own."""
    write_captions(folder / "captions.csv", CAPTIONS)
    (folder / "Cap3D_pcs_pt").mkdir()
    (folder / "Cap3D_pcs_pt" / f"{'a' * 32}.pt").write_bytes(
        content if isinstance(content, bytes) else torch_bytes(content)
    )
    return folder


@pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_clouds_in_zips(tmp_path: Path, compression: int) -> None:
    objects = read_cap3d(str(cap3d_tree(tmp_path, compression)))
    assert [each.info.id for each in objects] == ["a" * 32, "b" * 32, "c" * 32]
    assert [each.info.label for each in objects] == [
        'A "retro" radio, brown, with a handle',
        "A café table with two chairs",
        "A mug",
    ]
    assert objects[0].info.captions == (objects[0].info.label,)
    assert (objects[0].info.licence, objects[0].info.set, objects[0].info.split) == ("ODC-By-1.0", "Cap3D", "")
    assert all(each.problem() is None for each in objects)
    for each in objects:
        surface, stored = each.surface(20000, np.random.default_rng(0)), cloud(ord(each.info.id[0])).numpy().T
        x, y, z = np.moveaxis(stored[:, :3], 1, 0)
        expected = np.column_stack([x, z, -y, stored[:, 3:]])  # z up turned to y up
        found = np.concatenate([surface.xyz, surface.rgb], axis=1)
        np.testing.assert_allclose(found[np.lexsort(found.T)], expected[np.lexsort(expected.T)], atol=1e-7)


def test_samples(tmp_path: Path) -> None:
    sample = make_sample(read_cap3d(str(cap3d_tree(tmp_path)))[1], SPEC)
    assert sample.points.shape == (64, 6) and sample.views.shape == (2, 16, 16, 3) and sample.has_colour
    assert np.ptp(sample.points[:, :3], axis=0).argmax() == 1


@pytest.mark.parametrize(
    "content",
    [
        cloud(),
        older_bytes(cloud()),
        cloud().T.contiguous(),
        cloud().double(),
        cloud() * torch.tensor([[1.0]] * 3 + [[255.0]] * 3),
    ],
)
def test_unpacked_clouds_in_either_order_and_range(tmp_path: Path, content: torch.Tensor) -> None:
    (source,) = read_cap3d(str(unpacked_tree(tmp_path, content)))
    surface = source.surface(20000, np.random.default_rng(0))
    assert surface.xyz.shape == surface.rgb.shape == (16384, 3)
    np.testing.assert_allclose(np.sort(surface.rgb[:, 1]), np.sort(cloud()[4].numpy()), atol=1e-6)
    np.testing.assert_allclose(np.sort(surface.xyz[:, 1]), np.sort(cloud()[2].numpy()), atol=1e-6)


def test_a_cloud_without_colour(tmp_path: Path) -> None:
    (source,) = read_cap3d(str(unpacked_tree(tmp_path, cloud()[:3])))
    assert source.surface(100, np.random.default_rng(0)).rgb is None


def test_unpacked_clouds_come_before_those_in_zips(tmp_path: Path) -> None:
    cap3d_tree(tmp_path)
    (tmp_path / f"{'c' * 32}.pt").write_bytes(torch_bytes(cloud(points=32)))
    assert len(read_cap3d(str(tmp_path))[2].surface(20000, np.random.default_rng(0)).xyz) == 32


def test_captions_of_several_tables(tmp_path: Path) -> None:
    cap3d_tree(tmp_path)
    write_captions(tmp_path / "Cap3D_second.csv", [("c" * 32, "A white mug."), ("c" * 32, "A mug"), ("c" * 32, " ")])
    assert read_cap3d(str(tmp_path))[2].info.captions == ("A mug", "A white mug")


def test_a_cloud_without_caption_is_a_problem(tmp_path: Path) -> None:
    write_captions(cap3d_tree(tmp_path) / "Cap3D_automated_Objaverse_full.csv", CAPTIONS[1:])
    bad, *good = read_cap3d(str(tmp_path))
    assert [each.problem() for each in good] == [None, None]
    assert f"object {'a' * 32} has no caption in Cap3D_automated_Objaverse_full.csv" in (bad.problem() or "")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "it has 0 bytes; 1 to 16777216 are expected"),
        (bytes((1 << 24) + 1), "it has 16777217 bytes; 1 to 16777216 are expected"),
        (b"x", "holds no tensor of a cloud that torch.save wrote"),
        (torch_bytes(cloud())[:5000], "holds no tensor of a cloud that torch.save wrote"),
        (torch.zeros(6, 1).expand(6, 1 << 40), r"6597069766656 numbers; 16777216 at most are expected"),
        (cloud().to_sparse(), "holds no tensor of a cloud"),
        ({"points": cloud()}, "holds no tensor"),
        (torch.zeros(16384, 4), r"a tensor of shape \(16384, 4\)"),
        (torch.zeros(6), r"a tensor of shape \(6,\)"),
        (torch.zeros(6, 3), "at least 16"),
        (torch.full((6, 100), float("nan")), "0 distinct finite points"),
    ],
)
def test_damaged_clouds_name_their_file(tmp_path: Path, content: object, message: str) -> None:
    (source,) = read_cap3d(str(unpacked_tree(tmp_path, content)))
    with pytest.raises(DataError, match=rf"a\.pt: cannot be read as a cloud of Cap3D: .*{message}"):
        source.surface(100, np.random.default_rng(0))


class _Touch:
    """Pickled, it makes a file where it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.path,)


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
@pytest.mark.parametrize("save", [torch_bytes, pickle.dumps])
def test_a_file_that_would_run_code_runs_none(tmp_path: Path, save: Callable[[object], bytes]) -> None:
    content = save(_Touch(tmp_path / "ran"))
    (source,) = read_cap3d(str(unpacked_tree(tmp_path, content)))
    with pytest.raises(DataError, match="holds no tensor"):
        source.surface(100, np.random.default_rng(0))
    assert not (tmp_path / "ran").exists()


def test_a_byte_that_turned_over_in_a_zip_is_found(tmp_path: Path) -> None:
    archive = cap3d_tree(tmp_path, zipfile.ZIP_STORED) / "PointCloud_pt_zips" / "compressed_pcs_pt_01.zip"
    content = bytearray(archive.read_bytes())
    content[len(content) // 2] ^= 1
    archive.write_bytes(content)
    with pytest.raises(DataError, match=r"_01\.zip: Cap3D_pcs_pt/c+\.pt: cannot be read as .*Bad CRC-32"):
        read_cap3d(str(tmp_path))[2].surface(100, np.random.default_rng(0))


def test_a_zip_that_was_exchanged_since_it_was_listed(tmp_path: Path) -> None:
    source = read_cap3d(str(cap3d_tree(tmp_path)))[1]
    (tmp_path / "PointCloud_pt_zips" / "compressed_pcs_pt_00.zip").write_bytes(b"short")
    with pytest.raises(DataError, match=r"_00\.zip: Cap3D_pcs_pt/b+\.pt: cannot be read"):
        source.surface(100, np.random.default_rng(0))


def zip_of(folder: Path, content: bytes, **fields: int) -> SourceObject:
    """A cloud in a zip, of which the zip's directory may give another size or method than the true one."""
    write_captions(folder / "captions.csv", CAPTIONS)
    archive = folder / "clouds.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(f"{'c' * 32}.pt", content)
    written = bytearray(archive.read_bytes())
    for name, value in fields.items():
        place, layout = {"method": (10, "<H"), "size": (24, "<I")}[name]
        struct.pack_into(layout, written, written.rindex(b"PK\1\2") + place, value)
    archive.write_bytes(written)
    (source,) = read_cap3d(str(folder))
    return source


def refuse(source: SourceObject, message: str) -> int:
    """The most bytes that were in use until the cloud was refused."""
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=message):
            source.surface(100, np.random.default_rng(0))
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("size", "reason"),
    [
        (0, "it has 0 bytes; 1 to 16777216 are expected"),
        (1 << 26, "it has 67108864 bytes; 1 to 16777216 are expected"),
        (4096, "Bad CRC-32"),
    ],
)
def test_a_bomb_is_not_unpacked_whatever_size_the_zip_gives(tmp_path: Path, size: int, reason: str) -> None:
    bomb = zip_of(tmp_path, bytes(1 << 26), size=size)
    assert refuse(bomb, rf"clouds\.zip: c+\.pt: cannot be read as a cloud of Cap3D: {reason}") < 1 << 22


def test_a_bomb_in_the_tensors_own_zip(tmp_path: Path) -> None:
    content = io.BytesIO()
    stored = zipfile.ZipFile(io.BytesIO(torch_bytes(torch.zeros(6, 1 << 20))))
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        for name in stored.namelist():
            file.writestr(name, stored.read(name))
    assert torch.load(io.BytesIO(content.getvalue()), weights_only=True).shape == (6, 1 << 20)  # torch unpacks it
    (source,) = read_cap3d(str(unpacked_tree(tmp_path, content.getvalue())))
    refuse(source, r"it claims 2516\d{4} bytes in a file of \d{5}\)")


def test_methods_without_a_limit_are_refused(tmp_path: Path) -> None:
    refuse(zip_of(tmp_path, torch_bytes(cloud()), method=zipfile.ZIP_LZMA), "compressed by method 14; none and deflate")


def test_truncated_zip(tmp_path: Path) -> None:
    archive = cap3d_tree(tmp_path) / "PointCloud_pt_zips" / "compressed_pcs_pt_01.zip"
    archive.write_bytes(archive.read_bytes()[:-100])
    with pytest.raises(DataError, match=r"_01\.zip: is no zip, or a damaged one"):
        read_cap3d(str(tmp_path))


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (b"uid,a caption, which is not quoted\n", r"full\.csv, line 1: 3 fields; uid and caption are needed"),
        (b'uid,"a caption without an end\n', r"full\.csv, line 1: is no table of captions"),
        (b"uid,caf\xe9\n", r"full\.csv, line \d: is no table of captions"),
    ],
)
def test_malformed_tables(tmp_path: Path, table: bytes, message: str) -> None:
    (cap3d_tree(tmp_path) / "Cap3D_automated_Objaverse_full.csv").write_bytes(table)
    with pytest.raises(DataError, match=message):
        read_cap3d(str(tmp_path))


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere: no captions were found; Cap3D_automated"):
        read_cap3d(str(tmp_path / "nowhere"))
    write_captions(tmp_path / "captions.csv", CAPTIONS)
    with pytest.raises(DataError, match=r"no cloud was found; <uid>\.pt files are needed"):
        read_cap3d(str(tmp_path))


def test_pickles_small(tmp_path: Path) -> None:
    source = read_cap3d(str(cap3d_tree(tmp_path)))[0]
    surface = source.surface(100, np.random.default_rng(0))
    packed = pickle.dumps(source)
    assert len(packed) < 1000
    assert np.array_equal(pickle.loads(packed).surface(100, np.random.default_rng(0)).xyz, surface.xyz)
