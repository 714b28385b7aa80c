"""From objects to annotated scenes, as one depth camera sees them; each depends on its number, the seed and the objects."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np

from cg3d.data.drawing.views import random_view
from cg3d.evaluation.names import require_known
from cg3d.scene_evaluation.annotated import AnnotatedScene, Scenes, TrueObject, without_small
from cg3d.scene_evaluation.simulation.arranging import Placed, arrange
from cg3d.scene_evaluation.simulation.camera import INTRINSICS, Pose, Rectangle, take
from cg3d.scene_evaluation.simulation.faults import Faults, measured
from cg3d.scene_evaluation.simulation.settings import SETTINGS, Setting
from cg3d.scene_evaluation.simulation.shapes import draw_boxes, draw_things, filled
from cg3d.scene_evaluation.simulation.stock import Stock
from cg3d_runtime.errors import DataError
from cg3d_runtime.scans.cloud import PointCloud

FEWEST_SEEN = 150  # points: an object of which fewer are seen is not asked for
_FINER = 2.0  # points of a surface for each pixel across, where it is nearest
_FLOOR, _WALL = 4.0, 2.6  # metres from the middle of the floor to its edge; height of a wall
_ROLL = 3.0  # degrees, standard deviation


@dataclass(frozen=True)
class Simulation:
    """What to simulate.

    Attributes:
        setting: a key of `SETTINGS`.
        scenes: how many, at least 1.
        seed: of all that is random.
        objects: the fewest and the most in a scene; None: as usual for the setting.
        clutter: unnamed boxes in each scene besides.
        faults: of the camera.
    """

    setting: str
    scenes: int = 20
    seed: int = 0
    objects: tuple[int, int] | None = None
    clutter: int = 0
    faults: Faults = field(default_factory=Faults)


def simulate(what: Simulation, stock: Stock, names: Collection[str] | None = None) -> Scenes:
    """Scenes of objects at random.

    Args:
        names: only objects that have one of these; None: all.
    Raises:
        DataError: an unknown setting, or no object of these names; while scenes are made: none of a size that fits.
    """
    require_known("kind of scene", what.setting, SETTINGS)
    allowed = sorted(set(stock.names) if names is None else set(stock.names) & set(names))
    numbers = stock.numbers_of(allowed)
    if not len(numbers):
        raise DataError(
            f"{stock.source}: no object has one of the {len(names or ())} names asked for; their names begin with "
            f"{', '.join(sorted(set(stock.names))[:10])}. Name the objects' own words as synonyms (`mug: coffee mug`)."
        )
    made = (make_scene(what, stock, numbers, number) for number in range(what.scenes))
    return Scenes(f"{what.setting} of {stock.source}", what.scenes, tuple(allowed), made)


def make_scene(what: Simulation, stock: Stock, numbers: np.ndarray, number: int) -> AnnotatedScene:
    """The scene of a number, from objects of the stock that may be in it."""
    rng = np.random.default_rng([what.seed, number])
    stage = set_stage(what, stock, numbers, rng)
    return photograph(f"{what.setting}-{what.seed}-{number}", stage, what.faults, rng)


@dataclass(frozen=True)
class Stage:
    """A scene before its picture is taken: what stands there, what is flat, and where the camera is."""

    placed: list[Placed]
    flats: list[Rectangle]
    pose: Pose


def set_stage(what: Simulation, stock: Stock, numbers: np.ndarray, rng: np.random.Generator) -> Stage:
    """Put objects and a camera at random places.

    Raises:
        DataError: hardly any object has a size that fits.
    """
    setting = SETTINGS[what.setting]
    fewest, most = what.objects or setting.objects
    things = draw_things(stock, numbers, setting, int(rng.integers(fewest, most + 1)), rng)
    if not things:
        sizes = " to ".join(f"{size:g}" for size in setting.sizes)
        raise DataError(
            f"{stock.source}: holds hardly any object of {sizes} m, as a {what.setting} has them; take others."
        )
    distance = rng.uniform(*setting.distance)
    sides = (rng.uniform(*setting.support), rng.uniform(*setting.support))
    things += draw_boxes(setting, what.clutter, rng)
    placed = arrange(things, setting, setting.spread * distance, sides, rng)
    pose = _pose(placed, setting, distance, rng)
    return Stage(placed, _flats(setting, sides, pose, rng), pose)


def _pose(placed: list[Placed], setting: Setting, distance: float, rng: np.random.Generator) -> Pose:
    """Look at the middle of what stands there, more or less."""
    view = random_view(rng, setting.above)
    target = np.mean([each.xyz.mean(axis=0) for each in placed], axis=0) + rng.normal(0, 0.03 * distance, 3)
    return Pose.towards(target, view, distance, float(rng.normal(0, _ROLL)))


def _flats(setting: Setting, sides: tuple[float, float], pose: Pose, rng: np.random.Generator) -> list[Rectangle]:
    """Support, the floor below it, and walls behind, square to the support."""
    half = np.diag([sides[0] / 2, 0, sides[1] / 2])[[0, 2]]
    flats = [Rectangle(np.zeros(3), half)]
    floor = np.array([0, -setting.height, 0])
    if setting.height:
        flats.append(Rectangle(floor, np.diag([_FLOOR, 0, _FLOOR])[[0, 2]]))
    behind = -pose.eye * (1, 0, 1)
    order = np.argsort(-np.abs(behind))[: setting.walls]
    return flats + [_wall(int(axis), float(np.sign(behind[axis]) or 1.0), floor, half, rng) for axis in order]


def _wall(axis: int, side: float, floor: np.ndarray, half: np.ndarray, rng: np.random.Generator) -> Rectangle:
    """A wall across the axis x (0) or z (2), behind the support; in a room at its edge."""
    away = half.sum(axis=0)[axis] + (rng.uniform(0.02, 1.0) if floor[1] else 0.0)
    middle = floor + np.array([0, _WALL / 2, 0])
    middle[axis] = side * away
    along = np.zeros(3)
    along[2 - axis] = _FLOOR
    return Rectangle(middle, np.stack([along, (0, _WALL / 2, 0)]))


def photograph(name: str, stage: Stage, faults: Faults, rng: np.random.Generator) -> AnnotatedScene:
    """What a depth camera with these faults sees, in its own frame (x right, y down, z forward)."""
    surfaces = [filled(each.xyz, _spacing(each, stage.pose), rng) for each in stage.placed]
    xyz, ids = measured(take(surfaces, stage.flats, stage.pose), faults, rng)
    ids = without_small(ids, FEWEST_SEEN)
    seen = np.unique(ids[ids >= 0]).tolist()
    x, y, z = map(float, stage.pose.up())
    objects = tuple(TrueObject(number, stage.placed[number].name) for number in seen)
    return AnnotatedScene(name, PointCloud(xyz, up="-y"), ids, objects, (x, y, z))


def _spacing(each: Placed, pose: Pose) -> float:
    """Metres between points of a surface, so that hardly a pixel falls between them."""
    nearest = float(np.linalg.norm(each.xyz - pose.eye, axis=1).min())
    return max(nearest, 0.1) / INTRINSICS.fx / _FINER
