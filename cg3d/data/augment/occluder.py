"""Something straight-edged before an object: a pole or an arm across it, or the side of a cupboard."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cg3d.data.augment.clutter import ROUGHNESS, SURFACE

RIM = 0.12  # width, in radii, of what a crop around the object leaves along the edges
GAP = (0.02, 0.3)  # in radii, between the rim and the nearest point of the object


@dataclass(frozen=True)
class Occluder:
    """An obstacle that hides the part of a picture between two parallel edges.

    Attributes:
        direction: (2,) unit vector across the edges, in the picture.
        edges: the two places along it, in radii at the object's middle; the second may be infinite.
        distance: of the camera from the object's middle, in radii.
    """

    direction: np.ndarray
    edges: tuple[float, float]
    distance: float

    @classmethod
    def before(cls, rays: np.ndarray, hides: float, distance: float, rng: np.random.Generator) -> Occluder:
        """One that hides a part of an object, somewhere across it or at one of its sides.

        Args:
            rays: (N, 3) points of the object, see `depth_camera.to_rays`; a few hundred tell enough.
            hides: part of these points, 0 to 1.
            distance: of the camera.
        """
        angle = rng.uniform(0, 2 * np.pi)
        direction = np.array([np.cos(angle), np.sin(angle)], rays.dtype)
        across = np.sort(_across(rays, direction, distance))
        width = int(hides * len(rays))
        if rng.random() < 0.5:
            return cls(direction, (float(across[-width - 1]), np.inf), distance)
        first = rng.integers(len(rays) - width)
        return cls(direction, (float(across[first]), float(across[first + width])), distance)

    def hides(self, rays: np.ndarray) -> np.ndarray:
        """(N,) bool for rays (N, 3) that end behind it."""
        across = _across(rays, self.direction, self.distance)
        return (across > self.edges[0]) & (across < self.edges[1])

    def rim(self, rays: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
        """Its own points along its edges, as densely as an object has them.

        Args:
            rays: (N, 3) as for `before`.
            count: points of the whole object.
        Returns:
            (K, 3) rays.
        """
        first, second = self.edges
        along_edge = np.array([-self.direction[1], self.direction[0]], rays.dtype)
        begin, end = np.sort(_across(rays, along_edge, self.distance))[[len(rays) // 10, -len(rays) // 10]]
        width, depth = min(RIM, second - first), rays[:, 2].min() - rng.uniform(*GAP)
        inwards = rng.uniform(0, width, int(count * width * (end - begin) / SURFACE))
        across = np.where(np.isfinite(second) & (rng.random(len(inwards)) < 0.5), second - inwards, first + inwards)
        picture = across[:, None] * self.direction + rng.uniform(begin, end, (len(inwards), 1)) * along_edge
        depths = depth + rng.normal(0, ROUGHNESS, (len(inwards), 1))
        return np.hstack([picture * depths / self.distance, depths]).astype(rays.dtype)


def _across(rays: np.ndarray, direction: np.ndarray, distance: float) -> np.ndarray:
    """(N,) places along a direction of the picture, in radii at the object's middle."""
    across: np.ndarray = (rays[:, 0] * direction[0] + rays[:, 1] * direction[1]) * distance / rays[:, 2]
    return across
