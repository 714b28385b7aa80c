"""Registration of the categories, and the choice among the kinds of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from cg3d.objects.shapes.solid import Solid

Maker = Callable[[np.random.Generator], Solid]
REGISTERED: dict[str, Maker] = {}  # in the order of import


def category(make: Maker) -> Maker:
    """Register a function as the category that is called by its name, with spaces for underscores."""
    REGISTERED[make.__name__.replace("_", " ")] = make
    return make


def one_of(rng: np.random.Generator, kinds: Mapping[str, Maker]) -> Solid:
    """An object of one of the kinds, each as likely as the others, that is called by its key."""
    name = list(kinds)[rng.integers(len(kinds))]
    return kinds[name](rng).called(name)
