"""Pictures of scenes with their objects: a table with blocks, found by the bundle that ships."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("scipy", reason='scenes need SciPy: the extra "scene"')

from cg3d_runtime import Recognizer
from cg3d_runtime.answer import Candidate
from cg3d_runtime.detect.outputs import save_ply
from cg3d_runtime.errors import Cg3dError
from cg3d_runtime.pictures import SceneGallery, gallery
from cg3d_runtime.pictures.object_colours import GREY, object_colours
from cg3d_runtime.pictures.scene_exhibit import exhibit_of
from cg3d_runtime.pictures.scene_page import to_page
from cg3d_runtime.pictures.scene_picture import scene_picture
from cg3d_runtime.pictures.scene_sheet import MOST_LINES, PICTURE, WIDTH
from cg3d_runtime.pictures.splat import camera
from cg3d_runtime.pictures.viewpoint import Viewpoint, stance_of
from cg3d_runtime.scans import read_scan
from cg3d_runtime.scans.cloud import PointCloud
from cg3d_runtime.scans.images import decoded, open_image
from cg3d_runtime.scenes import Scene, ScenePlane
from tests.runtime.pictures.browser import BROWSER, BROWSERS, Browser, mouse, picture

LABELS = ("mug", "book", "bottle")
HOSTILE = '</script><script>window.hacked = 1</script><img src="x">&\'$style'
VOID = {"meta", "link", "input"}
BROKEN = 7  # rows that are no measurement


def sheet(width: float, depth: float, count: int, seed: int = 0) -> np.ndarray:
    """Points at random on a level rectangle about the origin."""
    half = (width / 2, depth / 2, 0)
    return np.random.default_rng(seed).uniform(np.negative(half), half, (count, 3))


def block(width: float, depth: float, height: float, at: tuple[float, float, float]) -> np.ndarray:
    """Points of the sides and the top of a box that stands on its place."""
    top = sheet(width, depth, 800) + np.array([0, 0, height])
    long, short = sheet(width, height, 800)[:, [0, 2, 1]], sheet(depth, height, 800)[:, [2, 0, 1]]
    sides = [long + np.array([0, s * depth / 2, height / 2]) for s in (-1, 1)]
    sides += [short + np.array([s * width / 2, 0, height / 2]) for s in (-1, 1)]
    return np.concatenate([top, *sides]) + at


def table() -> PointCloud:
    """Two blocks on a table, with a sensor's noise, and rows that are not finite among the rest."""
    parts = [sheet(1.0, 0.7, 15_000), block(0.2, 0.1, 0.15, (-0.3, 0, 0)), block(0.15, 0.25, 0.08, (0.3, 0.1, 0))]
    xyz = np.concatenate(parts)
    xyz = (xyz + np.random.default_rng(1).normal(0, 0.0005, xyz.shape)).astype(np.float32)
    xyz[:: len(xyz) // BROKEN + 1] = np.nan
    return PointCloud(xyz)


def bare() -> PointCloud:
    return PointCloud(sheet(1.0, 0.7, 8000).astype(np.float32))


@pytest.fixture(scope="module")
def recognizer() -> Iterator[Recognizer]:
    with Recognizer.open(list(LABELS), backend="cpu", threads=1) as opened:
        yield opened


@pytest.fixture(scope="module")
def scene(recognizer: Recognizer) -> Scene:
    return recognizer.detect(table())


@pytest.fixture(scope="module")
def empty(recognizer: Recognizer) -> Scene:
    return recognizer.detect(bare())


@pytest.fixture(scope="module")
def hostile(scene: Scene) -> Scene:
    """What lists of labels refuse, pictures survive all the same."""
    top = (Candidate(HOSTILE, 0.9), Candidate(f"another {HOSTILE}", 0.1))
    objects = [replace(each, top=top, nearer=HOSTILE, size_note=HOSTILE) for each in scene.objects]
    return replace(scene, objects=tuple(objects), note=HOSTILE)


class Page(HTMLParser):
    """Reads a page as a browser would, and insists that every element is closed in its turn."""

    def __init__(self, source: bytes) -> None:
        super().__init__()
        self.open: list[tuple[str, str]] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(source.decode())
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append((tag, dict(attrs).get("class") or tag))
            self.texts.setdefault(self.open[-1][1], []).append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts[self.open[-1][1]][-1] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def geometry(self) -> dict[str, object]:
        parsed: dict[str, object] = json.loads(self.all("canvas")[0]["data-cloud"] or "")
        return parsed


def page_of(*additions: tuple[object, ...]) -> Page:
    collected = SceneGallery()
    for addition in additions:
        collected.add(*addition)  # type: ignore[arg-type]
    return Page(to_page(collected.exhibits, collected.left_out))


def image_of(path: Path) -> np.ndarray:
    """(H, W, 3) int, as the SDK reads images."""
    with path.open("rb") as file:
        return decoded(open_image(file))[..., :3].astype(int)


# --- the page ---


def test_page_holds_every_object_once(scene: Scene) -> None:
    page = page_of(("table.ply", table(), scene, None))
    assert scene.objects
    rows = [tag["class"] for tag in page.all("li")]
    assert rows == [f"object {'unknown' if each.unknown else 'named'}" for each in scene.objects]
    titles = [f"unknown (best {each.label}" if each.unknown else each.label for each in scene.objects]
    assert all(told.startswith(title) for told, title in zip(page.texts["title"][1:], titles, strict=True))
    assert page.texts["score"] == [f"{each.score:.1%}" for each in scene.objects]
    assert page.texts["th"] == [label for each in scene.objects for label, _ in each.top]
    where = [
        text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{MULTIPLICATION SIGN}", "x") for text in page.texts["where"]
    ]
    sizes = [" x ".join(f"{100 * side:.0f}" for side in each.box.size) + " cm" for each in scene.objects]
    assert where == [f"{size} · on {o.on}" if o.on else size for size, o in zip(sizes, scene.objects, strict=True)]
    boxes = np.array(page.geometry()["boxes"])
    np.testing.assert_allclose(boxes, [each.box.corners() for each in scene.objects], atol=1e-5)


def test_sizes_are_of_the_unit(scene: Scene) -> None:
    page = page_of(("table.ply", table(), replace(scene, metres=0.01), None))
    width = scene.objects[0].box.size[0]
    assert page.texts["where"][0].startswith(f"{width:.0f}\N{NO-BREAK SPACE}")


def test_page_holds_finite_points_with_their_objects(scene: Scene) -> None:
    page = page_of(("table.ply", table(), scene, None))
    geometry, content = page.geometry(), base64.b64decode(page.texts["script"][0])
    count = geometry["count"]
    finite = np.isfinite(table().xyz).all(axis=1)
    assert count == finite.sum() == len(finite) - BROKEN and len(content) == 8 * count
    steps = np.frombuffer(content, "<u2", 3 * count).reshape(-1, 3)
    objects = np.frombuffer(content, "<u2", offset=6 * count).astype(int)
    objects[objects == 65535] = -1
    assert sorted(objects) == sorted(scene.segments[finite])
    xyz = np.array(geometry["origin"]) + geometry["step"] * steps
    for number in range(len(scene.objects)):
        own = table().xyz[scene.segments == number]
        np.testing.assert_allclose(xyz[objects == number].mean(axis=0), own.mean(axis=0), atol=1e-4)


def test_colours_are_those_of_the_ply(scene: Scene, tmp_path: Path) -> None:
    save_ply(tmp_path / "found.ply", table().xyz, scene)
    rgb = read_scan(tmp_path / "found.ply").rgb
    assert rgb is not None
    page = page_of(("table.ply", table(), scene, None))
    swatches = [rect["fill"] for rect in page.all("rect") if rect.get("fill")]
    geometry = page.geometry()
    assert geometry["colours"] == object_colours(len(scene.objects)).tolist() and geometry["grey"] == list(GREY)
    for number, colour in enumerate([*geometry["colours"], geometry["grey"]]):  # type: ignore[misc, has-type]
        own = scene.segments == (number if number < len(scene.objects) else -1)
        assert (np.rint(rgb[own] * 255) == colour).all()
    assert swatches == [f"#{bytes(colour).hex()}" for colour in geometry["colours"]]  # type: ignore[attr-defined]


def test_text_stays_text(hostile: Scene) -> None:
    page = page_of(
        (HOSTILE, table(), hostile, None), (HOSTILE, None, None, HOSTILE), ("bad\udcff.ply", None, None, None)
    )
    assert page.texts["bdi"] == [HOSTILE, HOSTILE, r"bad\udcff.ply"]
    assert all(HOSTILE in title for title in page.texts["title"][1:])
    assert page.texts["th"][:2] == [HOSTILE, f"another {HOSTILE}"]
    assert page.texts["remark"][:2] == [f"note: {HOSTILE}", HOSTILE]
    assert len(page.all("script")) == 2, "the points of one scene, and the page's own"
    assert not page.all("img")


def test_page_needs_and_reaches_nothing_outside(scene: Scene) -> None:
    collected = SceneGallery()
    collected.add("table.ply", table(), scene)
    source = to_page(collected.exhibits)
    assert not re.search(rb"https?://|//cdn|@import|url\(", source)
    page = Page(source)
    policy = next(meta["content"] or "" for meta in page.all("meta") if meta.get("http-equiv"))
    allowed = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert allowed["default-src"] == "'none'" and "connect-src" not in allowed and "unsafe" not in policy
    for tag, rule in (("script", "script-src"), ("style", "style-src")):
        digest = base64.b64encode(hashlib.sha256(page.texts[tag][-1].encode()).digest()).decode()
        assert allowed[rule] == f"'sha256-{digest}'"
    assert not any("style" in tag or any(name.startswith("on") for name in tag) for _, tag in page.tags)


def test_scenes_without_objects_points_or_answers(empty: Scene, scene: Scene, tmp_path: Path) -> None:
    nothing = PointCloud(np.full((5, 3), np.nan, dtype=np.float32))
    collected = SceneGallery()
    collected.add("bare.ply", bare(), empty)
    collected.add("broken.ply", None, None, "broken.ply: holds 0 points.")
    collected.add("odd.ply", bare(), None, "odd.ply: 5 distinct points.")
    collected.add("nan.ply", nothing, None, None)
    collected.add("gone.ply", None, scene, None)
    page = Page(to_page(collected.exhibits, 3))
    assert len(empty.objects) == 0 and page.texts["objects none"] == ["no objects found"]
    assert page.texts["answer"] == ["broken.ply: holds 0 points.", "odd.ply: 5 distinct points.", "no answer"]
    assert len(page.all("canvas")) == 2
    assert len(page.texts["view empty"]) == 3
    assert f"5 scenes · {len(scene.objects)} objects · 3 without an answer · 3 more not shown" in page.texts["p"][0]
    collected.write(tmp_path / "all.png")
    assert image_of(tmp_path / "all.png").shape[1] > WIDTH


def test_nothing_is_a_page_and_a_sheet(tmp_path: Path) -> None:
    SceneGallery().write(tmp_path / "none.html")
    SceneGallery().write(tmp_path / "none.png")
    assert b"0 scenes" in (tmp_path / "none.html").read_bytes()
    assert image_of(tmp_path / "none.png").shape[2] == 3


def test_other_names_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Cg3dError, match=r"must end in \.html or \.htm or \.png\."):
        SceneGallery().write(tmp_path / "out.pdf")


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch, scene: Scene) -> None:
    monkeypatch.setattr(gallery, "MOST_POINTS", 30_000)
    monkeypatch.setattr(gallery, "MOST_SCANS", 4)
    collected = SceneGallery()
    for number in range(6):
        collected.add(f"{number}.ply", table(), replace(scene, cloud=table()))
        assert sum(len(shown.cloud) for shown in collected.exhibits if shown.cloud) <= 30_000
    assert (len(collected.exhibits), collected.left_out) == (4, 2)
    assert all(len(shown.scene.segments) == 0 for shown in collected.exhibits if shown.scene), "as long as the scan"
    assert all(shown.scene.cloud is None for shown in collected.exhibits if shown.scene)
    assert {shown.cloud.objects.shape for shown in collected.exhibits if shown.cloud} == {(7500,)}  # type: ignore[union-attr]


