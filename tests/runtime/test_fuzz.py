"""A short run of `scripts/fuzz`, what a header that claims 10^12 points costs, and that the fuzzer finds faults."""

from __future__ import annotations

import importlib
import io
import shutil
import struct
import sys
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from random import Random
from types import ModuleType

import numpy as np
import pytest

from cg3d_runtime import ScanError
from cg3d_runtime.scans import read_scan

pytest.importorskip("cryptography")
pytest.importorskip("trimesh")

from fuzzing import isolation
from fuzzing.bags import BAGS, write_bag_seeds
from fuzzing.bundles import BUNDLES, add_seed
from fuzzing.cameras import CAMERAS, EXR, write_exr_seed
from fuzzing.commands import COMMANDS
from fuzzing.depth import DEPTH
from fuzzing.dialects import DIALECTS
from fuzzing.isolation import Target, Verdict, judge, run, write_case
from fuzzing.labels import LABELS
from fuzzing.scans import SCANS, names_scan, write_scan, write_seeds

SEED = 20  # of the short run; any other is as good


@pytest.fixture(scope="module")
def scans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scan-seeds")
    write_seeds(folder)
    return folder


def outcomes(verdicts: list[Verdict]) -> set[str]:
    """How the cases went, once none has a fault."""
    assert [(verdict.index, verdict.fault) for verdict in verdicts if verdict.fault is not None] == []
    return {verdict.outcome for verdict in verdicts}


def test_a_thousand_scans(scans: Path) -> None:
    assert outcomes(list(run(SCANS, scans, SEED, range(1000)))) == {"answered", "ScanError"}


def test_a_hundred_bundles(tiny_bundle: Path, tmp_path: Path) -> None:
    add_seed(Path(shutil.copytree(tiny_bundle, tmp_path / "tiny")))
    assert outcomes(list(run(BUNDLES, tmp_path, SEED, range(100)))) > {"answered", "BundleError"}


@pytest.mark.parametrize(
    ("target", "count"), [(DIALECTS, 400), (DEPTH, 200), (LABELS, 300), (COMMANDS, 8), (CAMERAS, 100)]
)
def test_nothing_is_misread_silently(tmp_path: Path, target: Target, count: int) -> None:
    pytest.importorskip("PIL")
    assert "answered" in outcomes(list(run(target, tmp_path, SEED, range(count))))


def test_three_hundred_bags(tmp_path: Path) -> None:
    pytest.importorskip("rosbags")
    write_bag_seeds(tmp_path)
    assert outcomes(list(run(BAGS, tmp_path, SEED, range(300)))) == {"answered", "ScanError"}


@pytest.mark.slow
def test_some_pictures_of_openexr(tmp_path: Path) -> None:
    pytest.importorskip("OpenEXR")
    write_exr_seed(tmp_path)
    assert "ScanError" in outcomes(list(run(EXR, tmp_path, SEED, range(6))))


def test_a_case_is_made_again_from_its_number(scans: Path, tmp_path: Path) -> None:
    for index in range(50):
        (tmp_path / "a").mkdir(exist_ok=True)
        (tmp_path / "b").mkdir(exist_ok=True)
        first, second = (write_case(SCANS, scans, SEED, index, tmp_path / name) for name in "ab")
        assert first.name == second.name and first.read_bytes() == second.read_bytes()


TRILLION = 10**12
NPY = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({TRILLION}, 3), }}".ljust(117) + "\n"
NPY_FILE = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(NPY)) + NPY.encode() + bytes(48)


def npz() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("xyz.npy", NPY_FILE)
    return buffer.getvalue()


def ply(encoding: str, element: str, body: bytes) -> bytes:
    axes = "".join(f"property float {axis}\n" for axis in "xyz")
    counts = {"vertex": 4, "face": 4, element: TRILLION}
    return (
        f"ply\nformat {encoding} 1.0\nelement vertex {counts['vertex']}\n{axes}element face {counts['face']}\n"
        "property list uchar int vertex_indices\nend_header\n"
    ).encode() + body


def pcd(encoding: str, body: bytes) -> bytes:
    return (
        f"VERSION 0.7\nFIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nCOUNT 1 1 1\nWIDTH {TRILLION}\nHEIGHT 1\n"
        f"POINTS {TRILLION}\nDATA {encoding}\n"
    ).encode() + body


CLAIMS = {
    "ascii.ply": ply("ascii", "vertex", b"0 0 1\n" * 4),
    "little.ply": ply("binary_little_endian", "vertex", bytes(48)),
    "faces.ply": ply("binary_big_endian", "face", bytes(48)),
    "ascii.pcd": pcd("ascii", b"0 0 1\n" * 4),
    "binary.pcd": pcd("binary", bytes(48)),
    "packed.pcd": pcd("binary_compressed", struct.pack("<2I", 40, 2**32 - 1) + bytes(40)),
    "a.npy": NPY_FILE,
    "header.npy": b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**32 - 1) + NPY.encode(),
    "a.npz": npz(),
    "text.off": f"OFF\n{TRILLION} 1 0\n0 0 1\n1 0 1\n1 1 1\n3 0 1 2\n".encode(),
    "binary.stl": bytes(80) + struct.pack("<I", 2**32 - 1) + bytes(50),
    "a.glb": struct.pack("<4sIII4s", b"glTF", 2, 2**32 - 1, 2**32 - 1, b"JSON") + bytes(50),
}


