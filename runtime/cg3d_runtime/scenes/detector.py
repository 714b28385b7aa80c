"""From a scene to named objects: taken apart by geometry, named by the model."""

from __future__ import annotations

from time import perf_counter

import numpy as np

from cg3d_runtime.answer import CONVENTION, GIVEN, Candidate
from cg3d_runtime.choices import METRES
from cg3d_runtime.errors import ScanError, shortened
from cg3d_runtime.labels.vocabulary import Vocabulary
from cg3d_runtime.naming.namer import Namer
from cg3d_runtime.preparation.extent import longest_side
from cg3d_runtime.preparation.prepare import PrepareSpec, prepare_in_detail
from cg3d_runtime.preparation.scan import Scan, file_of, read_cloud
from cg3d_runtime.scans.cloud import PointCloud
from cg3d_runtime.scans.depth import DepthImage
from cg3d_runtime.scans.upward import AnyUp, as_up, vector
from cg3d_runtime.scenes.boxes import Box, box_around
from cg3d_runtime.scenes.layout import Layout, lay_out
from cg3d_runtime.scenes.naming import Named, chosen
from cg3d_runtime.scenes.scene import FLOOR, NOTHING, TABLE, Scene, SceneObject, ScenePlane
from cg3d_runtime.scenes.sensor import is_seen_from_origin, looks_along_z

BATCH = 8  # clouds that are encoded at once
MOST_POINTS = 20_000  # of a proposal that are prepared
_RESTING = 0.03  # metres, or a share of its height: how far above a support an object may end


def detect(
    scan: Scan, namer: Namer, vocabulary: Vocabulary, spec: PrepareSpec, up: AnyUp | None, units: str | None, top: int
) -> Scene:
    """Find and name the objects of a scene; see `Recognizer.detect`."""
    started = perf_counter()
    cloud, source = read_cloud(scan, up)
    metres = 1.0 if units is None or isinstance(scan, DepthImage) else METRES[units]
    was_read = perf_counter()
    try:
        layout, up_from = _taken_apart(cloud, source, metres, isinstance(scan, DepthImage))
    except ScanError as error:
        name = file_of(scan)
        raise ScanError(f"{shortened(name)}: {error}") if name else error from error
    was_taken_apart = perf_counter()
    kept = chosen(_named(cloud, layout, namer, vocabulary, spec, metres))
    return Scene(
        file=file_of(scan),
        objects=tuple(_object(each, cloud, layout, vocabulary, metres, top) for each in kept),
        planes=tuple(_plane(layout, number, metres) for number in range(len(layout.ground.supports))),
        up=tuple(map(float, layout.ground.up)),
        up_from=up_from,
        points=len(cloud),
        segments=_segments(kept, len(cloud)),
        ms={
            "read": (was_read - started) * 1e3,
            "segment": (was_taken_apart - was_read) * 1e3,
            "name": (perf_counter() - was_taken_apart) * 1e3,
        },
        note="; ".join(note.rstrip(".") for note in cloud.notes) + "." if cloud.notes else None,
        backend=namer.backend.name,
        precision=namer.backend.precision,
    )


def _taken_apart(cloud: PointCloud, source: str, metres: float, is_depth: bool) -> tuple[Layout, str]:
    """The layout, and who said which way is up."""
    finite = cloud.xyz[np.isfinite(cloud.xyz).all(axis=1)]
    from_origin = is_depth or is_seen_from_origin(finite)
    usual = cloud.up
    if source == CONVENTION and from_origin and looks_along_z(finite):
        usual = "-y"  # a camera's frame, whatever the format's convention
    layout = lay_out(
        cloud.xyz * np.float32(metres),
        np.array(vector(usual)),
        source == GIVEN,
        from_origin,
    )
    return layout, layout.ground.source


def _named(
    cloud: PointCloud, layout: Layout, namer: Namer, vocabulary: Vocabulary, spec: PrepareSpec, metres: float
) -> list[Named]:
    """Every proposal that the runtime does not refuse."""
    up = as_up(layout.ground.up)
    found = []
    for proposal in layout.proposals:
        points = layout.points_of(proposal.cells)
        some = points[:: max(1, len(points) // MOST_POINTS)]
        own = PointCloud(cloud.xyz[some], None if cloud.rgb is None else cloud.rgb[some], up)
        try:
            detail = prepare_in_detail(own, spec)
        except ScanError:
            continue
        found.append(
            (proposal, points, detail.points, longest_side(detail.points[:, :3], spec.up) * detail.unit * metres)
        )
    verdicts = []
    for start in range(0, len(found), BATCH):
        batch = found[start : start + BATCH]
        verdicts += namer.judge(np.stack([each[2] for each in batch]), vocabulary, [each[3] for each in batch])
    return [
        Named(proposal, points, verdict, length)
        for (proposal, points, _, length), verdict in zip(found, verdicts, strict=True)
    ]


def _object(
    each: Named, cloud: PointCloud, layout: Layout, vocabulary: Vocabulary, metres: float, top: int
) -> SceneObject:
    best = np.argsort(-each.verdict.scores, kind="stable")[:top]
    box = box_around(cloud.xyz[each.points].astype(np.float64), layout.ground.up)
    return SceneObject(
        top=tuple(Candidate(vocabulary.labels[i].name, float(each.verdict.scores[i])) for i in best),
        unknown=each.verdict.unknown,
        points=len(each.points),
        box=box,
        on=_stands_on(box, layout, metres),
        nearer=each.verdict.nearer,
        size_note=vocabulary.size_note(int(best[0]), each.length),
    )


def _stands_on(box: Box, layout: Layout, metres: float) -> str | None:
    """The highest floor or table that the box ends just above."""
    center, height = np.array(box.center) * metres, box.size[2] * metres
    reach = max(_RESTING, 0.1 * height)
    resting = [
        (plane.offset, f"{support.kind} {number}")
        for number, support in enumerate(layout.ground.supports)
        if support.kind in (FLOOR, TABLE)
        and -reach <= float((plane := support.plane).heights(center[None])[0]) - height / 2 <= reach
    ]
    return max(resting)[1] if resting else None


def _plane(layout: Layout, number: int, metres: float) -> ScenePlane:
    support = layout.ground.supports[number]
    points = int(layout.voxels.counts[layout.on_support == number].sum())
    x, y, z = map(float, support.plane.normal)
    return ScenePlane(support.kind, (x, y, z), float(support.plane.offset) / metres, points)


def _segments(kept: list[Named], count: int) -> np.ndarray:
    """(N,) int32: of every point the number of its object; what two share is the surer one's."""
    segments = np.full(count, NOTHING, dtype=np.int32)
    for number in reversed(range(len(kept))):
        segments[kept[number].points] = number
    return segments
