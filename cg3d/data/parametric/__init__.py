"""Built-in objects: everyday things whose shape, proportions and colours are drawn at random.

They make the SDK work with no data at all. A new category is one function that takes a random generator and returns a
`Mesh` in metres, y up, standing on y = 0, and one line in `CATEGORIES`; its name is the LVIS name with spaces.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cg3d.data.parametric.household import umbrella
from cg3d.data.parametric.kitchen import bottle, bowl, mug, spoon
from cg3d.data.parametric.lamps import lamp
from cg3d.data.parametric.mesh import Mesh
from cg3d.data.parametric.palette import colour_word
from cg3d.data.parametric.seats import bed, bench, chair, sofa, stool
from cg3d.data.parametric.tables import bookcase, table
from cg3d.data.parametric.tools import hammer, ladder
from cg3d.data.parametric.vehicles import airplane

CATEGORIES: dict[str, Callable[[np.random.Generator], Mesh]] = {
    "airplane": airplane,
    "bed": bed,
    "bench": bench,
    "bookcase": bookcase,
    "bottle": bottle,
    "bowl": bowl,
    "chair": chair,
    "hammer": hammer,
    "ladder": ladder,
    "lamp": lamp,
    "mug": mug,
    "sofa": sofa,
    "spoon": spoon,
    "stool": stool,
    "table": table,
    "umbrella": umbrella,
}


def make_object(category: str, seed: int) -> Mesh:
    """Build one object; the same category and seed give the same mesh.

    Args:
        category: a key of `CATEGORIES`.
        seed: any integer >= 0.
    Raises:
        KeyError: unknown category.
    """
    return CATEGORIES[category](np.random.default_rng([seed, *category.encode()])).grounded()


__all__ = ["CATEGORIES", "Mesh", "colour_word", "make_object"]
