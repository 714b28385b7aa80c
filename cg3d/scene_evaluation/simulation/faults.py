"""The faults of a depth camera of structured light: noise, steps, shadows, flying and lost pixels.

Sources: axial noise that grows with the square of the depth, after Nguyen, Izadi and Lovell, Modeling Kinect Sensor Noise,
2012; depth in even steps of disparity, and shadows beside near things, which the projector does not reach, as in every
triangulating sensor.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter, maximum_filter, maximum_filter1d

from cg3d.scene_evaluation.annotated import UNTOLD
from cg3d.scene_evaluation.simulation.camera import INTRINSICS, Picture

_FARTHEST_FLIGHT = 0.3  # metres behind an edge


@dataclass(frozen=True)
class Faults:
    """How a sensor errs; the usual values are those of the first Kinect."""

    axial_noise: float = 0.0015  # metres, standard deviation of the depth at 1 m
    reach: float = 0.8  # pixels over which noise is alike, since depth is matched in windows
    depth_step: float = 0.0027  # metres between neighbouring disparities at 1 m
    baseline: float = 0.075  # metres from the projector to the camera
    edge: float = 0.03  # metres behind a pixel from which on it is at an edge
    flying: float = 0.15  # share of the pixels at edges that land behind them
    lost: float = 0.15  # share of them without a return
    dropout: float = 0.003  # share of all pixels without one
    nearest: float = 0.45  # metres
    farthest: float = 6.0  # metres


def measured(picture: Picture, faults: Faults, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """What a sensor makes of what is seen.

    Returns:
        (M, 3) float32 points in the camera's frame, row by row; and (M,) int32 the object of each, `NOTHING` for none, and
        `UNTOLD` for flying points, which belong neither to what is before nor to what is behind them.
    """
    depth, ids = picture.depth, picture.ids.astype(np.int32)
    behind = np.clip(maximum_filter(np.where(np.isfinite(depth), depth, 0), 3) - depth, 0, _FARTHEST_FLIGHT)
    at_edge = np.isfinite(depth) & (behind > faults.edge)
    chance = rng.random(depth.shape)
    flies = at_edge & (chance < faults.flying)
    is_lost = at_edge & (chance > 1 - faults.lost) | (rng.random(depth.shape) < faults.dropout)
    is_lost |= in_shadow(depth, faults.baseline)
    moved = _noisy(np.where(flies, depth + rng.random(depth.shape) * behind, depth), faults, rng)
    kept = ~is_lost & np.isfinite(moved) & (moved >= faults.nearest) & (moved <= faults.farthest)
    points = Picture(moved, ids).points()[kept]
    return points.astype(np.float32), np.where(flies, UNTOLD, ids)[kept]


def _noisy(depth: np.ndarray, faults: Faults, rng: np.random.Generator) -> np.ndarray:
    """With noise, then in steps."""
    noise = gaussian_filter(rng.standard_normal(depth.shape), faults.reach)
    noise *= faults.axial_noise / noise.std()
    with np.errstate(invalid="ignore", divide="ignore"):  # inf where nothing is
        errs = depth + noise * depth**2
        step = faults.depth_step
        return np.asarray(1 / (np.rint(1 / errs / step) * step)) if step > 0 else errs


def in_shadow(depth: np.ndarray, baseline: float) -> np.ndarray:
    """(H, W) bool: pixels that something nearer hides from a projector so far to the right of the camera."""
    height, width = depth.shape
    with np.errstate(divide="ignore"):
        disparity = np.where(np.isfinite(depth), baseline * INTRINSICS.fx / depth, 0.0)
    place = np.rint(np.arange(width) - disparity).astype(np.int64) + width  # may lie outside the picture
    nearest = np.zeros((height, 2 * width))
    row = np.broadcast_to(np.arange(height)[:, None], depth.shape)
    place = place.clip(0, 2 * width - 1)
    np.maximum.at(nearest, (row, place), disparity)
    nearest = maximum_filter1d(nearest, 3, axis=1)  # without gaps where neighbours part
    shadow: np.ndarray = disparity < nearest[row, place] - 1.0
    return shadow
