"""Scans to measure on: those that the user names, or generated ones of known sizes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from cg3d_runtime.commands.scan_files import scan_files
from cg3d_runtime.errors import ScanError

GENERATED_SIZES = (10_000, 100_000, 1_000_000)  # points


@dataclass(frozen=True)
class ScanSet:
    """Scans that are measured together."""

    name: str
    files: tuple[str, ...]


@contextmanager
def scan_sets(scans: Sequence[str]) -> Iterator[list[ScanSet]]:
    """The scans named as for `cg3d-infer`, as one set; without any, a set for each of GENERATED_SIZES, removed afterwards.

    Raises:
        ScanError: names that stand for no scan.
    """
    if scans:
        files = tuple(scan_files(scans))
        if not files:
            raise ScanError(f"{', '.join(scans)}: no scan there; name scan files, or folders that hold some.")
        yield [ScanSet(f"{len(files)} scan{'s' if len(files) > 1 else ''}", files)]
        return
    with TemporaryDirectory(prefix="cg3d-bench-") as folder:
        yield [_generate(Path(folder), points) for points in GENERATED_SIZES]


def _generate(folder: Path, points: int) -> ScanSet:
    path = folder / f"torus-{points}.ply"
    write_torus(path, points)
    return ScanSet(f"generated, {points:,} points", (str(path),))


def write_torus(path: Path, points: int) -> None:
    """Write a noisy torus, 20 cm across, as binary PLY of float32, the same one every time."""
    rng = np.random.default_rng(0)
    around, across = rng.uniform(0.0, 2 * np.pi, (2, points))
    radius = 0.07 + 0.03 * np.cos(across)
    xyz = np.stack([radius * np.cos(around), radius * np.sin(around), 0.03 * np.sin(across)], axis=1)
    xyz += rng.normal(0.0, 5e-4, xyz.shape)  # a depth camera's noise
    axes = "".join(f"property float {axis}\n" for axis in "xyz")
    header = f"ply\nformat binary_little_endian 1.0\nelement vertex {points}\n{axes}end_header\n"
    path.write_bytes(header.encode() + xyz.astype("<f4").tobytes())
