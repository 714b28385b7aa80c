"""Random changes to a cloud that leave its name true: pose, proportions, sensor noise, missing parts and surroundings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cg3d.data.augment.clutter import Scene, joined, outliers, support, table, wall
from cg3d.data.augment.depth_camera import DepthCamera, bounding_sphere, from_rays, observe, pixels_for, to_rays
from cg3d.data.augment.occluder import Occluder
from cg3d.data.drawing.views import View, lean, random_view
from cg3d_runtime.scans.cloud import PointCloud

FEWEST_SEEN = 64  # a scan with fewer points shows nothing; the whole object is used instead
MOST_CLUTTER = 1.5  # points of the surroundings for each of the object's
CLUTTER = (0.03, 0.25)  # share of the object's points that a plane has
HIDDEN = (0.1, 0.4)  # share of the object that an occluder hides
MOST_HOLES = 3  # a view
PATCH = (1.1, 2.0)  # sides of a patch of table, in those of the object on it
SPARSE = (32, 1024)  # points of a sparse scan
ONE_SIDED = 1.5  # times as often a single view leans: nobody has levelled its camera
FEWEST_PIXELS = 24  # across an object
MIDDLE = 4.0  # radii from the camera, where noise and steps of depth have the strength that was drawn
PROBES = 512  # points of an object that decide where an occluder stands


@dataclass(frozen=True)
class Augmentation:
    """Strengths of the changes of clouds; 0, or (1, 1) for factors, leaves a change out.

    Lengths are in radii of the object's bounding sphere.
    """

    turn: float = 180.0  # largest turn about the up axis to either side, degrees; 180: objects have no known front
    tilt: float = 5.0  # standard deviation of the lean away from upright, degrees
    lean: float = 0.3  # probability of a large lean instead, half as much again for a single view
    most_lean: float = 45.0  # the largest, degrees
    stretch: tuple[float, float] = (0.8, 1.2)  # factor along each axis of the object
    scale: tuple[float, float] = (0.9, 1.1)  # factor on the prepared cloud
    shift: float = 0.05  # largest shift of the prepared cloud along each axis
    jitter: float = 0.06  # largest standard deviation of the noise on whole objects; most have a quarter of it or less
    hole: float = 0.3  # probability of a gap in a whole object, and of each of three in a view
    hole_radius: float = 0.4  # of the largest gap
    dropout: float = 0.3  # largest share of the points lost at random
    most_points: int = 2048  # of which `prepare` chooses
    sparse: float = 0.2  # probability of 32 to 1,024 points instead

    partial: float = 0.5  # probability of a scan by a simulated depth camera instead of the whole object
    views: int = 2  # most sides that a scan is taken from
    misalignment: float = 0.004  # standard deviation of a view's place among others
    distance: tuple[float, float] = (2.0, 8.0)  # of the camera; beyond 4 an object has fewer of its pixels
    depth_noise: float = 0.05  # largest standard deviation of the depth at 4 radii, growing with the distance squared
    depth_step: float = 0.05  # largest step between depths that the camera tells apart there, likewise
    lateral_noise: float = 0.25  # standard deviation across the line of sight, pixels
    flying: float = 0.3  # largest share of the points at edges that land behind them
    occluder: float = 0.2  # probability that something before the object hides up to 40 % of a view

    table: float = 0.12  # probability of the patch of table under the object, up to twice as long and as wide as itself
    support: float = 0.25  # probability of remnants of the plane that it stands on, where there is no such patch
    wall: float = 0.15  # probability of a part of a wall behind the object
    outliers: float = 0.2  # probability of one to twenty stray points, near or up to ten sizes away


RANGES = {  # smallest and largest value
    **dict.fromkeys(("hole", "dropout", "partial", "flying", "occluder", "lean", "sparse"), (0, 1)),
    **dict.fromkeys(("table", "support", "wall", "outliers"), (0, 1)),
    **dict.fromkeys(("jitter", "misalignment", "depth_noise", "depth_step"), (0, 0.2)),
    "turn": (0, 180),
    "tilt": (0, 90),
    "most_lean": (0, 180),
    "distance": (1.5, 100),
    "stretch": (0.1, 10),
    "scale": (0.1, 10),
    "shift": (0, 1),
    "hole_radius": (0, 1),
    "most_points": (128, 100_000),
    "views": (1, 8),
    "lateral_noise": (0, 4),
}


def augment(cloud: PointCloud, how: Augmentation, rng: np.random.Generator) -> PointCloud:
    """Change a whole object at random, before `prepare`.

    Args:
        cloud: y up, finite, spread densely over the whole surface; 16 points or more.
        how: what may change.
        rng: source of every choice.
    Returns:
        16 to `most_points` points in radii around the object's middle, y up; at least two in five are the object's own.
    """
    if not np.ptp(cloud.xyz, axis=0).any():  # one point many times, which `prepare` refuses
        return cloud
    centre, radius = bounding_sphere(cloud.xyz)
    whole = Scene.of(PointCloud((cloud.xyz - centre) / np.float32(radius), cloud.rgb))
    views = int(rng.integers(1, how.views + 1)) if rng.random() < how.partial else 0
    scene = _scanned(whole, views, how, rng) if views else _worn(whole, how, rng)
    scene = _thinned(_among_outliers(scene, how, rng), how, rng)
    xyz = scene.xyz * rng.uniform(*how.stretch, 3) @ _pose(how, views == 1, rng).T
    return PointCloud(xyz.astype(np.float32), scene.rgb, up="y")


def place(points: np.ndarray, how: Augmentation, rng: np.random.Generator) -> np.ndarray:
    """Scale and shift a prepared cloud (N, C) in place: the normalisation of a real scan errs with its outliers.

    `prepare` centres and scales, so that before it neither would have an effect.
    """
    points[:, :3] = points[:, :3] * rng.uniform(*how.scale) + rng.uniform(-how.shift, how.shift, 3)
    return points


def turned(points: np.ndarray, how: Augmentation, rng: np.random.Generator) -> np.ndarray:
    """Turn a prepared cloud (N, C) about its up axis, and mirror it half the time; in place, and far cheaper than `augment`."""
    rotation = _about_up(how.turn, rng).astype(np.float32)
    rotation[:, 0] *= rng.choice((-1, 1))
    points[:, :3] = points[:, :3] @ rotation.T
    return points


def _scanned(whole: Scene, count: int, how: Augmentation, rng: np.random.Generator) -> Scene:
    """Some views by a better or worse camera, not perfectly aligned, often with something in the way."""
    camera = _random_camera(len(whole.xyz), how, rng)
    views = [random_view(rng) for _ in range(count)]
    scene = _surrounded(whole, views[0], how, rng)
    seen = [_seen(scene, view, camera, how, rng) for view in views]
    fused = joined([view.moved(view.xyz + rng.normal(0, how.misalignment, 3)) for view in seen])
    return fused if fused.own.sum() >= FEWEST_SEEN else whole


def _random_camera(points: int, how: Augmentation, rng: np.random.Generator) -> DepthCamera:
    """One of its kind: near or far, and more often a good one than a bad one."""
    distance = float(np.exp(rng.uniform(*np.log(how.distance))))
    farther = (distance / MIDDLE) ** 2
    return DepthCamera(
        pixels=max(FEWEST_PIXELS, int(pixels_for(points) * min(1.0, MIDDLE / distance))),
        distance=distance,
        axial_noise=min(how.depth_noise, how.depth_noise * rng.random() ** 2 * farther),
        lateral_noise=how.lateral_noise,
        depth_step=min(how.depth_step, how.depth_step * rng.random() ** 2 * farther),
        dropout=0,  # comes last, for whole objects too
        flying=rng.uniform(0, how.flying),
        holes=int(rng.binomial(MOST_HOLES, how.hole)),
        hole_radius=how.hole_radius,
    )


def _seen(scene: Scene, view: View, camera: DepthCamera, how: Augmentation, rng: np.random.Generator) -> Scene:
    """The part of a scene that is seen from one side."""
    rotation = view.rotation().astype(np.float32)
    rays = to_rays(scene.xyz, rotation, camera)
    if rng.random() < how.occluder:
        own = np.flatnonzero(scene.own)
        probes = rays[own[:: max(1, len(own) // PROBES)]]
        thing = Occluder.before(probes, rng.uniform(*HIDDEN), camera.distance, rng)
        shown, rim = np.flatnonzero(~thing.hides(rays)), thing.rim(probes, len(own), rng)
        scene = scene.take(shown).with_clutter(from_rays(rim, rotation, camera), rng)
        rays = np.concatenate([rays[shown], rim])
    index, measured = observe(rays, camera, rng)
    return scene.take(index).moved(from_rays(measured, rotation, camera))


def _worn(whole: Scene, how: Augmentation, rng: np.random.Generator) -> Scene:
    """The whole object with noise, at times with a round gap, in its surroundings."""
    scene = whole
    if rng.random() < how.hole:
        gap = how.hole_radius * rng.random()
        far = ((whole.xyz - whole.xyz[rng.integers(len(whole.xyz))]) ** 2).sum(axis=1) > gap**2
        scene = whole.take(far) if far.sum() >= FEWEST_SEEN else whole
    scene = _surrounded(scene, random_view(rng), how, rng)
    noise = rng.standard_normal(scene.xyz.shape, np.float32) * np.float32(how.jitter * rng.random() ** 2)
    return scene.moved(scene.xyz + noise)


def _surrounded(scene: Scene, view: View, how: Augmentation, rng: np.random.Generator) -> Scene:
    """An object with what stands below it, and behind it as seen in a view."""
    xyz = scene.xyz
    if rng.random() < how.table:
        scene = scene.with_clutter(table(xyz, rng.uniform(*PATCH), rng), rng)
    elif rng.random() < how.support:
        scene = scene.with_clutter(support(xyz, rng.uniform(*CLUTTER), rng), rng)
    if rng.random() < how.wall:
        scene = scene.with_clutter(wall(xyz, view, rng.uniform(*CLUTTER), rng), rng)
    return scene


def _among_outliers(scene: Scene, how: Augmentation, rng: np.random.Generator) -> Scene:
    if rng.random() < how.outliers:
        return scene.with_clutter(outliers(int(rng.integers(1, 21)), rng), rng)
    return scene


def _thinned(scene: Scene, how: Augmentation, rng: np.random.Generator) -> Scene:
    """Part of the points, chosen at random; of the surroundings few enough."""
    own, clutter = rng.permutation(np.flatnonzero(scene.own)), rng.permutation(np.flatnonzero(~scene.own))
    clutter = clutter[: int(MOST_CLUTTER * len(own))]
    most, fewest = float(how.most_points), FEWEST_SEEN
    if rng.random() < how.sparse:
        most, fewest = float(np.exp(rng.uniform(*np.log(SPARSE)))), SPARSE[0]
    share = min(1.0, most / (len(own) + len(clutter))) * (1 - how.dropout * rng.random())
    left = max(fewest, int(share * len(own)))
    return scene.take(np.concatenate([own[:left], clutter[: int(share * len(clutter))]]))


def _pose(how: Augmentation, is_one_view: bool, rng: np.random.Generator) -> np.ndarray:
    """(3, 3) a turn about y followed by a small one, or at times a large one, about a random level axis."""
    about_y, heading = _about_up(how.turn, rng), rng.uniform(0, 2 * np.pi)
    is_large = rng.random() < how.lean * (ONE_SIDED if is_one_view else 1)
    degrees = rng.uniform(0, how.most_lean) if is_large else rng.normal(0, how.tilt)
    rotation: np.ndarray = lean(heading, degrees) @ about_y
    return rotation


def _about_up(turn: float, rng: np.random.Generator) -> np.ndarray:
    """(3, 3) a turn about y by up to `turn` degrees to either side."""
    turned = np.radians(rng.uniform(-turn, turn))
    return np.array([[np.cos(turned), 0, np.sin(turned)], [0, 1, 0], [-np.sin(turned), 0, np.cos(turned)]])
