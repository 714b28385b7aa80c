"""The page of answers in a real browser."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cg3d_runtime.answer import Answer, Candidate
from cg3d_runtime.pictures import Gallery
from cg3d_runtime.scans.cloud import PointCloud
from tests.runtime.pictures.browser import BROWSER, BROWSERS, Browser, mouse, picture

HOSTILE = '</script><script>window.hacked = 1</script><img src="x">'
HEIGHT = 236  # of a cloud's place on a card, in CSS pixels
SCANS = 40  # more than a browser allows WebGL contexts

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason=f"no browser on PATH; looked for {', '.join(BROWSERS)}"),
]


def ball(count: int = 2000, rgb: bool = True, seed: int = 0) -> PointCloud:
    """The surface of a ball, bluer the higher."""
    xyz = np.random.default_rng(seed).normal(size=(count, 3)).astype(np.float32)
    xyz /= np.linalg.norm(xyz, axis=1, keepdims=True)
    return PointCloud(xyz, (xyz + 1) / 2 if rgb else None)


def answer(label: str = "ball") -> Answer:
    return Answer(None, (Candidate(label, 0.75), Candidate("mug", 0.25)), False, 2000, "onnxruntime-cpu", "fp32", {})


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    opened = Browser(tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Many scans: a coloured ball; an uncoloured one; three points to read; two that failed; more balls."""
    gallery = Gallery()
    gallery.add("ball.ply", ball(), answer())
    gallery.add("plain.ply", ball(rgb=False), answer("plain ball"))
    corners = np.array([[0, 0, 0], [0, 1.5, 0], [0, 0, 2]], dtype=np.float32)
    gallery.add("corners.ply", PointCloud(corners), answer("corners"))
    gallery.add("broken.ply", None, None, "broken.ply: holds 0 points.")
    gallery.add(HOSTILE, ball(50), None, HOSTILE)
    for number in range(SCANS - 5):
        gallery.add(f"more/{number}.ply", ball(500, seed=number), answer("more"))
    path = tmp_path_factory.mktemp("page") / "answers.html"
    gallery.write(path)
    return path


