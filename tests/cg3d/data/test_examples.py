"""The example scans in the repository are what their script writes, and readable with the runtime's defaults."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np

from cg3d.objects import CATEGORIES
from cg3d_runtime.labels import read_labels
from cg3d_runtime.scans import read_scan

REPOSITORY = Path(__file__).resolve().parents[3]
SCANS = REPOSITORY / "examples" / "scans"


def test_script_gives_the_same_bytes_twice_and_the_committed_scans(tmp_path: Path) -> None:
    script = REPOSITORY / "recipes" / "example_scans.py"
    for run in ("first", "second"):
        subprocess.run([sys.executable, str(script), "--out", str(tmp_path / run)], check=True)
    first, second = (
        {path.name: path.read_bytes() for path in (tmp_path / run).iterdir()} for run in ("first", "second")
    )
    assert first == second
    assert sorted(first) == sorted(path.name for path in SCANS.iterdir())
    for name in first:  # another processor may round the last bit of a sine differently
        written, committed = read_scan(tmp_path / "first" / name), read_scan(SCANS / name)
        assert np.allclose(written.xyz, committed.xyz, atol=1e-5)
        assert np.array_equal(written.rgb, committed.rgb)


def test_scans_are_labelled_upright_and_small() -> None:
    names = {label.name for label in read_labels(REPOSITORY / "examples" / "labels.txt")}
    assert sum(path.stat().st_size for path in SCANS.iterdir()) < 3_000_000
    for path in SCANS.glob("*.ply"):
        assert path.stem in names and path.stem in CATEGORIES
        cloud = read_scan(path)
        assert cloud.up == "z" and 5_000 <= len(cloud) <= 25_000
        assert cloud.rgb is not None and np.isfinite(cloud.xyz).all()
        assert abs(cloud.xyz[:, 2].min()) < 0.1 * np.ptp(cloud.xyz, axis=0).max()  # stands on z = 0
