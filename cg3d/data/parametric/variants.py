"""How a category chooses among its kinds, and how a long thing is put down."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cg3d.data.parametric.mesh import Mesh


def one_of(rng: np.random.Generator, kinds: dict[str, Callable[[np.random.Generator], Mesh]]) -> Mesh:
    """An object of one of the kinds, each as likely as the others, that is called by its key."""
    name = list(kinds)[rng.integers(len(kinds))]
    return kinds[name](rng).called(name)


def posed(rng: np.random.Generator, upright: Mesh) -> Mesh:
    """A long thing, modelled along y with its broad side in the xy plane: standing, upside down, or lying on that side."""
    pose = rng.random()
    if pose < 0.4:
        return upright.turned("x", -90).grounded()
    return (upright if pose < 0.75 else upright.turned("z", 180)).grounded()
