"""Samples to verify an export on: built-in objects prepared as a robot prepares scans, their names, their pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cg3d.data.drawing.render import render_views
from cg3d.data.drawing.views import views_around
from cg3d.data.surface import Surface, surface_of
from cg3d.models.cg3d import CG3D
from cg3d.objects import make_object
from cg3d_runtime.preparation.prepare import PrepareSpec, prepare
from cg3d_runtime.scans.cloud import PointCloud

# Their number differs from the traced batch, and the long name's length from the traced length: a shape that the tracer took
# for a constant then fails the verification.
OBJECTS = ("mug", "chair", "airplane")
LONG_NAME = "small blue mug with a chipped rim on a wooden kitchen table"
SURFACE_POINTS = 4096

Arrays = dict[str, np.ndarray]


def make_samples(model: CG3D, spec: PrepareSpec, templates: Sequence[str]) -> dict[str, Arrays]:
    """The inputs of every graph by its name, a batch of len(OBJECTS); the same ones every time."""
    surfaces = [_surface(category) for category in OBJECTS]
    names = [*OBJECTS[1:], LONG_NAME]
    token_ids, eot = model.towers.tokenize(
        [templates[0].replace("{}", name) for name in names], model.text.context_length
    )
    pictures = np.stack([_picture(surface, model.towers.image_size) for surface in surfaces])
    return {
        "points": _prepared(surfaces, spec),
        "text": {"token_ids": token_ids.numpy(), "eot": eot.numpy()},
        "image": {"image": pictures.transpose(0, 3, 1, 2).astype(np.float32) / 255},
    }


def make_point_samples(spec: PrepareSpec) -> Arrays:
    """The inputs of the points graph alone."""
    return _prepared([_surface(category) for category in OBJECTS], spec)


def _prepared(surfaces: Sequence[Surface], spec: PrepareSpec) -> Arrays:
    clouds = [PointCloud(surface.xyz, surface.rgb, up="y") for surface in surfaces]
    return {"points": np.stack([prepare(cloud, spec) for cloud in clouds])}


def _surface(category: str) -> Surface:
    mesh = make_object(category, seed=0).coloured_corners()
    return surface_of([mesh], SURFACE_POINTS, np.random.default_rng(0))


def _picture(surface: Surface, size: int) -> np.ndarray:
    """(size, size, 3) uint8."""
    points = np.concatenate([surface.xyz, surface.rgb], axis=1)
    picture: np.ndarray = render_views(points, views_around(1), size, surface.normals)[0]
    return picture