# --- where scenes are seen from ---


def test_a_ceiling_is_left_out(scene: Scene) -> None:
    lid = sheet(1.0, 0.7, 500).astype(np.float32) + np.float32([0, 0, 1])
    cloud = PointCloud(np.concatenate([table().xyz, lid]))
    segments = np.concatenate([scene.segments, np.full(len(lid), -1, np.int32)])
    planes = (*scene.planes, ScenePlane("ceiling", (0.0, 0.0, -1.0), -1.0, len(lid)))
    shown = exhibit_of("room.ply", cloud, replace(scene, planes=planes, segments=segments), None, 100_000)
    assert shown.opened and shown.cloud is not None and shown.cloud.xyz()[:, 2].max() < 0.5
    assert len(shown.cloud) == len(cloud) - len(lid) - BROKEN


def test_a_camera_sees_as_it_saw(recognizer: Recognizer) -> None:
    turn = camera(np.radians(30), np.radians(50)) * np.array([[1], [-1], [-1]])  # right, down, forward
    xyz = table().xyz.astype(np.float64) @ turn.T + (0, 0, 1.2)
    front = xyz[np.isfinite(xyz).all(axis=1)]
    order = np.lexsort([front[:, 2], *np.floor(front[:, :2] / front[:, 2:] * 150).T])
    cells = np.floor(front[order, :2] / front[order, 2:] * 150)
    seen = front[order][np.r_[True, (cells[1:] != cells[:-1]).any(axis=1)]]  # the nearest of every direction
    cloud = PointCloud(seen.astype(np.float32))
    shown = exhibit_of("frame.ply", cloud, recognizer.detect(cloud), None, 60_000)
    assert shown.from_origin and shown.cloud is not None
    eye = stance_of(shown).viewpoint(shown.cloud.turn())
    assert eye.eye is not None
    np.testing.assert_allclose(eye.eye, 0, atol=1e-9)
    right, up, depth = eye.seen(cloud.xyz.astype(np.float64)).T
    np.testing.assert_allclose(depth, np.log(cloud.xyz.astype(np.float64) @ -eye.axes[2]))
    assert np.abs(np.median(right)) < 0.05 and np.abs(np.median(up)) < 0.05


