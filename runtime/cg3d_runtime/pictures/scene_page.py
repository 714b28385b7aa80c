"""One page, self-contained, on which every scene can be turned, and its objects read and chosen."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

from cg3d_runtime.pictures.display_cloud import HEIGHT_COLOURS
from cg3d_runtime.pictures.markup import assembled, counted, joined, points_shown, remark, scores, view
from cg3d_runtime.pictures.object_colours import GREY, as_hex, object_colours
from cg3d_runtime.pictures.scene_exhibit import SceneExhibit, size_of, title_of
from cg3d_runtime.pictures.splat import DISC
from cg3d_runtime.pictures.viewpoint import BULK, spacing, stance_of

if TYPE_CHECKING:
    from cg3d_runtime.scenes.scene import SceneObject, ScenePlane

STYLES = ("page.css", "scenes.css")
SCRIPTS = ("camera.js", "point_renderer.js", "view.js", "scenes.js")


def to_page(exhibits: Sequence[SceneExhibit], left_out: int = 0) -> bytes:
    """Put the scenes, the style and the scripts into one HTML page, in UTF-8; see `markup.assembled`.

    Args:
        left_out: scenes beyond `exhibits`, which the page counts.
    """
    parts = {
        "summary": escape(_summary(exhibits, left_out)),
        "heights": json.dumps(HEIGHT_COLOURS),
        "scenes": "\n".join(map(_section, exhibits)),
    }
    return assembled("scenes.html", STYLES, SCRIPTS, parts)


def _summary(exhibits: Sequence[SceneExhibit], left_out: int) -> str:
    failed = sum(exhibit.scene is None for exhibit in exhibits)
    scenes = [exhibit.scene for exhibit in exhibits if exhibit.scene is not None]
    counts = [counted(len(exhibits), "scene"), counted(sum(len(scene.objects) for scene in scenes), "object")]
    counts += [f"{failed:,} without an answer"] * (failed > 0) + [f"{left_out:,} more not shown"] * (left_out > 0)
    return " · ".join([*counts, *sorted({f"{scene.backend}, {scene.precision}" for scene in scenes})])


def _section(exhibit: SceneExhibit) -> str:
    kind = "failed" if exhibit.scene is None else "found"
    parts = [
        f'<section class="card scene {kind}">',
        f'<h2 title="{escape(exhibit.file)}"><bdi>{escape(exhibit.file)}</bdi></h2>',
        f'<p class="facts">{escape(_facts(exhibit))}</p>',
        remark(f"note: {exhibit.scene.note}") if exhibit.scene and exhibit.scene.note else "",
        f'<p class="answer">{escape(exhibit.error or "no answer")}</p>' if exhibit.scene is None else "",
        '<div class="sides">',
        _view(exhibit) if exhibit.cloud else '<div class="view empty">no points</div>',
        _list(exhibit) if exhibit.scene else "",
        "</div>",
        "</section>",
    ]
    return "\n".join(filter(None, parts))


def _facts(exhibit: SceneExhibit) -> str:
    """What there is, how much of it is shown, and how long it took."""
    scene, cloud = exhibit.scene, exhibit.cloud
    facts = [] if scene is None else [counted(len(scene.objects), "object"), *_planes(scene.planes)]
    facts += [points_shown(cloud)] if cloud else []
    facts += ["the ceiling is left out"] * exhibit.opened
    facts += [f"{sum(scene.ms.values()):.0f} ms"] if scene and scene.ms else []
    return joined(facts)


def _planes(planes: Sequence[ScenePlane]) -> Iterator[str]:
    kinds = [plane.kind for plane in planes]
    return (counted(kinds.count(kind), kind) for kind in dict.fromkeys(kinds))


def _view(exhibit: SceneExhibit) -> str:
    cloud = exhibit.cloud
    assert cloud is not None
    found = f": {counted(len(exhibit.objects), 'object')}" if exhibit.scene else ""
    return view(cloud, exhibit.file + found, _for_scripts(exhibit))


def _for_scripts(exhibit: SceneExhibit) -> Mapping[str, object]:
    """What is drawn over the points, and from where they are first seen."""
    if exhibit.scene is None:
        return {}
    return {
        **_start(exhibit),
        "grey": GREY,
        "colours": object_colours(len(exhibit.objects)).tolist(),
        "boxes": [each.box.corners().round(5).tolist() for each in exhibit.objects],
        "names": [f"{'unknown' if each.unknown else each.label} {each.score:.0%}" for each in exhibit.objects],
    }


def _start(exhibit: SceneExhibit) -> Mapping[str, object]:
    """Where the eye is at first, and how large points are; a camera sees the farther ones the farther apart."""
    cloud, stance = exhibit.cloud, stance_of(exhibit)
    assert cloud is not None
    eye = {"azimuth": stance.azimuth, "elevation": stance.elevation}
    about: dict[str, object] = {"centre": stance.centre.tolist(), "radius": stance.radius}
    disc = DISC * spacing(stance.viewpoint(cloud.turn()).seen(cloud.xyz()))
    if stance.distance is None:
        return {**about, "start": eye, "disc": disc / stance.radius, "bulk": [percent / 100 for percent in BULK]}
    return {**about, "start": {**eye, "distance": stance.distance}, "disc": disc, "sensor": [0, 0, 0]}


def _list(exhibit: SceneExhibit) -> str:
    if not exhibit.objects:
        return '<p class="objects none">no objects found</p>'
    colours = object_colours(len(exhibit.objects))
    rows = (_row(number, each, as_hex(colours[number]), exhibit.metres) for number, each in enumerate(exhibit.objects))
    return f'<ul class="objects" aria-label="Objects in {escape(exhibit.file)}">{"".join(rows)}</ul>'


def _row(number: int, each: SceneObject, colour: str, metres: float) -> str:
    said = filter(None, (each.size_note, each.colour_note))
    where = joined([size_of(each, metres), *([f"on {each.on}"] if each.on else [])])
    return (
        f'<li class="object {"unknown" if each.unknown else "named"}"><button type="button" aria-expanded="false">'
        f'<svg class="swatch" viewBox="0 0 1 1" aria-hidden="true"><rect width="1" height="1" fill="{colour}"/></svg>'
        f'<span class="title">{escape(title_of(each))}</span><span class="score">{each.score:.1%}</span>'
        f'<span class="where">{escape(where)}</span></button>'
        f'<div class="details" hidden>{scores(each.top)}{"".join(map(remark, said))}'
        f"{remark(joined([f'object {number}', counted(each.points, 'point')]))}</div></li>"
    )
