"""Scans as a robot takes them: named conditions, each one way in which the clean cloud of a whole object is made worse.

A size is the longest side of the object's bounding box. What is random depends on the object, the condition and the seed only;
conditions of one `chance` change an object alike, one further than the other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from scipy.spatial import cKDTree

from cg3d.data.augment.clutter import Scene
from cg3d.data.augment.depth_camera import DepthCamera, pixels_for, scan
from cg3d.data.drawing.views import lean, random_view
from cg3d.data.samples import number_of
from cg3d.evaluation.perturbations import moved, thin_out, tilt
from cg3d_runtime.choices import AUTO
from cg3d_runtime.errors import ScanError
from cg3d_runtime.preparation.prepare import PrepareSpec
from cg3d_runtime.preparation.upright import stand_up
from cg3d_runtime.scans.cloud import PointCloud
from cg3d_runtime.scans.upward import as_up

CLEAN = "clean"
SINGLE_VIEW = "single view"
USUAL_SIZE = 0.3  # metres: of an object whose unit nobody knows, as it stands before a robot
DISTANCE = 1.0  # metres from the camera
NO_RETURN = 0.2  # share of the rows
PATCH = 1.6  # sides of the patch of table, in those of the object seen from above
FLATNESS = 0.003  # sizes: standard deviation of the table's points about it
MOST_TABLE = 2.0  # points of it for each of the object's
SMALLEST = 1e-12  # a length that can be divided by
ANY_MODEL = PrepareSpec(mode="cg3d-2")  # a support is found alike for all of them
PROBES = 512  # points that tell how dense a cloud is
# Cut out cleanly, by a good sensor: a little noise across the line of sight, few points that fly.
CAMERA = DepthCamera(axial_noise=0.0, depth_step=0.0, dropout=0.0, flying=0.05, holes=0)

Change = Callable[[PointCloud, np.random.Generator], PointCloud]


@dataclass(frozen=True)
class Condition:
    """One way in which a scan is made worse.

    Attributes:
        change: a dense cloud of a whole object, y up and in metres, as it is scanned then.
        chance: the name of its source of chance; empty: nothing is random.
        baseline: the condition whose recognition this one is compared with.
        is_auto: whether the runtime finds out which way is up, by what the object stands on.
    """

    change: Change
    chance: str
    baseline: str = CLEAN
    is_auto: bool = False


def leave(cloud: PointCloud, rng: np.random.Generator) -> PointCloud:
    """Change nothing."""
    return cloud


def add_strays(
    cloud: PointCloud, rng: np.random.Generator, count: tuple[int, int], sizes: tuple[float, float]
) -> PointCloud:
    """Add points far from the object, in any direction.

    Args:
        count: the fewest and the most.
        sizes: the least and the largest distance from the middle of the bounding box, in sizes.
    """
    strays = int(rng.integers(count[0], count[1] + 1))
    towards = rng.normal(size=(strays, 3))
    towards /= np.linalg.norm(towards, axis=1, keepdims=True)
    distance = size_of(cloud) * rng.uniform(*sizes, (strays, 1))
    return _joined(cloud, _middle(cloud) + towards * distance, rng)


def lean_over(cloud: PointCloud, rng: np.random.Generator, degrees: float) -> PointCloud:
    """Turn it about a random horizontal axis, as a camera sees it that is tilted by so much; 90: it lies."""
    return tilt(cloud, degrees, rng)


def lean_and_tell(cloud: PointCloud, rng: np.random.Generator, degrees: float) -> PointCloud:
    """Lean it over, as `lean_over`, and know by how much and where to, as a robot with an accelerometer does."""
    turn = lean(rng.uniform(0, 2 * np.pi), degrees)
    return replace(moved(cloud, cloud.xyz @ turn.T), up=as_up(turn[:, 1]))  # where (0, 1, 0) comes to lie


def lean_on_table(cloud: PointCloud, rng: np.random.Generator, degrees: float) -> PointCloud:
    """Stand it on a patch of table, as `stand_on_table`, and lean both over."""
    return tilt(stand_on_table(cloud, rng), degrees, rng)


def keep_few(cloud: PointCloud, rng: np.random.Generator, count: int) -> PointCloud:
    """Keep so many points at random."""
    return thin_out(cloud, count, rng)


def add_noise(cloud: PointCloud, rng: np.random.Generator, sigma: float) -> PointCloud:
    """Move every point by Gaussian noise of standard deviation `sigma` along each axis, in sizes."""
    return _noisy(cloud, sigma * size_of(cloud), rng)


def view_once(cloud: PointCloud, rng: np.random.Generator, sigma: float = 0.0) -> PointCloud:
    """Look at it with one depth camera from a random side above the horizon, with noise as in `add_noise`.

    A size is that of the whole object.
    """
    view = random_view(rng)
    seen = scan(cloud, view, replace(CAMERA, pixels=pixels_for(len(cloud))), rng)
    return _noisy(seen, sigma * size_of(cloud), rng) if sigma else seen


def stand_on_table(cloud: PointCloud, rng: np.random.Generator) -> PointCloud:
    """Add the patch of table that a box cut around it leaves: `PATCH` times its footprint's length and as often its width.

    The patch is as dense as the object, up to `MOST_TABLE` points for each of its own; also below it, where a camera sees none.
    """
    low, high = cloud.xyz.min(axis=0), cloud.xyz.max(axis=0)
    sides = (high - low) * (PATCH, 0, PATCH)
    wanted = density(cloud.xyz, rng) * sides[0] * sides[2]
    table = rng.uniform(-0.5, 0.5, (int(min(wanted, MOST_TABLE * len(cloud))), 3)) * sides + _middle(cloud)
    table[:, 1] = low[1] + rng.normal(0, FLATNESS * size_of(cloud), len(table))
    return _joined(cloud, table, rng)


def lose_returns(cloud: PointCloud, rng: np.random.Generator) -> PointCloud:
    """Move it before the camera, and add rows 0 0 0, which many sensors write for a pixel without a return, anywhere."""
    away = cloud.xyz - _middle(cloud) - (0, 0, DISTANCE)
    lost = round(len(cloud) * NO_RETURN / (1 - NO_RETURN))
    order = rng.permutation(len(cloud) + lost)
    xyz = np.concatenate([away, np.zeros((lost, 3))])[order].astype(np.float32)
    rgb = None if cloud.rgb is None else np.concatenate([cloud.rgb, np.zeros((lost, 3), np.float32)])[order]
    return PointCloud(xyz, rgb, cloud.up)


CONDITIONS: dict[str, Condition] = {
    CLEAN: Condition(leave, ""),
    **{
        f"a stray at {far:g} sizes": Condition(partial(add_strays, count=(1, 1), sizes=(far, far)), "stray")
        for far in (1.5, 2, 4)
    },
    "1 to 20 strays": Condition(partial(add_strays, count=(1, 20), sizes=(1.5, 10)), "strays"),
    **{f"tilted by {degrees}": Condition(partial(lean_over, degrees=degrees), "lean") for degrees in (20, 30, 45)},
    "lying": Condition(partial(lean_over, degrees=90), "lean"),
    "tilted by 30, up given": Condition(partial(lean_and_tell, degrees=30), "lean"),
    "on a tilted table, auto": Condition(partial(lean_on_table, degrees=30), "table", is_auto=True),
    **{f"{count} points": Condition(partial(keep_few, count=count), "few") for count in (512, 256, 128)},
    **{f"noise of {share:.0%}": Condition(partial(add_noise, sigma=share), "noise") for share in (0.01, 0.03)},
    SINGLE_VIEW: Condition(view_once, "view"),
    f"{SINGLE_VIEW}, noise of 2%": Condition(partial(view_once, sigma=0.02), "view", SINGLE_VIEW),
    "on a table": Condition(stand_on_table, "table"),
    "rows of 0 0 0": Condition(lose_returns, "zeros"),
}


def as_scanned(cloud: PointCloud, units: str, condition: str, id: str, seed: int) -> PointCloud:
    """A cloud in a condition; depends on the arguments only.

    Args:
        cloud: finite points spread densely over a whole object, each once, y up.
        units: "m" where coordinates are metres; else the object is taken to have the size `USUAL_SIZE`.
        condition: a key of `CONDITIONS`.
        id: of the object: each has its own chance.
    Returns:
        the scan, in metres; with NaN in rows that the runtime takes for no measurement.
    """
    how = CONDITIONS[condition]
    rng = np.random.default_rng([seed, number_of(id), number_of(how.chance)])
    scanned = how.change(in_metres(cloud, units), rng)
    return _stood_up(scanned) if how.is_auto else scanned


def _stood_up(scanned: PointCloud) -> PointCloud:
    """With up as the runtime finds it; one that it refuses stays as it is, to be refused where others are."""
    try:
        return replace(scanned, up=stand_up(scanned, ANY_MODEL, AUTO)[1].up)
    except ScanError:
        return scanned


def in_metres(cloud: PointCloud, units: str) -> PointCloud:
    """A cloud in metres; see `as_scanned`."""
    return cloud if units == "m" else moved(cloud, cloud.xyz * (USUAL_SIZE / max(size_of(cloud), SMALLEST)))


def size_of(cloud: PointCloud) -> float:
    """The longest side of the bounding box."""
    return float(np.ptp(cloud.xyz, axis=0).max())


def density(xyz: np.ndarray, rng: np.random.Generator) -> float:
    """Points a unit of area, of points (N, 3) that lie on a surface at random.

    Half of them have a neighbour nearer than d, where exp(-density * pi * d**2) = 1 / 2.
    """
    probes = xyz[rng.permutation(len(xyz))[:PROBES]]
    nearest = np.median(cKDTree(xyz).query(probes, k=2)[0][:, 1])
    return float(np.log(2) / (np.pi * max(nearest, SMALLEST) ** 2))


def _middle(cloud: PointCloud) -> np.ndarray:
    middle: np.ndarray = (cloud.xyz.min(axis=0) + cloud.xyz.max(axis=0)) / 2
    return middle


def _noisy(cloud: PointCloud, sigma: float, rng: np.random.Generator) -> PointCloud:
    return moved(cloud, cloud.xyz + sigma * rng.standard_normal(cloud.xyz.shape))


def _joined(cloud: PointCloud, xyz: np.ndarray, rng: np.random.Generator) -> PointCloud:
    """A cloud and points (K, 3) of other things."""
    scene = Scene.of(cloud).with_clutter(xyz, rng)
    return PointCloud(scene.xyz, scene.rgb, cloud.up)