def test_lines_end_where_they_pass_the_eye() -> None:
    eye = Viewpoint(np.eye(3), np.zeros(3), 0.5)  # looks along -z
    starts = np.array([[1, 0, -2], [1, 0, 2], [0, 0, 3], [1, 2, -1]], dtype=float)
    ends = np.array([[1, 0, 2], [1, 0, -2], [0, 1, 4], [3, 2, -1]], dtype=float)
    first, last = eye.lines(starts, ends)
    np.testing.assert_allclose(first, [[0.5, 0], [2, 0], [1, 2]])
    np.testing.assert_allclose(last, [[2, 0], [0.5, 0], [3, 2]])


# --- the sheet ---


def test_sheet_shows_objects_in_their_colours(scene: Scene, tmp_path: Path) -> None:
    collected = SceneGallery()
    collected.add("table.ply", table(), scene)
    collected.add("broken.ply", None, None, "broken.ply: holds 0 points.")
    collected.write(tmp_path / "found.png")
    image = image_of(tmp_path / "found.png")
    picture = image[54 : 54 + PICTURE[1], 14 : 14 + PICTURE[0]]
    shown = exhibit_of("table.ply", table(), scene, None, 60_000)
    assert shown.cloud is not None
    hues = picture - picture.min(axis=2, keepdims=True)
    largest = max(range(len(scene.objects)), key=lambda number: scene.objects[number].points)
    wanted = object_colours(len(scene.objects))[largest].astype(int)
    wanted = (wanted - wanted.min()) / (wanted - wanted.min()).max()
    like = (np.abs(hues / np.maximum(hues.max(axis=2, keepdims=True), 1) - wanted).max(axis=2) < 0.12) & (
        hues.max(axis=2) > 60
    )
    assert like.sum() > 500, "as large as it is"
    rows, columns = np.nonzero(like)
    assert 0 < np.median(rows) < PICTURE[1] and 0 < np.median(columns) < PICTURE[0]


