"""Built-in objects, prepared: clouds without a download."""

from __future__ import annotations

from functools import cache

import numpy as np

from cg3d.data.built_in import synthesise
from cg3d.data.samples import sample_cloud
from cg3d_runtime.preparation.prepare import PrepareSpec, prepare

CATEGORIES = ["mug", "chair", "lamp", "car"]


@cache
def prepared(spec: PrepareSpec) -> np.ndarray:
    """(B, N, C) float32: eight objects as a model of this input has them."""
    objects = synthesise(2, categories=CATEGORIES)
    return np.stack([prepare(sample_cloud(objects[index]), spec) for index in range(len(objects))])


def batch(spec: PrepareSpec, size: int) -> np.ndarray:
    """(size, N, C) float32: the same eight, again and again."""
    clouds = prepared(spec)
    return clouds[np.arange(size) % len(clouds)]
