"""How good a scan is for naming: how much was measured, and what looks unlike the scans that models learn from."""

from __future__ import annotations

from itertools import product

import numpy as np

from cg3d_runtime.answer import FEW_POINTS, NOISY, ONE_SIDE, SCENE, Quality
from cg3d_runtime.preparation.prepare import Preparation
from cg3d_runtime.preparation.support import LOOKED_AT, Support

_FEW = 256  # distinct points; names get worse below
_PATCHES, _PATCH = 64, 12  # that noise is measured in, and points of each
_DENSE = 2048  # points that they are taken from
_ENOUGH = 512  # points, without which layers, noise and things cannot be told
_ROUGH = (
    0.6  # thickness of a patch by its width: noise of 3 % of the size gives 0.66, clean surfaces hardly ever so much
)
_CELLS = 14  # across the ball, of the pictures in which layers are told apart
_ONE_LAYER = 0.09  # see `_layering`: of 150 whole objects 3 % lie below, of their single views 60 %
_LOPSIDED = 2.0  # the weight of the side that the points are on
_LEAST_DEPTH = 0.05  # of a cloud, in radii, against which layers are measured
_LINKED = 0.15  # radii between points of one thing on a support
_THING = 0.012  # share of the points that a thing has
_UNLIKE = 1.2  # ratio of the heights of things on a support; the legs of an upturned table are alike


def quality_of(prepared: Preparation, count: int, support: Support | None, is_one_view: bool = False) -> Quality:
    """The quality of a prepared scan.

    Args:
        prepared: the scan.
        count: its points as read.
        support: what it stands on, where something was found.
        is_one_view: whether it is known to be one, as a depth image is.
    """
    xyz, distinct = prepared.points[:LOOKED_AT, :3].astype(np.float64), prepared.kept[:, :3]
    is_dense = len(xyz) >= _ENOUGH
    tells = is_dense and len(distinct) >= _ENOUGH
    looks = {
        FEW_POINTS: len(distinct) < _FEW,
        ONE_SIDE: is_one_view or (tells and _layering(xyz) < _ONE_LAYER),
        NOISY: tells and _roughness(distinct) > _ROUGH,
        SCENE: is_dense and support is not None and support.reaches_beyond and _holds_things(xyz, support),
    }
    flags = tuple(name for name, applies in looks.items() if applies)
    return Quality(prepared.measured, count - prepared.measured, prepared.strays, flags)


def _layering(xyz: np.ndarray) -> float:
    """How deep the points lie behind each other, seen from the side where they lie least so, in parts of the whole depth.

    A single view has one layer only, seen from where it was taken, and all its points are on that side of its middle.

    Args:
        xyz: (N, 3) centred, the largest radius 1.
    """
    towards = xyz - (xyz.min(axis=0) + xyz.max(axis=0)) / 2
    towards /= np.maximum(np.linalg.norm(towards, axis=1, keepdims=True), 1e-9)
    lopsided = np.abs(_VIEWS[:, 2] @ towards.mean(axis=0))  # (V,)
    seen = _VIEWS @ xyz.T  # (V, 3, N): to the right, up, and towards the viewer
    depths = np.array([_depth_of_cells(view) for view in seen])
    return float((depths / np.maximum(np.ptp(seen[:, 2], axis=1), _LEAST_DEPTH) * np.exp(-_LOPSIDED * lopsided)).min())


def _depth_of_cells(view: np.ndarray) -> float:
    """Between the nearest and the farthest point of a cell, averaged over the points that share one; (3, N)."""
    column, row = ((view[:2] + 1) * (_CELLS / 2)).astype(np.int64).clip(0, _CELLS - 1)
    cell = column * _CELLS + row
    nearest, farthest = np.full((2, _CELLS**2), -np.inf)
    np.maximum.at(nearest, cell, view[2])
    np.maximum.at(farthest, cell, -view[2])
    members = np.bincount(cell, minlength=_CELLS**2)
    members[members < 2] = 0
    shared = members > 0
    if not shared.any():
        return np.inf
    return float(np.average((nearest + farthest)[shared], weights=members[shared]))


def _views() -> np.ndarray:
    """(13, 3, 3) turns to the views along the edges, faces and corners of a cube, one of each two opposite ones."""
    directions = np.array([step for step in product((-1.0, 0.0, 1.0), repeat=3) if step > (0.0, 0.0, 0.0)])
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    right = np.cross(directions, np.eye(3)[np.abs(directions).argmin(axis=1)])
    right /= np.linalg.norm(right, axis=1, keepdims=True)
    return np.stack([right, np.cross(directions, right), directions], axis=1)


_VIEWS = _views()


def _roughness(xyz: np.ndarray) -> float:
    """The thickness of small patches by their width, which is 0 on a clean surface and 1 in a fog; (M, 3) in any unit.

    Of the patches the smoother ones tell, since edges and wires are rough by their shape.
    """
    some = xyz[:: max(1, len(xyz) // _DENSE)] - xyz.mean(axis=0)
    centres = some[np.linspace(0, len(some) - 1, _PATCHES).astype(np.int64)]
    squared = (some**2).sum(axis=1) - 2 * (centres @ some.T)  # to each centre, less the same for all points
    patches = some[np.argpartition(squared, _PATCH, axis=1)[:, :_PATCH]].astype(np.float64)  # (P, k, 3)
    patches -= patches.mean(axis=1, keepdims=True)
    spreads = np.linalg.eigvalsh(patches.transpose(0, 2, 1) @ patches).clip(0)  # rising
    return float(np.quantile(np.sqrt(spreads[:, 0] / np.maximum(spreads[:, 1], 1e-30)), 0.4))


def _holds_things(xyz: np.ndarray, support: Support) -> bool:
    """Whether two things or more, of different heights, stand apart from each other on the support."""
    rest, heights = xyz[~support.own], (xyz @ support.normal - support.offset)[~support.own]
    things = _linked(rest)
    sizes = np.bincount(things, minlength=1)
    tops = np.array([heights[things == thing].max() for thing in np.flatnonzero(sizes >= _THING * len(xyz))])
    return len(tops) > 1 and bool(tops.max() > _UNLIKE * tops.min())


def _linked(xyz: np.ndarray) -> np.ndarray:
    """(K,) numbers of the things that points belong to, near ones to the same."""
    number = np.arange(len(xyz))
    near = ((xyz[:, None] - xyz) ** 2).sum(axis=2) < _LINKED**2
    while True:
        least = np.where(near, number, len(xyz)).min(axis=1, initial=len(xyz))
        least = least[least] if len(least) else least  # whom that one follows
        if (least == number).all():
            return number
        number = least
