"""Colours of OBJ vertices that trimesh (4.4 to 5.2) would read wrongly: 0 to 255, after a weight, or of some vertices only.

Source of `x y z r g b`: ZBrush and MeshLab; of the weight: Wavefront, Object Files (.obj), version 3.0, appendix B1.
"""

from __future__ import annotations

import re

import numpy as np

from cg3d_runtime.scans.measured import as_unit_rgb

_VERTEX = re.compile(r"\nv ([^\n]*)")
_COLOURED = 6  # words of a vertex: x y z r g b


def plain_colours(text: str) -> str:
    """The text with colours in [0, 1] behind x y z: of all vertices where some have one, white where one has none."""
    if not _has_more_than_xyz(text):
        return text
    lines = _VERTEX.findall(text)
    widths = {len(line.split()) for line in lines}
    if max(widths, default=0) < _COLOURED:
        return text
    rows = [line.split() for line in lines]
    rgb = _colours(rows)
    if widths == {_COLOURED} and np.fmax.reduce(rgb, axis=None) < 1.01:
        return text
    unit = np.nan_to_num(as_unit_rgb(rgb), nan=1.0).tolist()
    plain = iter(
        ["\nv {} {} {} {:.6g} {:.6g} {:.6g}".format(*row[:3], *each) for row, each in zip(rows, unit, strict=True)]
    )
    return _VERTEX.sub(lambda _: next(plain), text)


def _has_more_than_xyz(text: str) -> bool:
    """Whether any vertex has; pieces of few blanks, which nearly all are, need no closer look."""
    pieces = (piece for piece in text.split("\nv ")[1:] if piece.count(" ") > 2)
    return any(len(piece.partition("\n")[0].split()) > 3 for piece in pieces)


def _colours(rows: list[list[str]]) -> np.ndarray:
    """(V, 3) as written, NaN where a vertex has none."""
    start = 4 if _have_weights(rows) else 3
    return np.array([row[start : start + 3] if len(row) >= start + 3 else ["nan"] * 3 for row in rows], np.float64)


def _have_weights(rows: list[list[str]]) -> bool:
    """Whether seven numbers are x y z w r g b, with a weight of 1, and not x y z r g b a."""
    long = [row for row in rows if len(row) > _COLOURED]
    alphas = {row[6] for row in long}
    return bool(long) and len(alphas) > 1 and {float(row[3]) for row in long} == {1.0}
