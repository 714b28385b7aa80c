"""The objects of a scene that a query means: by their names, and by how their boxes lie."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from cg3d_runtime.errors import ScanError
from cg3d_runtime.scenes.query import Query
from cg3d_runtime.scenes.relations import depends_on_view, fit, size
from cg3d_runtime.scenes.scene import CEILING, FLOOR, TABLE, WALL, SceneObject

_HOLDS = 0.3  # from here on a relation holds
_PLANES = {
    "table": TABLE,
    "desk": TABLE,
    "shelf": TABLE,
    "floor": FLOOR,
    "ground": FLOOR,
    "wall": WALL,
    "ceiling": CEILING,
}


def find(objects: Sequence[SceneObject], query: Query, up: np.ndarray, from_origin: bool) -> tuple[int, ...]:
    """Places of the objects that a query means, the best first; none where nothing bears the name or the relation.

    Args:
        objects: of one scene; the things that the query names are among their labels.
        up: (3,) of length 1.
        from_origin: whether all was seen from there.
    Raises:
        ScanError: the query asks for what only one point of view can tell, and the scene has none.
    """
    if not from_origin and (query.superlative == "nearest" or depends_on_view(query.relation or "")):
        raise ScanError(
            f"{query.superlative if query.superlative == 'nearest' else query.relation!r} depends on where one looks from, "
            "and this scene was seen from more than one place; ask for another relation."
        )
    axes = _view(objects, up)
    worth = {
        place: each.score * _relation(each, objects, query, axes)
        for place, each in enumerate(objects)
        if each.label == query.thing and not each.unknown
    }
    found = sorted((place for place in worth if worth[place] > 0), key=lambda place: -worth[place])
    return _first(found, objects, query.superlative)


def _view(objects: Sequence[SceneObject], up: np.ndarray) -> np.ndarray:
    """(3, 3) rows: to the right, away and up of who looks from the origin at the objects."""
    middle = np.mean([each.box.center for each in objects], axis=0) if objects else np.zeros(3)
    away = middle - (middle @ up) * up
    if np.linalg.norm(away) < 1e-9:  # straight from above
        away = np.eye(3)[int(np.abs(up).argmin())]
        away = away - (away @ up) * up
    away /= np.linalg.norm(away)
    return np.stack([np.cross(away, up), away, up])


def _relation(each: SceneObject, objects: Sequence[SceneObject], query: Query, axes: np.ndarray) -> float:
    """How far an object stands in the relation asked for, times how sure the others' names are; 0 where it does not hold."""
    if query.relation is None:
        return 1.0
    if query.relation == "on" and each.on and _PLANES.get(query.others[0]) == each.on.split()[0]:
        return 1.0
    worth = [0.0]
    for others in product(*(_named(name, objects, each) for name in query.others)):
        holds = fit(query.relation, each.box, [other.box for other in others], axes)
        worth.append(holds * min(other.score for other in others) if holds >= _HOLDS else 0.0)
    return max(worth)


def _named(name: str, objects: Sequence[SceneObject], without: SceneObject) -> list[SceneObject]:
    return [each for each in objects if each is not without and each.label == name and not each.unknown]


def _first(found: list[int], objects: Sequence[SceneObject], superlative: str | None) -> tuple[int, ...]:
    """All, or the one that is the largest, the smallest or the nearest."""
    if not found or superlative is None:
        return tuple(found)
    if superlative == "nearest":
        return (min(found, key=lambda place: float(np.linalg.norm(objects[place].box.center))),)
    return (max(found, key=lambda place: size(objects[place].box) * (1 if superlative == "largest" else -1)),)