def test_long_lists_and_names_have_room(scene: Scene, tmp_path: Path) -> None:
    many = replace(scene, objects=scene.objects * (1 + 2 * MOST_LINES // len(scene.objects)))
    collected = SceneGallery()
    collected.add("x" * 5000 + ".ply", table(), many)
    collected.add("\u676f.ply", table(), scene)
    collected.write(tmp_path / "many.png")
    assert image_of(tmp_path / "many.png").shape[:2] == (14 + 2 * (40 + PICTURE[1] + 14), 28 + WIDTH)


def test_one_point_can_be_drawn(scene: Scene) -> None:
    one = PointCloud(np.array([[1, 2, 3]], dtype=np.float32))
    shown = exhibit_of("one.ply", one, replace(scene, segments=np.zeros(1, np.int32)), None, 10)
    assert scene_picture(shown, (200, 100)).size == (200, 100)
    alone = exhibit_of("one.ply", one, replace(scene, objects=(), segments=np.full(1, -1, np.int32)), None, 10)
    assert scene_picture(alone, (200, 100)).size == (200, 100)
    assert "NaN" not in str(Page(to_page([shown, alone])).geometry())


# --- in a browser ---


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if BROWSER is None:
        pytest.skip(f"no browser on PATH; looked for {', '.join(BROWSERS)}")
    opened = Browser(tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()


@pytest.fixture
def opened(browser: Browser, scene: Scene, hostile: Scene, tmp_path: Path) -> Browser:
    """A page of a table, of one with hostile labels, and of one that failed; the first is drawn."""
    collected = SceneGallery()
    collected.add("table.ply", table(), scene)
    collected.add(HOSTILE, table(), hostile)
    collected.add("broken.ply", None, None, HOSTILE)
    collected.write(tmp_path / "found.html")
    browser.events.clear()
    browser("Emulation.setDeviceMetricsOverride", width=1280, height=800, deviceScaleFactor=1, mobile=False)
    browser("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "light"}])
    browser("Page.navigate", url=(tmp_path / "found.html").as_uri())
    browser.wait("document.querySelector('canvas')?.dataset.drawn")
    return browser


def place_of(browser: Browser, number: int) -> tuple[float, float]:
    """Where in the window a point of an object of the first scene is picked."""
    x, y = browser.wait(f"""(() => {{
        const view = [...views.values()][0], box = view.canvas.getBoundingClientRect();
        const matrix = view.camera.matrix(view.cloud, box.width, box.height);
        for (let i = 0; i < view.cloud.count; i++) {{
            const [x, y] = view.project(matrix, i), at = [(x + 1) / 2 * box.width, (1 - y) / 2 * box.height];
            const picked = [i, view.pick(...at)].map((index) => view.objectAt(index));
            if (picked.every((object) => object === {number})) return [box.left + at[0], box.top + at[1]];
        }}
    }})()""")
    return x, y


@pytest.mark.slow
def test_page_opens_quietly_and_asks_for_nothing(opened: Browser) -> None:
    asked = [e["params"]["request"]["url"] for e in opened.events if e["method"] == "Network.requestWillBeSent"]
    assert len([url for url in asked if not url.startswith("data:")]) == 1
    assert opened.complaints() == [] and opened.run("window.hacked") is None
    image = picture(opened, 0).astype(int)
    assert (image[..., 3] == 255).mean() > 0.2
    coloured = image[..., :3].max(axis=2) - image[..., :3].min(axis=2) > 90
    assert coloured[image[..., 3] == 255].mean() > 0.05


@pytest.mark.slow
def test_an_object_is_chosen_by_a_click_by_its_line_and_by_keys(opened: Browser) -> None:
    selected = "[...document.querySelectorAll('.object')].findIndex((e) => e.matches('.selected'))"
    x, y = place_of(opened, 1)
    mouse(opened, "mousePressed", x, y, button="left", buttons=1, clickCount=1)
    mouse(opened, "mouseReleased", x, y, button="left", clickCount=1)
    assert opened.run(selected) == 1
    assert opened.run("[...document.querySelectorAll('.details')].findIndex((e) => !e.hidden)") == 1
    opened.run("document.querySelector('.object button').click()")
    assert opened.run(selected) == 0
    opened.run("document.querySelector('.object button').focus()")
    for key in ("ArrowDown", "Escape"):
        opened("Input.dispatchKeyEvent", type="keyDown", key=key)
    assert opened.run(selected) == -1
    opened("Input.dispatchKeyEvent", type="keyDown", key="Enter", text="\r")
    assert opened.run(selected) == 1, "of the line that has the focus"
    assert opened.run("document.querySelectorAll('.object')[1].firstChild.ariaExpanded") == "true"
    assert opened.run(
        "[...document.querySelectorAll('ul')].map((e) => e.querySelectorAll('[tabindex=\"0\"]').length)"
    ) == [1, 1]


@pytest.mark.slow
def test_filter_fades_what_does_not_match(opened: Browser, scene: Scene) -> None:
    box = "const box = document.getElementById('filter')"
    opened.run(f"{box}; box.value = 'BOOK'; box.dispatchEvent(new Event('input'))")
    faded = opened.run("[...document.querySelector('ul').children].map((e) => e.classList.contains('faded'))")
    titles = [f"{each.label} {each.nearer if each.unknown else ''}" for each in scene.objects]
    assert faded == ["book" not in title for title in titles]
    assert opened.run("[...views.values()][0].faded.size") == sum(faded)
    grey = opened.run("Array.from([...views.values()][0].cloud.bytes.slice(-3))")
    assert grey == list(GREY) or not all(faded)
    assert opened.complaints() == []


@pytest.mark.slow
def test_phone_and_dark(opened: Browser) -> None:
    opened("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    opened("Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=2, mobile=True)
    opened.wait("innerWidth === 390 && document.querySelector('canvas').getBoundingClientRect().width > 300")
    assert opened.run("document.documentElement.scrollWidth") == 390, "nothing sticks out"
    list_top, canvas_bottom = (
        f"document.querySelector('{place}.getBoundingClientRect()" for place in ("ul')", "canvas')")
    )
    assert opened.run(f"{list_top}.top >= {canvas_bottom}.bottom")
    shot = Image.open(io.BytesIO(base64.b64decode(opened("Page.captureScreenshot")["data"]))).convert("L")
    assert np.median(np.asarray(shot)) < 60
