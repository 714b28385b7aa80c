"""What is found in a scene: objects with names and boxes, and the planes that they stand on or against."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import numpy as np

from cg3d_runtime.answer import Candidate, Recorded
from cg3d_runtime.errors import printable
from cg3d_runtime.scans.cloud import PointCloud
from cg3d_runtime.scenes.boxes import Box

FLOOR, TABLE, CEILING, WALL = "floor", "table", "ceiling", "wall"
NOTHING = -1  # of a point that belongs to no object


@dataclass(frozen=True)
class ScenePlane:
    """A floor, a table top (also of a shelf, a seat), a ceiling or a wall.

    Attributes:
        kind: "floor", "table", "ceiling" or "wall".
        normal: (x, y, z) of length 1, to the side where things are.
        offset: of the plane from the origin along the normal, in the scene's unit.
        points: of the scene that lie on it.
    """

    kind: str
    normal: tuple[float, float, float]
    offset: float
    points: int


@dataclass(frozen=True)
class SceneObject:
    """One thing in a scene.

    Attributes:
        top: the best labels, best first.
        unknown: whether none of the labels fits, as in `Answer`.
        points: of the scene that belong to it.
        box: around it.
        on: the plane that it stands on, such as "table 0": kind, and place in `Scene.planes`; None: on none that was found.
        nearer: where it is unknown, the everyday thing that it is nearer to.
        size_note, colour_note: what its length and its colours say of the label.
        instance: its number in the mask that named it, None where it was found.
    """

    top: tuple[Candidate, ...]
    unknown: bool
    points: int
    box: Box
    on: str | None = None
    nearer: str | None = None
    size_note: str | None = None
    colour_note: str | None = None
    instance: int | None = None

    @property
    def label(self) -> str:
        """The best label, also where it is `unknown`."""
        return self.top[0].label

    @property
    def score(self) -> float:
        """The score of the best label."""
        return self.top[0].score


@dataclass(frozen=True, repr=False)
class Scene:
    """The objects of one scene, the surest first.

    Attributes:
        file: the scene as it was named, None for an array or a cloud.
        objects: what was found.
        planes: the planes that were taken away to find it.
        up: the direction in the scene that was taken for up.
        up_from: who said so, as in `Answer`; "support": the planes.
        points: number of points in the scene.
        metres: length of the scene's unit.
        segments: (N,) int32, for every point in the order of the scene the number of its object, -1 for none.
        ms: milliseconds spent to `read`, `segment` and `name`.
        note: what is odd about it, None where nothing is.
        query: what was looked for, None where everything was.
        found: places in `objects` of what the query means, the best first; empty where nothing is it.
        backend, precision: what really ran.
        recorded: of a message in a bag, its topic and stamp.
        cloud: the scene as read, where it was to be kept.
    """

    file: str | None
    objects: tuple[SceneObject, ...]
    planes: tuple[ScenePlane, ...]
    up: tuple[float, float, float]
    up_from: str
    points: int
    segments: np.ndarray = field(repr=False)
    ms: dict[str, float]
    metres: float = 1.0
    note: str | None = None
    query: str | None = None
    found: tuple[int, ...] = ()
    backend: str = ""
    precision: str = ""
    recorded: Recorded | None = None
    cloud: PointCloud | None = field(default=None, repr=False)

    def to_json(self) -> str:
        """One line of JSON: lengths to a tenth of a millimetre, scores to six decimals."""
        tree = {
            "file": self.file,
            **(self.recorded.to_tree() if self.recorded else {}),
            "up": _rounded(self.up, 4),
            "up_from": self.up_from,
            "planes": [_plane(plane) for plane in self.planes],
            "objects": [_object(each) for each in self.objects],
            **({"query": self.query, "found": list(self.found)} if self.query else {}),
            "points": self.points,
            "backend": self.backend,
            "precision": self.precision,
            "ms": {step: round(duration, 1) for step, duration in self.ms.items()},
            **({"note": self.note} if self.note else {}),
        }
        return json.dumps(tree)

    def to_table(self) -> str:
        """Lines for people: the scene, one line an object, and what is odd."""
        name = " ".join(str(part) for part in (self.file or "scene", self.recorded) if part)
        title = f"{name}: {_counted(len(self.objects), 'object')}, {_planes_in_words(self.planes)}"
        names = [_name(each) for each in self.objects]
        width = max(map(len, names), default=0)
        rows = [
            f"  {name:<{width}}  {each.score:6.1%}  {_size_in_words(each.box, self.metres):>16}  {_where(each)}".rstrip()
            for name, each in zip(names, self.objects, strict=True)
        ]
        note = [f"  note: {printable(self.note)}"] if self.note else []
        return "\n".join([printable(title), *self._found_in_words(), *rows, *note])

    def _found_in_words(self) -> list[str]:
        if self.query is None:
            return []
        found = [f"{self.objects[place].label} at {_place_in_words(self.objects[place].box)}" for place in self.found]
        return [printable(f"  {self.query}: {', '.join(found) or 'not found'}")]

    def __repr__(self) -> str:
        return f"<Scene of {_counted(len(self.objects), 'object')}, {self.points} points>"


def _name(each: SceneObject) -> str:
    if not each.unknown:
        return printable(each.label)
    nearer = f", nearer to {each.nearer}" if each.nearer else ""
    return printable(f"unknown (best {each.label}{nearer})")


def _where(each: SceneObject) -> str:
    return f"on {each.on}" if each.on else ""


def _size_in_words(box: Box, metres: float) -> str:
    return " x ".join(f"{100 * metres * side:.0f}" for side in box.size) + " cm"


def _place_in_words(box: Box) -> str:
    return "(" + ", ".join(f"{along:.2f}" for along in box.center) + ")"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _planes_in_words(planes: tuple[ScenePlane, ...]) -> str:
    counts = [(kind, sum(plane.kind == kind for plane in planes)) for kind in (FLOOR, TABLE, CEILING, WALL)]
    return ", ".join(_counted(count, kind) for kind, count in counts if count) or "no plane"


def _plane(plane: ScenePlane) -> dict[str, object]:
    return {
        "kind": plane.kind,
        "normal": _rounded(plane.normal, 4),
        "offset": round(plane.offset, 4),
        "points": plane.points,
    }


def _object(each: SceneObject) -> dict[str, object]:
    top = [{"label": candidate.label, "score": round(candidate.score, 6)} for candidate in each.top]
    box = each.box
    return {
        **top[0],
        "unknown": each.unknown,
        "top": top,
        "points": each.points,
        "box": {
            "center": _rounded(box.center, 4),
            "size": _rounded(box.size, 4),
            "quaternion": _rounded(box.quaternion, 6),
        },
        **({"on": each.on} if each.on else {}),
        **({"nearer": each.nearer} if each.nearer else {}),
        **({"size_note": each.size_note} if each.size_note else {}),
        **({"colour_note": each.colour_note} if each.colour_note else {}),
        **({"instance": each.instance} if each.instance is not None else {}),
    }


def _rounded(numbers: tuple[float, ...], digits: int) -> list[float]:
    return [round(number, digits) + 0.0 for number in numbers]