@pytest.fixture
def opened(browser: Browser, page: Path) -> Browser:
    """The page, loaded afresh in a window that holds three cards, with its first clouds drawn."""
    browser.events.clear()
    browser("Emulation.setDeviceMetricsOverride", width=900, height=450, deviceScaleFactor=1, mobile=False)
    browser("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "light"}])
    browser("Page.navigate", url=page.as_uri())
    browser.wait("document.querySelectorAll('canvas[data-drawn]').length >= 3")
    browser.run("sharpness = 1; redrawAll()")  # which the page chooses by itself where drawing is slow
    browser.wait(f"document.querySelectorAll('canvas')[2].height === {HEIGHT}")
    return browser


def card(browser: Browser, index: int) -> tuple[float, float, float, float]:
    """Left, top, width and height of a canvas in the window."""
    box = browser.run(f"document.querySelectorAll('canvas')[{index}].getBoundingClientRect().toJSON()")
    return box["left"], box["top"], box["width"], box["height"]


def changed_by(browser: Browser, index: int, act: Callable[[], None]) -> float:
    """The share of a canvas's pixels that `act` changes."""
    before = picture(browser, index)
    drawn = f"Number(document.querySelectorAll('canvas')[{index}].dataset.drawn)"
    times = browser.run(drawn)
    act()
    browser.wait(f"{drawn} > {times}")
    return float((picture(browser, index) != before).any(axis=2).mean())


def test_drawing_adapts_to_a_slow_machine(opened: Browser) -> None:
    opened.run("sharpness = 2; slowInARow = 0; [50, 70, 70, 70, 20, 70, 70, 70].forEach(adaptSharpness)")
    assert opened.run("sharpness") == 2
    opened.run("adaptSharpness(70)")
    assert opened.run("sharpness") == 1


def test_page_opens_quietly_and_asks_for_nothing(opened: Browser, page: Path) -> None:
    requested = [
        event["params"]["request"]["url"] for event in opened.events if event["method"] == "Network.requestWillBeSent"
    ]
    assert [url for url in requested if not url.startswith("data:")] == [page.as_uri()]
    assert opened.complaints() == []
    assert opened.run("document.querySelectorAll('.card').length") == SCANS
    assert (
        opened.run("document.querySelectorAll('script').length") == SCANS
    )  # one failed without points; the page's own


def test_policy_stops_scripts_and_requests(opened: Browser) -> None:
    script = "const s = document.createElement('script'); s.textContent = 'window.hacked = 1'; document.body.append(s)"
    opened.run(f"{script}; undefined")
    assert opened.run("window.hacked") is None
    assert opened.run("fetch('data:,x').then(() => 'reached', () => 'refused')") == "refused"


def test_ball_is_drawn_upright_and_lit(opened: Browser) -> None:
    image = picture(opened, 0).astype(int)
    height, width = image.shape[:2]
    ball_pixels = image[height // 4 : -height // 4, width // 2 - height // 4 : width // 2 + height // 4]
    assert (ball_pixels[..., 3] == 255).mean() > 0.95
    assert ball_pixels[:30, :, 2].mean() > ball_pixels[-30:, :, 2].mean() + 60, "blue, which is up in the scan, is up"
    plain = picture(opened, 1).astype(int)[..., :3]
    top, bottom = plain[height // 4, width // 2], plain[-height // 4, width // 2]
    assert top[0] > top[2] and bottom[2] > bottom[0], "by height: amber at the top, blue at the bottom"


def test_clouds_far_below_wait_until_they_are_needed(opened: Browser) -> None:
    last = f"document.querySelectorAll('canvas')[{SCANS - 2}]"
    assert opened.run(f"{last}.dataset.drawn") is None
    opened.run("scrollTo(0, document.body.scrollHeight)")
    opened.wait(f"{last}.dataset.drawn")
    opened.wait("document.querySelector('canvas').width === 0")  # its memory is given back
    opened.run("scrollTo(0, 0)")
    opened.wait("document.querySelector('canvas').width > 0")
    assert (picture(opened, 0)[..., 3] == 255).mean() > 0.2
    assert opened.complaints() == []


def test_drag_turns(opened: Browser) -> None:
    left, top, width, height = card(opened, 0)
    x, y = left + width / 2, top + height / 2

    def drag() -> None:
        mouse(opened, "mousePressed", x, y, button="left", buttons=1, clickCount=1)
        mouse(opened, "mouseMoved", x + 80, y, button="left", buttons=1)
        mouse(opened, "mouseReleased", x + 80, y, button="left", clickCount=1)

    assert changed_by(opened, 0, drag) > 0.1
    azimuth, elevation = opened.run("(({ azimuth, elevation }) => [azimuth, elevation])([...views.values()][0].camera)")
    assert azimuth == pytest.approx(np.radians(35) - 4 * 80 / height) and elevation == pytest.approx(np.radians(22))


def test_keys_turn_zoom_and_reset(opened: Browser) -> None:
    opened.run("document.querySelector('canvas').focus()")
    first = picture(opened, 0)

    def key(name: str) -> Callable[[], None]:
        return lambda: [opened("Input.dispatchKeyEvent", type=kind, key=name) for kind in ("keyDown", "keyUp")] and None

    assert changed_by(opened, 0, key("ArrowLeft")) > 0.1
    assert changed_by(opened, 0, key("+")) > 0.05
    assert opened.run("[...views.values()][0].camera.zoom") == pytest.approx(1.2)
    changed_by(opened, 0, key("0"))
    np.testing.assert_array_equal(picture(opened, 0), first)
    key("Enter")()
    opened.wait("document.querySelector('canvas').width > 850")


def test_wheel_scrolls_the_page_until_the_cloud_is_clicked(opened: Browser) -> None:
    left, top, width, height = card(opened, 0)
    x, y = left + width / 2, top + height / 2
    mouse(opened, "mousePressed", x, y, button="left", buttons=1, clickCount=1)
    mouse(opened, "mouseReleased", x, y, button="left", clickCount=1)
    assert changed_by(opened, 0, lambda: mouse(opened, "mouseWheel", x, y, deltaX=0, deltaY=-200)) > 0.05
    assert opened.run("scrollY") == 0
    opened.run("document.activeElement.blur()")
    mouse(opened, "mouseWheel", x, y, deltaX=0, deltaY=200)
    opened.wait("scrollY > 0")


def test_pointing_reads_the_coordinates_of_the_file(opened: Browser) -> None:
    left, top, width, height = card(opened, 2)
    tips = []
    for index in range(3):
        place = opened.run(f"""(() => {{
            const view = [...views.values()][2], size = [view.canvas.clientWidth, view.canvas.clientHeight];
            return view.project(view.camera.matrix(view.cloud, ...size), {index});
        }})()""")
        mouse(opened, "mouseMoved", left + (place[0] + 1) / 2 * width, top + (1 - place[1]) / 2 * height)
        tips.append(
            opened.wait("document.querySelectorAll('.card')[2].querySelector('.tip:not([hidden])')?.textContent")
        )
    numbers = sorted([float(word) for word in tip.split()[1::2]] for tip in tips)
    np.testing.assert_allclose(numbers, [[0, 0, 0], [0, 0, 2], [0, 1.5, 0]], atol=1e-3)
    mouse(opened, "mouseMoved", left + 5, top + 5)
    opened.wait("document.querySelectorAll('.card')[2].querySelector('.tip').hidden")


def test_filter_and_colour_by_height(opened: Browser) -> None:
    opened.run(
        "const box = document.getElementById('filter'); box.value = 'PLAIN'; box.dispatchEvent(new Event('input'))"
    )
    assert opened.run("[...document.querySelectorAll('.card:not([hidden]) h2')].map((e) => e.textContent)") == [
        "plain.ply"
    ]
    opened.run("box.value = ''; box.dispatchEvent(new Event('input'))")
    opened.wait("document.querySelector('canvas').width > 0")
    opened.wait("document.querySelectorAll('canvas')[0].checkVisibility()")
    assert changed_by(opened, 0, lambda: opened.run("document.getElementById('by-height').click()")) > 0.1


def test_phone_and_dark(opened: Browser) -> None:
    opened("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    opened("Emulation.setDeviceMetricsOverride", width=390, height=800, deviceScaleFactor=2, mobile=True)
    opened.wait("innerWidth === 390 && document.querySelector('canvas').getBoundingClientRect().width > 300")
    assert opened.run("document.documentElement.scrollWidth") == 390, "nothing sticks out"
    shot = Image.open(io.BytesIO(base64.b64decode(opened("Page.captureScreenshot")["data"]))).convert("L")
    assert np.median(np.asarray(shot)) < 60
