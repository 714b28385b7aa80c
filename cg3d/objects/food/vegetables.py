"""More vegetables: potato, tomato."""

from __future__ import annotations

import numpy as np

from cg3d.objects.food.growing import calyx, cut_open
from cg3d.objects.food.produce import LEAF, blushed, lumpy, rolled, tinted
from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.bodies import uneven
from cg3d.objects.shapes.curves import points, smooth
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.primitives import lathe, rod, tube
from cg3d.objects.shapes.resting import together
from cg3d.objects.shapes.round_bodies import globe
from cg3d.objects.shapes.solid import Solid, join


@category
def potato(d: Draw) -> Solid:
    """A lumpy tuber with eyes: russet, yellow, red or purple, peeled, halved, or a few small new ones."""
    kinds = {"russet potato": _russet, "yellow potato": _yellow, "red potato": _red}
    kinds |= {"peeled potato": _peeled, "potato half": _half_potato, "handful of new potatoes": _new_potatoes}
    return one_of(d, kinds)


def _tuber(d: Draw, length: float, slim: float, rgb: np.ndarray, eyes: int) -> Solid:
    """Along y about the origin, `slim` times as long as wide, with eyes, dents and specks of earth."""
    ball = globe(40, 56)
    near = ball.vertices @ _directions(d, max(eyes, 1)).T
    pits = 1 - d(0.03, 0.06) * np.exp((near.max(axis=1) - 1) / 0.008) * (eyes > 0)
    blunt = np.sqrt(1 + d(0.0, 0.35) * ball.vertices[:, 1] ** 2)
    body = ball.reshaped(ball.vertices * points(pits * blunt, pits, pits * blunt)).painted(rgb)
    specks = (near.max(axis=1) > 0.9965)[ball.faces].any(axis=1) & (eyes > 0)
    body = body.painted_where(specks, rgb * 0.78)
    wide = length / slim
    body = uneven(d, lumpy(d, body.scaled(wide / 2, length / 2, wide * d(0.4, 0.5)), 0.2), 0.004)
    bow = d.normal(0, 0.12) * wide * (body.vertices[:, 1] / length * 2) ** 2
    return body.reshaped(body.vertices + np.outer(bow, (1, 0, 0)))


def _directions(d: Draw, count: int) -> np.ndarray:
    """(count, 3) unit vectors."""
    away = d.normal(size=(count, 3))
    return np.asarray(away / np.linalg.norm(away, axis=1, keepdims=True))


def _lying(d: Draw, body: Solid) -> Solid:
    return body.turned("y", d(0, 360)).turned("x", 90 + d.normal(0, 6)).turned("y", d(0, 360)).grounded()


def _earthy(d: Draw, body: Solid) -> Solid:
    return blushed(d, body, tinted(d, (0.4, 0.3, 0.2)), d(0.3, 0.8)) if d.chance(0.5) else body


def _russet(d: Draw) -> Solid:
    """Long, brown and rough."""
    rgb = tinted(d, (0.58, 0.42, 0.27), (0.65, 0.48, 0.32), (0.5, 0.36, 0.24))
    return _lying(d, _earthy(d, _tuber(d, d(0.085, 0.135), d(1.5, 2.1), rgb, d.count(5, 10))))


def _yellow(d: Draw) -> Solid:
    rgb = tinted(d, (0.82, 0.68, 0.42), (0.78, 0.63, 0.4), (0.86, 0.75, 0.5))
    return _lying(d, _earthy(d, _tuber(d, d(0.06, 0.11), d(1.1, 1.6), rgb, d.count(4, 9))))


def _red(d: Draw) -> Solid:
    """Red, or purple."""
    rgb = tinted(d, (0.62, 0.28, 0.28), (0.7, 0.36, 0.34), (0.35, 0.2, 0.32))
    return _lying(d, _earthy(d, _tuber(d, d(0.06, 0.105), d(1.1, 1.6), rgb, d.count(4, 9))))


def _peeled(d: Draw) -> Solid:
    """Pale, with the flat strokes of the knife."""
    body = _tuber(d, d(0.06, 0.11), d(1.15, 1.7), tinted(d, (0.92, 0.84, 0.56), (0.94, 0.88, 0.68)), 0)
    size = np.ptp(body.vertices, axis=0) / 2
    unit = body.vertices / size
    over = (unit @ _directions(d, 14).T).max(axis=1, keepdims=True)
    return _lying(d, body.reshaped(unit * np.minimum(1, 0.86 / np.maximum(over, 1e-9)) * size))


def _half_potato(d: Draw) -> Solid:
    """Cut along or across."""
    rgb = tinted(d, (0.58, 0.42, 0.27), (0.8, 0.65, 0.42), (0.65, 0.32, 0.3))
    body = _tuber(d, d(0.075, 0.12), d(1.2, 1.8), rgb, d.count(4, 9)).turned("x", d.pick(0, 90))
    half = cut_open(body, (0.98, tinted(d, (0.93, 0.86, 0.6), (0.94, 0.9, 0.75))))
    return half.turned("x", d.pick(90, 90, -90)).turned("y", d(0, 360)).grounded()


def _new_potatoes(d: Draw) -> Solid:
    rgb = tinted(d, (0.83, 0.7, 0.46), (0.64, 0.3, 0.3), (0.75, 0.58, 0.36))
    return together(d, lambda d: _lying(d, _tuber(d, d(0.032, 0.048), d(1.1, 1.4), rgb, d.count(3, 6))), d.count(3, 6))


