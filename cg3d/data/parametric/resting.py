"""How tools and gadgets come to rest on a table."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.mesh import Mesh


def laid(rng: np.random.Generator, upright: Mesh, lying: float = 0.7) -> Mesh:
    """A thing modelled along y whose broad side looks to +z: lying on its back or its face, else on end either way up.

    Args:
        lying: how often it lies; scanners prop up the flattest tools now and then, so this is rarely 1.
    """
    if rng.random() < lying:
        return upright.turned("x", -90 if rng.random() < 0.75 else 90).grounded()
    return upright.turned("z", 0 if rng.random() < 0.6 else 180).grounded()
