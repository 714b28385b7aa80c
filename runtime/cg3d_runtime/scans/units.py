"""The unit of a scan: answers do not depend on it, but a wrong one hints at a wrong file."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cg3d_runtime.choices import METRES
from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans.cloud import PointCloud
from cg3d_runtime.scans.measured import BLURRED, finite_bounds, is_blurred

ENOUGH = 1 << 16  # points to tell a size by
SMALLEST, LARGEST = 1e-3, 20.0  # metres, of what a robot is asked to name


class Sizes(NamedTuple):
    """What a scan may be as long as, in metres, and what it may be where it is longer."""

    smallest: float
    largest: float
    or_it_may: str


OBJECT = Sizes(SMALLEST, LARGEST, "hold more than one object or a stray point")
SCENE = Sizes(0.05, 300.0, "hold a stray point")  # a shelf to a street, as far as lidars see


def oddities(cloud: PointCloud, units: str = "m", is_depth: bool = False, sizes: Sizes = OBJECT) -> str | None:
    """All that is odd about a scan, in one line that goes on after its name; None where nothing is.

    Args:
        cloud: as read.
        units: mm, cm or m; what one step along an axis means.
        is_depth: whether it is of a depth image, always in metres.
        sizes: of what it is of.
    Raises:
        ScanError: another unit.
    """
    low, high = _bounds(cloud)
    blur = [BLURRED] if is_blurred(low, high) and (high > low).any() else []
    size = _size_note(low, high, units, is_depth, sizes)
    notes = dict.fromkeys([*cloud.notes, *blur, *([size] if size else [])])
    return "; ".join(note.rstrip(".") for note in notes) + "." if notes else None


def size_note(cloud: PointCloud, units: str = "m", is_depth: bool = False) -> str | None:
    """What is odd about the size of a scan in its declared unit, in one line; None for a size that objects have.

    Nothing is changed: `prepare` scales every cloud to the same size.

    Args:
        cloud: as read.
        units: mm, cm or m; what one step along an axis means.
        is_depth: whether it is of a depth image, in metres by its depth scale, whatever `units` says.
    Raises:
        ScanError: another unit.
    """
    return _size_note(*_bounds(cloud), units, is_depth, OBJECT)


def _size_note(low: np.ndarray, high: np.ndarray, units: str, is_depth: bool, sizes: Sizes) -> str | None:
    """`size_note` of a cloud with these least and largest coordinates, each (3,)."""
    if units not in METRES:
        raise ScanError(f"units must be one of {', '.join(METRES)}, got {units!r}.")
    units = "m" if is_depth else units
    steps = float((high - low).max())
    size = steps * METRES[units]
    if steps == 0 or sizes.smallest <= size <= sizes.largest:
        return None
    likely = [unit for unit, metres in METRES.items() if sizes.smallest <= steps * metres <= sizes.largest]
    hint = " need another --depth-scale, or" if is_depth else f" be in {' or '.join(likely)}, or" if likely else ""
    rest = sizes.or_it_may if hint or size > sizes.largest else "be in another unit"  # a stray makes nothing smaller
    return f"is {size:.3g} m long if its unit is {units}; it may{hint} {rest}."


def _bounds(cloud: PointCloud) -> tuple[np.ndarray, np.ndarray]:
    return finite_bounds(cloud.xyz[:: max(1, len(cloud) // ENOUGH)])
