"""Parametric trains as toys of wood and plastic and as models: train; along x, the chimney ahead; lengths in metres."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cg3d.data.parametric.locomotives import steam, wooden
from cg3d.data.parametric.mesh import Mesh, join, mirrored
from cg3d.data.parametric.palette import paint
from cg3d.data.parametric.primitives import box, rod
from cg3d.data.parametric.railcars import diesel, fast
from cg3d.data.parametric.train_cars import fast_car, wagon
from cg3d.data.parametric.variants import one_of


def train(rng: np.random.Generator) -> Mesh:
    """A steam locomotive, slender or a chubby toy with a face, a diesel or a fast train; with up to three cars behind."""
    kinds: dict[str, Callable[[np.random.Generator], Mesh]] = {
        "steam locomotive": steam,
        "toy train": lambda rng: steam(rng, toy=True),
        "wooden train": wooden,
        "diesel locomotive": diesel,
        "high-speed train": fast,
    }
    mesh = one_of(rng, kinds)
    factor = rng.uniform(0.08, 0.24)  # everything above is about one long
    kind, parts = mesh.kind, [mesh]
    rear, height = mesh.vertices[:, 0].min(), mesh.vertices[:, 1].max()
    cars = int(rng.choice([0, 0, 0, 1, 2, 3])) if kind != "high-speed train" else int(rng.choice([0, 1, 2]))
    for _ in range(cars):
        car = fast_car(mesh) if kind == "high-speed train" else wagon(rng, height)
        length = float(np.ptp(car.vertices[:, 0]))
        parts += [car.at(rear - 0.07 - length / 2), rod((rear + 0.02, 0.13, 0), (rear - 0.09, 0.13, 0), 0.018)]
        rear -= 0.07 + length
    if rng.random() < 0.12:
        parts.append(_track(rear, mesh.vertices[:, 0].max(), rng))
    factor = min(factor, 0.48 / float(np.ptp(join(parts).vertices[:, 0])))
    return join(parts).scaled(factor, factor, factor).grounded().called(kind)


def _track(start: float, end: float, rng: np.random.Generator) -> Mesh:
    """Rails on sleepers under the train."""
    middle, length = (start + end) / 2, (end - start) * 1.1
    rails = mirrored(box(length, 0.03, 0.03).at(middle, -0.03, 0.14), "z").painted(
        paint(rng, ("grey", "black", "brown"))
    )
    count = int(np.clip(length / 0.16, 4, 24))
    sleepers = [
        box(0.06, 0.025, 0.42).at(x, -0.05) for x in np.linspace(middle - length * 0.48, middle + length * 0.48, count)
    ]
    return join([rails, join(sleepers).painted(paint(rng, ("brown", "grey", "black")))])
