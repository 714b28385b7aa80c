"""Where simulated objects stand and how they are seen; lengths in metres, angles in degrees."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Setting:
    """A kind of scene.

    Attributes:
        support: the shortest and longest side of what objects stand on.
        sizes: of the longest side of an object.
        usual: that of an object whose size nobody knows.
        objects: the fewest and the most.
        apart: the least gap between two.
        touching: share of the objects that are pushed against another one.
        distance: of the camera from the middle of what stands there.
        above: how far it looks down.
        spread: radius of the disc in which objects stand, as a share of the distance.
        height: of the support above the floor; 0 where it is the floor.
        walls: how many stand behind.
    """

    support: tuple[float, float]
    sizes: tuple[float, float]
    usual: float
    objects: tuple[int, int]
    apart: float
    touching: float
    distance: tuple[float, float]
    above: tuple[float, float]
    spread: float
    height: float
    walls: int


_TABLE = Setting(
    support=(0.8, 1.6),
    sizes=(0.03, 0.40),
    usual=0.15,
    objects=(5, 10),
    apart=0.015,
    touching=0.0,
    distance=(0.7, 1.5),
    above=(25, 60),
    spread=0.36,
    height=0.74,
    walls=1,
)
_TOUCHING = replace(_TABLE, apart=0.0005, touching=0.7)
_ROOM = Setting(
    support=(4.0, 6.0),
    sizes=(0.4, 2.2),
    usual=0.9,
    objects=(4, 8),
    apart=0.1,
    touching=0.0,
    distance=(2.0, 5.0),
    above=(10, 35),
    spread=0.42,
    height=0.0,
    walls=2,
)

SETTINGS = {"table": _TABLE, "touching": _TOUCHING, "room": _ROOM}