@category
def tomato(d: Draw) -> Solid:
    """A red globe under a green star: round, ribbed beefsteak, long plum, cherry tomatoes on their vine; or halved."""
    kinds = {"round tomato": _round_tomato, "beefsteak tomato": _beefsteak, "plum tomato": _plum_tomato}
    kinds |= {"bunch of cherry tomatoes": _vine, "tomato half": _half_tomato}
    return one_of(d, {"round tomato": _round_tomato} if d.chance(0.3) else kinds)


def _skin(d: Draw) -> np.ndarray:
    if d.chance(0.7):
        return tinted(d, (0.8, 0.14, 0.1), (0.85, 0.22, 0.1), (0.74, 0.1, 0.1))
    return tinted(d, (0.93, 0.55, 0.12), (0.93, 0.78, 0.25), (0.42, 0.16, 0.14), (0.5, 0.62, 0.25))


def _globe(d: Draw, radius: float, tall: float, lobes: int = 0, depth: float = 0.0) -> Solid:
    """Without its leaves; `tall` in parts of the radius, the ribs strongest at the stalk."""
    knots = [(0.0, 0.02), (0.2, 0.01), (0.55, 0.12), (0.9, 0.48), (1.0, 0.95), (0.9, 1.42), (0.6, 1.74), (0.32, 1.8)]
    knots += [(0.12, 1.72), (0.0, 1.66)]
    body = lathe(np.maximum(smooth(knots, 4), 0) * (radius, radius * tall), 48).turned("x", 180)
    return lumpy(d, body, 0.04, lobes, depth).turned("x", 180).painted(_skin(d))


def _topped(d: Draw, body: Solid, leaf: float, stalk: float) -> Solid:
    """With five narrow leaves and a knee of stalk."""
    top = float(body.vertices[:, 1].max()) * 0.96
    star = calyx(d, d.count(5, 7), leaf, 0.45).at(y=top)
    knee = [(0, top * 0.9, 0), (d.normal(0, 0.001), top + stalk * 0.6, 0.001), (d.normal(0, 0.003), top + stalk, 0.004)]
    return join(body, star, tube(smooth(knee, 4), 0.0016, 8).painted(LEAF))


def _round_tomato(d: Draw) -> Solid:
    radius = d(0.027, 0.041)
    body = _globe(d, radius, d(0.78, 0.98), 5, d(0, 0.02))
    if d.chance(0.3):
        body = blushed(d, body, tinted(d, (0.7, 0.55, 0.2)), 0.5)
    return rolled(d, _topped(d, body, radius * d(0.5, 0.9), d(0.005, 0.012)) if d.chance(0.75) else body, 0.7)


def _beefsteak(d: Draw) -> Solid:
    """Wide, flat and ribbed."""
    radius = d(0.038, 0.049)
    body = _globe(d, radius, d(0.6, 0.78), d.count(5, 10), d(0.03, 0.08))
    return rolled(d, _topped(d, body, radius * d(0.4, 0.7), 0.006) if d.chance(0.7) else body, 0.85)


def _plum_tomato(d: Draw) -> Solid:
    radius = d(0.02, 0.027)
    body = _globe(d, radius, d(1.25, 1.65))
    return rolled(d, _topped(d, body, radius * d(0.5, 0.8), 0.006) if d.chance(0.7) else body, 0.1)


def _vine(d: Draw) -> Solid:
    """Small fruit in two rows along a green stem."""
    radius, tall, count = d(0.011, 0.016), d(0.9, 1.15), d.count(3, 7)
    step, high = radius * 1.12, radius * 2.1
    stem = [
        (k * step * 1.6 - step, high + d(-0.1, 0.5) * radius, d.normal(0, 0.15) * radius) for k in range(count // 2 + 3)
    ]
    parts = [tube(smooth(stem, 4), 0.0018, 8).painted(LEAF)]
    rgb = _skin(d)
    for k in range(count):
        x, z = k * step, radius * (1 if k % 2 else -1) * d(1.0, 1.2)
        fruit = _topped(d, _globe(d, radius, tall).painted(rgb), radius * 0.7, 0.003)
        parts.append(fruit.turned("x", (20 if k % 2 else -20) + d.normal(0, 12)).at(x=x, z=z))
        parts.append(rod((x, radius * tall * 1.8, z * 0.75), (x, high, 0), 0.0012).painted(LEAF))
    return join(*parts).turned("y", d(0, 360)).grounded()


def _half_tomato(d: Draw) -> Solid:
    """Cut across, with seeds in its chambers."""
    radius = d(0.027, 0.042)
    whole = _globe(d, radius, d(0.75, 1.0), 5, d(0, 0.04)).turned("x", d.pick(90, -90)).grounded().at(y=-radius)
    whole = whole.at(z=-float(whole.vertices[:, 2].mean()))
    rgb = whole.face_rgb[0]
    half = cut_open(whole, (0.97, rgb * 0.8 + 0.18))
    x, y, z = half.face_centres().T
    out, angle = np.hypot(x, y) / radius, np.arctan2(y, x)
    rooms = (np.abs(z) < 1e-9) & (out > 0.3) & (out < 0.8) & (np.cos(angle * d.count(3, 7)) > -0.55)
    half = half.painted_where(rooms, rgb * 0.55 + np.array((0.28, 0.16, 0.04)))
    seeds = rooms & (np.sin(out * 40) * np.sin(angle * 19) > 0.45)
    return half.painted_where(seeds, (0.93, 0.82, 0.5)).turned("x", 90 - abs(d.normal(0, 15))).grounded()
