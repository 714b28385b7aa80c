"""Pictures of scans with their answers: what is kept, the page and the contact sheet."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image, ImageDraw

from cg3d_runtime.answer import Answer, Candidate, Quality
from cg3d_runtime.choices import UP_AXES
from cg3d_runtime.errors import Cg3dError
from cg3d_runtime.pictures import Gallery, check_picture_path, gallery, lettering
from cg3d_runtime.pictures.contact_sheet import HEIGHT, REMARK_LINE
from cg3d_runtime.pictures.display_cloud import HEIGHT_COLOURS, DisplayCloud, height_colours
from cg3d_runtime.pictures.page import to_page
from cg3d_runtime.pictures.splat import splat
from cg3d_runtime.scans.cloud import PointCloud

HOSTILE = '</script><script>alert("1")</script>&\'$style'
VOID = {"meta", "link", "input"}


def ball(count: int = 2000, rgb: bool = True, up: str = "z", seed: int = 0) -> PointCloud:
    """The surface of a ball of radius 1 around (2, 0, 0)."""
    xyz = np.random.default_rng(seed).normal(size=(count, 3))
    xyz /= np.linalg.norm(xyz, axis=1, keepdims=True)
    colours = ((xyz + 1) / 2).astype(np.float32) if rgb else None
    return PointCloud((xyz + np.array([2, 0, 0])).astype(np.float32), colours, up)


def answer(label: str = "ball", score: float = 0.75, unknown: bool = False) -> Answer:
    top = (Candidate(label, score), Candidate("mug", 1 - score))
    return Answer("ball.ply", top, unknown, 2000, "onnxruntime-cpu", "fp32", {"read": 1.0, "encode": 2.0})


class Page(HTMLParser):
    """Reads a page as a browser would, and insists that every element is closed in its turn."""

    def __init__(self, source: bytes) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(source.decode())
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
            self.texts.setdefault(tag, []).append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts[self.open[-1]][-1] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def page_of(*additions: tuple[object, ...]) -> Page:
    collected = Gallery()
    for addition in additions:
        collected.add(*addition)  # type: ignore[arg-type]
    return Page(to_page(collected.exhibits, collected.left_out))


# --- what is kept ---


@settings(max_examples=60)
@given(arrays(np.float32, st.tuples(st.integers(1, 30), st.just(3)), elements=st.floats(width=32)))
def test_positions_come_back_within_half_a_step(xyz: np.ndarray) -> None:
    cloud = PointCloud(xyz)
    shown = DisplayCloud.from_cloud(cloud, most=100)
    finite = cloud.xyz[np.isfinite(cloud.xyz).all(axis=1)].astype(np.float64)
    assert len(shown) == len(finite)
    if len(finite):
        rounding = 4 * np.finfo(np.float64).eps * np.abs(finite).max()
        off = np.abs(shown.xyz()[:, None] - finite[None]).max(axis=2)
        assert off.min(axis=1).max() <= shown.step / 2 + rounding
        assert off.min(axis=0).max() <= shown.step / 2 + rounding


def test_colours_stay_with_their_points() -> None:
    cloud = ball(500)
    shown = DisplayCloud.from_cloud(cloud, most=500)
    assert cloud.rgb is not None and shown.rgb is not None
    nearest = np.linalg.norm(shown.xyz()[:, None] - cloud.xyz[None], axis=2).argmin(axis=1)
    assert sorted(nearest) == list(range(500))
    assert np.abs(shown.rgb / 255 - cloud.rgb[nearest]).max() <= 0.5 / 255 + 1e-6


def test_thinning_takes_a_fair_sample_the_same_every_time() -> None:
    cloud = ball(50_000)
    shown = DisplayCloud.from_cloud(cloud, most=20_000)
    assert (len(shown), shown.scanned) == (20_000, 50_000)
    np.testing.assert_array_equal(shown.steps, DisplayCloud.from_cloud(cloud, most=20_000).steps)
    assert len(np.unique(shown.steps, axis=0)) > 19_900  # distinct points, not repeats
    few = shown.thinned(1000)
    np.testing.assert_array_equal(few.steps, shown.steps[:1000])
    np.testing.assert_allclose(few.xyz().mean(axis=0), [2, 0, 0], atol=0.1)  # of the whole, not of its beginning
    assert few.steps.base is None, "would keep all points alive"


@pytest.mark.parametrize("up", UP_AXES)
def test_up_is_up(up: str) -> None:
    pillar = np.zeros((100, 3), dtype=np.float32)
    sign = -1 if up.startswith("-") else 1
    pillar[:, "xyz".index(up[-1])] = sign * np.linspace(0, 1, 100)
    shown = DisplayCloud.from_cloud(PointCloud(pillar, up=up), most=100)
    upright = shown.xyz() @ shown.turn().T
    assert np.ptp(upright[:, 2]) == pytest.approx(1) and np.ptp(upright[:, :2]) == pytest.approx(0, abs=1e-9)
    np.testing.assert_allclose(shown.frame().height, (0.01, 0.99), atol=1e-4)
    ramp = splat(shown, 40, 80)
    column = ramp[ramp[..., 3] > 200][:, :3].astype(int)
    assert column[0][0] > column[0][2], "amber at the top"
    assert column[-1][2] > column[-1][0], "blue at the bottom"


def test_the_frame_is_not_fooled_by_a_stray_point() -> None:
    cloud = ball(2000)
    cloud.xyz[7] = (900, 0, 0)
    frame = DisplayCloud.from_cloud(cloud, most=2000).frame()
    assert 0.9 < frame.radius < 1.2
    np.testing.assert_allclose(frame.centre, [2, 0, 0], atol=0.1)


@pytest.mark.parametrize("count", [500, 2000, 20_000])
def test_spacing_is_that_of_a_ball(count: int) -> None:
    frame = DisplayCloud.from_cloud(ball(count), most=count).frame()
    truth = np.sqrt(4 * np.pi / count) / frame.radius
    assert 0.7 * truth < frame.spacing < 1.4 * truth


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery, "MOST_POINTS", 10_000)
    monkeypatch.setattr(gallery, "MOST_SCANS", 20)
    collected = Gallery()
    for number in range(25):
        collected.add(f"{number}.ply", ball(3000, seed=number), answer())
        assert sum(len(shown.cloud) for shown in collected.exhibits if shown.cloud) <= 10_000
    assert (len(collected.exhibits), collected.left_out) == (20, 5)
    assert {len(shown.cloud) for shown in collected.exhibits if shown.cloud} == {312}  # 20,000 halved six times
    assert b"5 more not shown" in to_page(collected.exhibits, collected.left_out)


# --- the page ---


def test_page_shows_every_scan_with_answer_scores_or_error() -> None:
    page = page_of(
        ("ball.ply", ball(), answer()),
        ("odd.ply", ball(rgb=False), answer(unknown=True)),
        ("broken.ply", None, None, "broken.ply: holds 0 points."),
        ("few.ply", ball(5), None, "few.ply: 5 distinct finite points left."),
    )
    assert page.texts["bdi"] == ["ball.ply", "odd.ply", "broken.ply", "few.ply"]
    assert page.texts["th"] == ["ball", "mug"] * 2
    assert page.texts["td"][1::2] == ["75.0%", "25.0%"] * 2
    assert [bar["width"] for bar in page.all("rect")] == ["75.00", "25.00"] * 2
    assert len(page.all("canvas")) == 3
    assert [card["class"] for card in page.all("article")] == [
        "card named",
        "card unknown",
        "card failed",
        "card failed",
    ]
    paragraphs = page.texts["p"]
    assert "4 scans · 2 without an answer · 1 unknown · onnxruntime-cpu, fp32" in paragraphs
    assert "broken.ply: holds 0 points." in paragraphs and "unknown" in paragraphs
    assert any(
        text.startswith("2,000\N{NO-BREAK SPACE}points · 2\N{NO-BREAK SPACE}\N{MULTIPLICATION SIGN}")
        for text in paragraphs
    )


def test_page_says_what_was_thinned() -> None:
    page = page_of(("large.ply", ball(30_000), answer()))
    assert any(
        text.replace("\N{NO-BREAK SPACE}", " ").startswith("30,000 points, 20,000 shown") for text in page.texts["p"]
    )


def test_page_holds_the_points() -> None:
    page = page_of(("ball.ply", ball(), answer()))
    shown = DisplayCloud.from_cloud(ball(), most=20_000)
    geometry = json.loads(page.all("canvas")[0]["data-cloud"] or "")
    content = base64.b64decode(page.texts["script"][0])
    steps = np.frombuffer(content, "<u2", 3 * geometry["count"]).reshape(-1, 3)
    np.testing.assert_array_equal(geometry["origin"] + geometry["step"] * steps, shown.xyz())
    np.testing.assert_array_equal(np.frombuffer(content, np.uint8, offset=6 * len(steps)).reshape(-1, 3), shown.rgb)
    assert geometry["coloured"] and len(geometry["turn"]) == 3


def test_page_says_what_to_keep_in_mind() -> None:
    quality = Quality(2000, 0, 0, ("one side", "noisy"))
    odd = replace(
        answer(unknown=True), note=HOSTILE, nearer=HOSTILE, up=(0, 0.6, 0.8), up_from="support", quality=quality
    )
    page = page_of(("odd.ply", ball(20), odd), ("ball.ply", ball(20), answer()))
    is_remark = [paragraph.get("class") == "remark" for paragraph in page.all("p")]
    said = [text for text, chosen in zip(page.texts["p"], is_remark, strict=True) if chosen]
    assert said == [
        f"nearer to: {HOSTILE}",
        "quality: one side, noisy",
        "up: 0,0.6,0.8, away from the surface that it stands on",
        f"note: {HOSTILE}",
    ]


def test_text_stays_text() -> None:
    page = page_of((HOSTILE, ball(20), answer(label=HOSTILE)), (HOSTILE, None, None, HOSTILE), ("bad\udcff.ply", None))
    assert page.texts["bdi"] == [HOSTILE, HOSTILE, r"bad\udcff.ply"]
    assert page.texts["th"][0] == HOSTILE
    assert len(page.all("script")) == 2, "the points of one cloud, and the page's own"


def test_page_needs_and_reaches_nothing_outside() -> None:
    collected = Gallery()
    collected.add("ball.ply", ball(), answer())
    source = to_page(collected.exhibits)
    assert not re.search(rb"https?://|//cdn|@import|url\(", source)
    page = Page(source)
    policy = next(
        meta["content"] or "" for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy"
    )
    allowed = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert allowed["default-src"] == "'none'" and "connect-src" not in allowed and "unsafe" not in policy
    for tag, rule in (("script", "script-src"), ("style", "style-src")):
        digest = base64.b64encode(hashlib.sha256(page.texts[tag][-1].encode()).digest()).decode()
        assert allowed[rule] == f"'sha256-{digest}'"
    assert not any(
        "style" in attributes or any(name.startswith("on") for name in attributes) for _, attributes in page.tags
    )


def test_empty_gallery_is_a_page_and_a_sheet(tmp_path: Path) -> None:
    Gallery().write(tmp_path / "none.html")
    Gallery().write(tmp_path / "none.png")
    assert b"0 scans" in (tmp_path / "none.html").read_bytes()
    assert Image.open(tmp_path / "none.png").format == "PNG"


# --- the contact sheet ---


@pytest.mark.parametrize("rgb", [True, False])
def test_splat_draws_the_ball_lit_from_above(rgb: bool) -> None:
    image = splat(DisplayCloud.from_cloud(ball(8000, rgb), most=8000), 120, 100).astype(int)
    assert image.shape == (100, 120, 4)
    assert (image[[0, -1]][..., 3] == 0).all() and (image[:, [0, -1], 3] == 0).all(), "a margin"
    rows, columns = np.nonzero(image[..., 3] > 128)
    disc = (np.hypot(rows - 49.5, columns - 59.5) < 40).sum()
    assert (image[..., 3] > 128)[np.hypot(*np.ogrid[-49.5:50, -59.5:60]) < 40].mean() > 0.98, "no holes"
    assert 0.9 < (np.ptp(rows) + 1) / (np.ptp(columns) + 1) < 1.1 and len(rows) > disc
    grey = DisplayCloud.from_cloud(PointCloud(ball(8000).xyz, np.full((8000, 3), 0.5, np.float32)), most=8000)
    shades = splat(grey, 120, 100)[..., 0].astype(int)
    assert shades[20, 50] > shades[80, 70] + 20, "light comes from above on the left"


def test_splat_hides_what_lies_behind() -> None:
    square = np.stack(np.meshgrid(np.linspace(-1, 1, 80), np.linspace(-1, 1, 80)), axis=-1).reshape(-1, 2)
    front, back = np.insert(square, 0, 0.5, axis=1), np.insert(square, 0, -0.5, axis=1)
    rgb = np.repeat([[1, 0, 0], [0, 0, 1]], len(square), axis=0).astype(np.float32)
    image = splat(
        DisplayCloud.from_cloud(PointCloud(np.vstack([front, back]).astype(np.float32), rgb), 20_000), 100, 100
    )
    middle = image[40:60, 40:60]
    assert (middle[..., 0] > 60).all() and (middle[..., 2] < 10).all()


@pytest.mark.parametrize("scale", [0, 1e-30, 1e30])
@pytest.mark.parametrize("count", [1, 2, 100])
def test_any_finite_cloud_can_be_shown(count: int, scale: float) -> None:
    line = np.outer(np.linspace(-1, 1, count), [0, 0, scale])
    xyz = (np.array([1, 0, 0]) + line).astype(np.float32)
    image = splat(DisplayCloud.from_cloud(PointCloud(xyz), most=100), 60, 60)
    assert (image[..., 3] > 0).any()
    geometry = page_of(("line.ply", PointCloud(xyz), answer())).all("canvas")[0]["data-cloud"]
    assert "NaN" not in str(geometry) and "Infinity" not in str(geometry)


def test_height_colours_interpolate_and_end() -> None:
    colours = height_colours(np.array([-5.0, 0, 0.125, 1, 9]), 0, 1) * 255
    np.testing.assert_allclose(colours[[0, 1]], [HEIGHT_COLOURS[0]] * 2)
    np.testing.assert_allclose(colours[[3, 4]], [HEIGHT_COLOURS[-1]] * 2)
    np.testing.assert_allclose(colours[2], (np.array(HEIGHT_COLOURS[0]) + HEIGHT_COLOURS[1]) / 2)
    np.testing.assert_allclose(height_colours(np.zeros(2), 0, 0) * 255, [HEIGHT_COLOURS[0]] * 2)  # flat


def test_sheet_has_a_card_for_each_scan_and_a_line_for_the_rest(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("cg3d_runtime.pictures.contact_sheet.MOST_ON_SHEET", 6)
    collected = Gallery()
    collected.add("x" * 5000 + ".ply", ball(200), answer(label="word " * 500))
    collected.add("broken.ply", None, None, "broken.ply: " + "holds 0 points " * 100)
    collected.add("bad\udcff.ply", ball(200), answer(score=0.999))
    for number in range(3):
        collected.add(f"{number}.ply", ball(200), answer("\u676f \N{GREEK SMALL LETTER MU}", score=0.999))
    collected.write(tmp_path / "six.png")
    collected.add("left out.ply", ball(200), answer())
    collected.write(tmp_path / "seven.png")
    six, seven = Image.open(tmp_path / "six.png"), Image.open(tmp_path / "seven.png")
    assert six.width == seven.width == 5 * 314 + 14
    assert seven.height == six.height + 22, "a line that counts the rest"
    pixels = np.asarray(six.convert("RGB")).astype(int)
    blue = np.abs(pixels - (0x2F, 0x6F, 0xDE)).sum(axis=2) < 40  # the bars of the best labels
    bars = [blue[14 : 14 + 340, left : left + 300].any(axis=0).sum() for left in range(14, 5 * 314, 314)]
    assert bars[1] == 0 and bars[0] == pytest.approx(0.75 * bars[2], abs=3)


@pytest.mark.parametrize(
    ("note", "nearer", "lines"),
    [
        (None, None, 0),
        ("is 12 m long", None, 1),
        ("is 12 m long", "cup", 2),
        ("is " + "very " * 10 + "long", "cup", 3),
        ("word " * 500, "x" * 500, 3),
    ],
)
def test_cards_have_room_for_three_lines_of_remarks_at_most(
    tmp_path: Path, note: str | None, nearer: str | None, lines: int
) -> None:
    collected = Gallery()
    collected.add("ball.ply", ball(200), replace(answer(), note=note, nearer=nearer))
    collected.add("broken.ply", None, None, "broken.ply: holds 0 points")
    collected.write(tmp_path / "sheet.png")
    assert Image.open(tmp_path / "sheet.png").height == 14 + HEIGHT + lines * REMARK_LINE + 14


@pytest.mark.parametrize(
    ("text", "written"), [("m\u00f6bel", "mobel"), ("\u676f\u5b50 1", "?? 1"), ("bad\udcff.ply", "bad?.ply")]
)
def test_characters_that_no_font_has(monkeypatch: pytest.MonkeyPatch, text: str, written: str) -> None:
    monkeypatch.setattr(lettering, "SYSTEM_FONTS", ())
    lettering._fonts.cache_clear()
    lines = []
    for line in (text, written):
        image = Image.new("L", (200, 30))
        lettering.write_text(ImageDraw.Draw(image), (0, 0), line, 16, "white", 200)
        lines.append(np.asarray(image))
    lettering._fonts.cache_clear()
    assert lines[0].any()
    np.testing.assert_array_equal(*lines)


def test_long_text_keeps_what_matters_and_its_width() -> None:
    def written(text: str, keep_end: bool = False) -> np.ndarray:
        image = Image.new("L", (400, 30))
        lettering.write_text(ImageDraw.Draw(image), (0, 0), text, 16, "white", 120, keep_end)
        return np.asarray(image)

    path = "/a/very/long/folder/" * 50 + "mug.ply"
    assert not written(path, keep_end=True)[:, 121:].any() and not written(path)[:, 121:].any()
    assert (written(path, keep_end=True) != written(path)).any()
    np.testing.assert_array_equal(written(path, keep_end=True), written("x" * 300 + path, keep_end=True))


# --- writing ---


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("out.pdf", r"out\.pdf: the name must end in \.html or \.htm or \.png\."),
        ("missing/out.html", r"missing/out\.html: its folder does not exist; name a file\."),
        ("folder.html", r"folder\.html: is a folder; name a file\."),
    ],
)
def test_places_that_cannot_be_written(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "folder.html").mkdir()
    with pytest.raises(Cg3dError, match=message):
        check_picture_path(tmp_path / name)
    with pytest.raises(Cg3dError, match=message):
        Gallery().write(tmp_path / name)


def test_a_page_is_no_image(tmp_path: Path) -> None:
    with pytest.raises(Cg3dError, match=r"must end in \.png\."):
        check_picture_path(tmp_path / "out.html", gallery.IMAGE_SUFFIXES)


def test_without_pillow_the_line_to_type(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; sys.modules['PIL'] = None\n"  # how Python marks what cannot be imported
        "from cg3d_runtime.pictures import Gallery\n"
        "Gallery().write(Path(sys.argv[1]) / 'out.html')\n"
        "Gallery().write(Path(sys.argv[1]) / 'out.png')\n"
    )
    ran = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True)
    assert 'pip install pillow (the extra "image")' in ran.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["out.html"]


def test_writing_replaces_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Gallery().write(tmp_path / "out.html")
    before = (tmp_path / "out.html").read_bytes()
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(Cg3dError, match=r"out\.html: cannot be written: No space left on device\."):
        Gallery().write(tmp_path / "out.html")
    assert (tmp_path / "out.html").read_bytes() == before and len(list(tmp_path.iterdir())) == 1
