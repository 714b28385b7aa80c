"""Registration of the categories, and the choice among the kinds of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.solid import Solid

Maker = Callable[[Draw], Solid]
REGISTERED: dict[str, Maker] = {}  # in the order of import


def category(make: Maker) -> Maker:
    """Register a function as the category that is called by its name, with spaces for underscores."""
    name = make.__name__.replace("_", " ")
    if name in REGISTERED:
        raise ValueError(f"category {name!r} is defined twice; give one of the functions another name.")
    REGISTERED[name] = make
    return make


def one_of(d: Draw, kinds: Mapping[str, Maker]) -> Solid:
    """An object of one of the kinds, each as likely as the others, that is called by its key."""
    name = d.pick(*kinds)
    return kinds[name](d).called(name)
