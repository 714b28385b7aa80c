"""From a scene to named objects: taken apart by geometry, named by the model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from cg3d_runtime.answer import CONVENTION, GIVEN, Candidate
from cg3d_runtime.choices import METRES
from cg3d_runtime.colours.basic import colours_of
from cg3d_runtime.colours.evidence import FITS, evidence
from cg3d_runtime.colours.usual import usual_colours, without_colours
from cg3d_runtime.errors import ScanError, shortened
from cg3d_runtime.labels.cues import Cues
from cg3d_runtime.labels.vocabulary import Verdict, Vocabulary
from cg3d_runtime.naming.namer import Namer
from cg3d_runtime.preparation.extent import longest_side
from cg3d_runtime.preparation.prepare import PrepareSpec, prepare_in_detail
from cg3d_runtime.preparation.scan import Scan, file_of, name_of, read_cloud, recorded_of
from cg3d_runtime.scans.cloud import PointCloud
from cg3d_runtime.scans.depth import DepthImage
from cg3d_runtime.scans.depth.arrays import ImageLike
from cg3d_runtime.scans.rows import finite_rows
from cg3d_runtime.scans.units import SCENE, oddities
from cg3d_runtime.scans.upward import AnyUp, as_up, vector
from cg3d_runtime.scenes.boxes import Box, box_around
from cg3d_runtime.scenes.find import find
from cg3d_runtime.scenes.instances import instances_of
from cg3d_runtime.scenes.layout import Layout, lay_out
from cg3d_runtime.scenes.naming import Named, Part, chosen
from cg3d_runtime.scenes.proposals import NO_PROPOSAL
from cg3d_runtime.scenes.query import Query
from cg3d_runtime.scenes.scene import FLOOR, NOTHING, TABLE, Scene, SceneObject, ScenePlane
from cg3d_runtime.scenes.sensor import is_seen_from_origin, looks_along_z

BATCH = 8  # clouds that are encoded at once
MOST_POINTS = 2_000  # of a proposal that are prepared
_RESTING = 0.03  # metres, or a share of its height: how far above a support an object may end


@dataclass(frozen=True)
class Model:
    """What names proposals: see `Recognizer`."""

    namer: Namer
    vocabulary: Vocabulary
    spec: PrepareSpec


@dataclass(frozen=True)
class Wish:
    """How a scene is to be read, and what is asked for; see `Recognizer.detect`."""

    up: AnyUp | None = None
    units: str | None = None
    top: int = 5
    query: Query | None = None
    words: str | None = None
    instances: ImageLike | None = None
    keep_cloud: bool = False


def detect(scan: Scan, model: Model, wish: Wish) -> Scene:
    """Find and name the objects of a scene; see `Recognizer.detect`."""
    started = perf_counter()
    cloud, source = read_cloud(scan, wish.up)
    metres = 1.0 if wish.units is None or isinstance(scan, DepthImage) else METRES[wish.units]
    was_read = perf_counter()
    try:
        seen = take_apart(cloud, source, metres, isinstance(scan, DepthImage))
    except ScanError as error:
        if name := name_of(scan):
            raise ScanError(f"{shortened(name)}: {error}") from error
        raise
    parts = _marked(scan, seen, wish.instances) if wish.instances is not None else _proposed(seen)
    was_taken_apart = perf_counter()
    named = _named(seen, parts, model)
    kept = named if wish.instances is not None else chosen(named)
    objects = [_object(each, seen, model.vocabulary, wish.top) for each in kept]
    order = sorted(range(len(kept)), key=lambda place: -objects[place].score)
    kept, objects = [kept[place] for place in order], [objects[place] for place in order]
    found: tuple[int, ...] = ()
    if wish.query:
        found = find(
            _as_meant(kept, objects, wish.query, model.vocabulary), wish.query, seen.layout.ground.up, seen.from_origin
        )
    x, y, z = map(float, seen.layout.ground.up)
    return Scene(
        file=file_of(scan),
        recorded=recorded_of(scan),
        objects=tuple(objects),
        planes=tuple(_plane(seen, number) for number in range(len(seen.layout.ground.supports))),
        up=(x, y, z),
        up_from=seen.layout.ground.source,
        points=len(cloud),
        segments=_segments(kept, len(cloud)),
        ms={
            "read": (was_read - started) * 1e3,
            "segment": (was_taken_apart - was_read) * 1e3,
            "name": (perf_counter() - was_taken_apart) * 1e3,
        },
        note=oddities(cloud, wish.units or "m", isinstance(scan, DepthImage), SCENE) or _hint(objects, seen),
        metres=metres,
        query=wish.words,
        found=found,
        backend=model.namer.backend.name,
        precision=model.namer.backend.precision,
        cloud=cloud if wish.keep_cloud else None,
    )


@dataclass(frozen=True)
class Seen:
    """A scene as read and taken apart.

    Attributes:
        metres: in the unit of the cloud.
        from_origin: whether all was seen from there.
    """

    cloud: PointCloud
    layout: Layout
    metres: float
    from_origin: bool


def take_apart(cloud: PointCloud, source: str, metres: float, is_depth: bool) -> Seen:
    """Find what a scene stands on, and what may be an object in it.

    Args:
        source: who says which way is up in the cloud, as `read_cloud` tells it.
        metres: length of the cloud's unit.
        is_depth: whether it is a depth image, seen from the origin.
    Raises:
        ScanError: as `lay_out`.
    """
    from_origin = is_depth or is_seen_from_origin(cloud.xyz)
    usual = cloud.up
    if source == CONVENTION and from_origin and looks_along_z(cloud.xyz):
        usual = "-y"  # a camera's frame, whatever the format's convention
    xyz = cloud.xyz if metres == 1 else cloud.xyz * np.float32(metres)
    layout = lay_out(xyz, np.array(vector(usual)), source == GIVEN, from_origin)
    return Seen(cloud, layout, metres, from_origin)


def _proposed(seen: Seen) -> list[Part]:
    return [Part(each, seen.layout.points_of(each.cells)) for each in seen.layout.proposals]


def _marked(scan: Scan, seen: Seen, mask: ImageLike) -> list[Part]:
    """The objects that a mask numbers, and no others."""
    instances = instances_of(scan, mask, len(seen.cloud))
    finite = finite_rows(seen.cloud.xyz)
    marked = [
        (number, np.flatnonzero((instances == number) & finite)) for number in np.unique(instances[instances > 0])
    ]
    return [Part(NO_PROPOSAL, points, int(number)) for number, points in marked if len(points)]


def _named(seen: Seen, parts: list[Part], model: Model) -> list[Named]:
    """Every part that the runtime does not refuse."""
    found, inputs = [], []
    for part in parts:
        cloud = _alone(part, seen)
        try:
            detail = prepare_in_detail(cloud, model.spec)
        except ScanError:
            continue
        length = longest_side(detail.points[:, :3], model.spec.up) * detail.unit * seen.metres
        found.append((part, Cues(length, colours_of(cloud))))
        inputs.append(detail.points)
    verdicts: list[Verdict] = []
    for start in range(0, len(inputs), BATCH):
        batch, cues = inputs[start : start + BATCH], [told for _, told in found[start : start + BATCH]]
        verdicts += model.namer.judge(np.stack(batch), model.vocabulary, cues)
    return [Named(part, verdict, cues) for (part, cues), verdict in zip(found, verdicts, strict=True)]


def _alone(part: Part, seen: Seen) -> PointCloud:
    """The points of a part, not more of them than tell its shape."""
    some = part.points[:: max(1, len(part.points) // MOST_POINTS)]
    rgb = None if seen.cloud.rgb is None else seen.cloud.rgb[some]
    return PointCloud(seen.cloud.xyz[some], rgb, as_up(seen.layout.ground.up))


def _hint(objects: list[SceneObject], seen: Seen) -> str | None:
    """Where neither objects nor surfaces were found: what it may be instead."""
    if objects or seen.layout.ground.supports:
        return None
    return "nothing stands on or apart from anything in it; one object alone is named by cg3d-infer."


def _as_meant(kept: list[Named], objects: list[SceneObject], query: Query, vocabulary: Vocabulary) -> list[SceneObject]:
    """Objects as a query for `red mug` means them: so is called what is called `mug`, and is red."""
    if vocabulary.usual.colours is None:
        return objects
    names = query.names
    wanted = list(zip(names, map(without_colours, names), usual_colours([[name] for name in names]), strict=True))

    def meant(each: SceneObject, colours: np.ndarray | None) -> SceneObject:
        for name, thing, usual in wanted:
            if colours is not None and thing == each.label.casefold() and evidence(colours, usual) >= FITS:
                return replace(each, top=(Candidate(name, each.score), *each.top))
        return each

    return [meant(each, own.cues.colours) for own, each in zip(kept, objects, strict=True)]


def _object(each: Named, seen: Seen, vocabulary: Vocabulary, top: int) -> SceneObject:
    best = np.argsort(-each.verdict.scores, kind="stable")[:top]
    box = box_around(seen.cloud.xyz[each.part.points].astype(np.float64), seen.layout.ground.up)
    said = vocabulary.cue_notes(int(best[0]), each.cues)
    return SceneObject(
        top=tuple(Candidate(vocabulary.labels[i].name, float(each.verdict.scores[i])) for i in best),
        unknown=each.verdict.unknown,
        points=len(each.part.points),
        box=box,
        on=_stands_on(box, seen),
        nearer=each.verdict.nearer,
        size_note=said.size,
        colour_note=said.colour,
        instance=each.part.instance,
    )


def _stands_on(box: Box, seen: Seen) -> str | None:
    """The highest floor or table that the box ends just above."""
    center, height = np.array(box.center) * seen.metres, box.size[2] * seen.metres
    reach = max(_RESTING, 0.1 * height)
    resting = [
        (plane.offset, f"{support.kind} {number}")
        for number, support in enumerate(seen.layout.ground.supports)
        if support.kind in (FLOOR, TABLE)
        and -reach <= float((plane := support.plane).heights(center[None])[0]) - height / 2 <= reach
    ]
    return max(resting)[1] if resting else None


def _plane(seen: Seen, number: int) -> ScenePlane:
    layout = seen.layout
    support = layout.ground.supports[number]
    points = int(layout.voxels.counts[layout.on_support == number].sum())
    x, y, z = map(float, support.plane.normal)
    return ScenePlane(support.kind, (x, y, z), float(support.plane.offset) / seen.metres, points)


def _segments(kept: list[Named], count: int) -> np.ndarray:
    """(N,) int32: of every point the number of its object; what two share is the surer one's."""
    segments = np.full(count, NOTHING, dtype=np.int32)
    for number in reversed(range(len(kept))):
        segments[kept[number].part.points] = number
    return segments
