"""Gaussian splats in PLY files: which of them stand for a surface, and their colours.

Layout: 3D Gaussian Splatting (Kerbl et al. 2023) stores opacity as a logit, scales as logarithms and colours as spherical
harmonics. SuperSplat's compressed PLY packs a splat into integers between the bounds of its chunk of 256 (PlayCanvas).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scans.arrays import Reading, stack
from cg3d_runtime.scans.measured import MANY_DROPPED
from cg3d_runtime.scans.rows import finite_rows

_VISIBLE = 0.05  # opacity; training starts at 0.1 and removes what falls below 0.005
_Y00 = 0.28209479177387814  # the constant spherical harmonic, 1 / (2 sqrt(pi))
_DC = ["f_dc_0", "f_dc_1", "f_dc_2"]
_SCALES = ["scale_0", "scale_1", "scale_2"]
_CHUNK = 256  # splats
_SAMPLE = 1 << 16  # splats that tell the size of the whole

Columns = Mapping[str, np.ndarray]


def are_splats(vertex: Columns) -> bool:
    """Whether vertices are splats, not packed."""
    return "opacity" in vertex and ("f_dc_0" in vertex or "scale_0" in vertex)


def are_packed(vertex: Columns) -> bool:
    """Whether vertices are splats of a compressed PLY."""
    return "packed_position" in vertex


def without_floaters(vertex: Columns, xyz: np.ndarray, rgb: np.ndarray | None) -> Reading:
    """Splats as points: NaN where they are nearly invisible or larger than the whole, coloured by their mean colour.

    Args:
        vertex: `opacity`, and where there are any `f_dc_*` and `scale_*`.
        xyz, rgb: (N, 3) of the same splats.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        seen = vertex["opacity"] >= _least_opacity(vertex["opacity"])
        if "scale_0" in vertex:
            scales = [name for name in _SCALES if name in vertex]  # two for flat splats
            seen &= np.exp(stack(vertex, scales).max(axis=1)) <= _size(xyz[seen])
        if rgb is None and all(name in vertex for name in _DC):
            rgb = np.clip(0.5 + _Y00 * stack(vertex, _DC), 0.0, 1.0)
    return _marked(xyz, rgb, seen)


def _least_opacity(opacity: np.ndarray) -> float:
    """What is just visible, as a logit; or as it is, where some program wrote opacities from 0 to 1."""
    are_shares = np.fmin.reduce(opacity, initial=np.inf) >= 0 and _VISIBLE < np.fmax.reduce(opacity, initial=0) <= 1
    return _VISIBLE if are_shares else float(np.log(_VISIBLE / (1 - _VISIBLE)))


def unpack(vertex: Columns, chunk: Columns) -> Reading:
    """The splats of a compressed PLY as points; see `without_floaters`.

    Raises:
        ScanError: columns or chunks are missing.
    """
    missing = {f"{side}_{axis}" for side in ("min", "max") for axis in "xyz"} - chunk.keys()
    packed = vertex["packed_position"]
    if missing or packed.dtype.kind not in "iu" or len(packed) > _CHUNK * len(chunk["min_x"]):
        raise ScanError("is a compressed Gaussian splat without its chunks; export it again, uncompressed.")
    of = np.arange(len(packed)) // _CHUNK
    xyz = _between(chunk, of, "xyz", _fractions(packed.astype(np.uint32), (11, 10, 11)))
    if "packed_color" not in vertex:
        return Reading(xyz)
    red_to_opacity = _fractions(vertex["packed_color"].astype(np.uint32), (8, 8, 8, 8))
    rgb = red_to_opacity[:, :3]
    if "min_r" in chunk:  # since version 2.1 of the format
        rgb = np.clip(_between(chunk, of, "rgb", rgb), 0.0, 1.0)
    return _marked(xyz, rgb, red_to_opacity[:, 3] >= _VISIBLE)


def _marked(xyz: np.ndarray, rgb: np.ndarray | None, seen: np.ndarray) -> Reading:
    left_out = len(seen) - int(np.count_nonzero(seen))
    if left_out == len(seen) > 0:
        raise ScanError(f"holds {len(seen)} Gaussian splats, none with an opacity of {_VISIBLE:.0%}: it shows nothing.")
    xyz = np.where(seen[:, None], xyz, np.nan)
    if left_out <= MANY_DROPPED * len(seen):
        return Reading(xyz, rgb)
    note = (
        f"has {left_out} of {len(seen)} splats that are nearly invisible or larger than the whole, which are left out."
    )
    return Reading(xyz, rgb, (note,))


def _size(xyz: np.ndarray) -> float:
    """The longest side of the box around the middle 80 %, which floaters do not stretch."""
    some = xyz[:: max(1, len(xyz) // _SAMPLE)]
    some = some[finite_rows(some)]
    return float(np.ptp(np.quantile(some, (0.1, 0.9), axis=0), axis=0).max()) if len(some) else np.inf


def _between(chunk: Columns, of: np.ndarray, axes: str, fractions: np.ndarray) -> np.ndarray:
    """Where fractions (N, 3) lie between the bounds of chunk `of` (N,)."""
    low, high = (stack(chunk, [f"{side}_{axis}" for axis in axes]) for side in ("min", "max"))
    between: np.ndarray = low[of] + fractions * (high - low)[of]
    return between


def _fractions(packed: np.ndarray, bits: tuple[int, ...]) -> np.ndarray:
    """Split (N,) uint32 into fields of so many bits, the first in the highest, each as a fraction of its largest value."""
    shifts = 32 - np.cumsum(bits)
    columns = [
        ((packed >> np.uint32(shift)) & np.uint32(2**width - 1)) / np.float32(2**width - 1)
        for shift, width in zip(shifts.tolist(), bits, strict=True)
    ]
    return np.stack(columns, axis=1)
