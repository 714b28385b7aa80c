"""Built-in objects: everyday things whose shape, proportions and colours are drawn at random.

They make the SDK work with no data at all. A new category is one function under `@category` in the module of its family:
it takes the random choices, a `Draw`, and returns a `Solid` in metres, y up, standing on y = 0. Its name is the LVIS name
with spaces and without the note in brackets; where LVIS has none or few people use it, the plain word (door, axe, computer
mouse, fire hydrant).
"""

from __future__ import annotations

import numpy as np

from cg3d.objects import (
    animals,
    appliances,
    bathroom,
    containers,
    electronics,
    food,
    furniture,
    household,
    kitchenware,
    street,
    tools,
    toys,
    vehicles,
    worn,
)
from cg3d.objects.registry import REGISTERED, Maker
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import colour_word, colour_words
from cg3d.objects.shapes.solid import Solid

# In alphabetical order: data sets and labels are numbered by it.
CATEGORIES: dict[str, Maker] = dict(sorted(REGISTERED.items()))


def make_object(category: str, seed: int) -> Solid:
    """Build one object; the same category and seed give the same mesh.

    Args:
        category: a key of `CATEGORIES`.
        seed: any integer >= 0.
    Raises:
        KeyError: unknown category.
    """
    return CATEGORIES[category](Draw(np.random.PCG64([seed, *category.encode()]))).grounded()


__all__ = ["CATEGORIES", "Solid", "colour_word", "colour_words", "make_object"]
