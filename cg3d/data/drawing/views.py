"""Camera poses, shared by the renderer and the simulated depth camera."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class View:
    """A direction to look from: degrees about the up axis y (0 is the +z side, 90 the +x side) and above the horizon."""

    azimuth: float
    elevation: float

    def rotation(self) -> np.ndarray:
        """(3, 3) rows right, up, towards the viewer: `xyz @ rotation.T` turns world coordinates (y up) into the camera's."""
        azimuth, elevation = np.radians(self.azimuth), np.radians(self.elevation)
        level = np.array([np.sin(azimuth), 0.0, np.cos(azimuth)])
        toward = np.cos(elevation) * level + (0.0, np.sin(elevation), 0.0)
        right = np.array([np.cos(azimuth), 0.0, -np.sin(azimuth)])
        return np.stack([right, np.cross(toward, right), toward])


def views_around(count: int = 6, elevations: Sequence[float] = (20.0, 30.0), start: float = 20.0) -> list[View]:
    """`count` views evenly round the vertical, alternating between the elevations (degrees)."""
    return [View(start + 360.0 * k / count, elevations[k % len(elevations)]) for k in range(count)]


def lean(heading: float, degrees: float) -> np.ndarray:
    """(3, 3) rotation for column vectors about a level axis, which points to `heading` (radians about y from +x towards +z).

    Source: Rodrigues' formula.
    """
    x, z, angle = np.cos(heading), np.sin(heading), np.radians(degrees)
    cross = np.array([[0, -z, 0], [z, 0, -x], [0, x, 0]])
    rotation: np.ndarray = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    return rotation


def random_view(rng: np.random.Generator, elevations: tuple[float, float] = (5.0, 70.0)) -> View:
    """A view from the upper hemisphere, uniform in azimuth and in elevation (degrees)."""
    return View(rng.uniform(0, 360), rng.uniform(*elevations))
