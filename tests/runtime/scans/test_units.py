"""The note on a size that no object has in the unit that was declared."""

from __future__ import annotations

import numpy as np
import pytest

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans.cloud import PointCloud
from cg3d_runtime.scans.units import size_note


def cloud(size: float) -> PointCloud:
    xyz = np.array([[-size / 2, 0, 0], [size / 2, size / 3, 0], [np.nan, 1e9, 1e9], [0, np.inf, 0]])
    return PointCloud(xyz.astype(np.float32))


@pytest.mark.parametrize(
    ("size", "units"), [(0.3, "m"), (300, "mm"), (30, "cm"), (2, "m"), (19.9, "m"), (0.002, "m"), (0, "mm")]
)
def test_sizes_of_objects_need_no_note(size: float, units: str) -> None:
    assert size_note(cloud(size), units) is None


@pytest.mark.parametrize(
    ("size", "units", "note"),
    [
        (300, "m", "is 300 m long if its unit is m; it may be in mm or cm, or hold more than one object or a stray point."),
        (1e4, "m", "is 1e+04 m long if its unit is m; it may be in mm, or hold more than one object or a stray point."),
        (0.3, "mm", "is 0.0003 m long if its unit is mm; it may be in cm or m, or hold more than one object or a stray point."),
        (1e6, "m", "is 1e+06 m long if its unit is m; it may hold more than one object or a stray point."),
        (1e-4, "m", "is 0.0001 m long if its unit is m; it may be in another unit."),
    ],
)  # fmt: skip
def test_other_sizes_get_one(size: float, units: str, note: str) -> None:
    assert size_note(cloud(size), units) == note


def test_units_are_declared() -> None:
    with pytest.raises(ScanError, match="units must be one of mm, cm, m, got 'inch'"):
        size_note(cloud(1), "inch")
    assert size_note(PointCloud(np.empty((0, 3), dtype=np.float32))) is None