@pytest.mark.parametrize("name", CLAIMS)
def test_a_claim_of_a_trillion_points_costs_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(CLAIMS[name])
    (tmp_path / f"warm{name}").write_bytes(CLAIMS[name])
    with pytest.raises(ScanError):
        read_scan(tmp_path / f"warm{name}")  # imports are no cost of the claim
    tracemalloc.start()
    started = time.process_time()
    with pytest.raises(ScanError, match=f"{name}: "):
        read_scan(tmp_path / name)
    seconds, (_, peak) = time.process_time() - started, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000_000 and seconds < 0.5


FAULTY = """
import ctypes, time, warnings
import numpy as np
from cg3d_runtime import ScanError

def crash(path): return [lambda: ctypes.string_at(0)]
def hang(path): return [lambda: time.sleep(600)]
def fill(path): return [lambda: fill_memory(path)]
def fill_memory(path):
    try:
        np.empty(2 * 10**9, np.uint8)
    except Exception as error:
        raise ScanError(f"{path}: MemoryError") from error
def leave(path): return [lambda: 1 / 0]
def warn(path): return [lambda: warnings.warn("odd")]
def lines(path): return [lambda: refuse(f"{path}: a\\nb")]
def escape(path): return [lambda: refuse(f"{path}: \\x1b[2J")]
def nameless(path): return [lambda: refuse("is broken")]
def refuse(message): raise ScanError(message)
"""


@pytest.fixture
def faulty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Readers with one fault each, in a module that another process can import."""
    (tmp_path / "faulty_readers.py").write_text(FAULTY)
    monkeypatch.syspath_prepend(str(tmp_path))
    sys.modules.pop("faulty_readers", None)
    return importlib.import_module("faulty_readers")


@pytest.mark.parametrize(
    ("fault", "found"),
    [
        ("leave", "ZeroDivisionError: division by zero"),
        ("warn", "UserWarning: odd"),
        ("lines", "message is no short printable line"),
        ("escape", "message is no short printable line"),
        ("nameless", "message does not name the file: is broken"),
    ],
)
def test_a_fault_is_found(faulty: ModuleType, scans: Path, tmp_path: Path, fault: str, found: str) -> None:
    target = Target("faulty", write_scan, getattr(faulty, fault), names_scan)
    verdict = judge(target, write_case(target, scans, 0, 0, tmp_path))
    assert verdict.fault is not None and found in verdict.fault


@pytest.mark.parametrize(
    ("fault", "found"),
    [("crash", "the process died with exit code -11"), ("hang", "no answer within"), ("fill", "memory: ")],
)
def test_a_fault_that_ends_or_fills_the_process_is_found(
    faulty: ModuleType, scans: Path, monkeypatch: pytest.MonkeyPatch, fault: str, found: str
) -> None:
    monkeypatch.setattr(isolation, "_HANG_SECONDS", 1.0 if fault == "hang" else 60.0)
    use: Callable[[Path], list[isolation.Step]] = getattr(faulty, fault)
    verdicts = list(run(Target("faulty", write_scan, use, names_scan, warm_up=0), scans, 0, range(1)))
    assert [verdict.fault is not None and found in verdict.fault for verdict in verdicts] == [True]


def test_the_time_that_libraries_take_to_load_is_no_hang(
    faulty: ModuleType, scans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(isolation, "_HANG_SECONDS", 1.0)
    monkeypatch.setattr(isolation, "_WARM_UP_SECONDS", 2.0)
    verdicts = list(run(Target("faulty", write_scan, faulty.hang, names_scan, warm_up=1), scans, 0, range(1)))
    assert [verdict.fault for verdict in verdicts] == ["no answer within 2 s"]


def test_slow_cases_are_found(scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(isolation, "MOST_SECONDS", -1.0)
    assert "slow: " in str(judge(SCANS, write_case(SCANS, scans, 0, 0, tmp_path)).fault)


def test_every_mutation_keeps_bytes_bytes() -> None:
    from fuzzing.mutations import mutate, mutate_json

    for number in range(300):
        assert isinstance(mutate(b"" if number % 3 else b"x 1\ny 2\n" * number, Random(number)), bytes)
        assert isinstance(mutate_json(b'{"a": [1, {"b": null}], "c": "d"}', Random(number)), bytes)


def test_seeds_are_readable(scans: Path) -> None:
    """What is damaged must be whole to begin with."""
    for path in sorted(scans.iterdir()):
        if path.suffix != ".las" or find_spec("laspy"):
            assert np.isfinite(read_scan(path).xyz).all()
