"""Parametric slates with a screen: tablet computer, cellular telephone."""

from __future__ import annotations

import numpy as np

from cg3d.data.parametric.casings import buttons, casing, panelled
from cg3d.data.parametric.mesh import Mesh, join
from cg3d.data.parametric.palette import BLACK, COLOURS, METALS, paint
from cg3d.data.parametric.primitives import arc, cylinder, tube
from cg3d.data.parametric.variants import one_of

DARK = np.array([0.06, 0.07, 0.09])


def tablet_computer(rng: np.random.Generator) -> Mesh:
    """A thin slate: bare, in a folding cover, in a thick frame for children, or on a stand; lying or leaning back."""
    kinds = {
        "tablet": _bare_tablet,
        "e-reader": _reader,
        "tablet in a cover": _covered_tablet,
        "tablet for children": _children_tablet,
    }
    return one_of(rng, {"tablet": _bare_tablet} if rng.random() < 0.5 else kinds)


def _screen(rng: np.random.Generator) -> np.ndarray:
    """Off, or lit in some colour."""
    return DARK + rng.uniform(0, 0.06) if rng.random() < 0.65 else paint(rng) * rng.uniform(0.5, 1.0)


def _slate(
    rng: np.random.Generator, size: tuple[float, float, float], border: tuple[float, float], rgb: np.ndarray
) -> Mesh:
    """A plate of x, z and y, its screen up, with a border at its sides and at its ends.

    Args:
        size: width (x), length (z) and thickness.
        border: metres beside the screen, and before and behind it.
    """
    width, length, thick = size
    corner, bevel = width * rng.uniform(0.03, 0.13), thick * rng.uniform(0.15, 0.45)
    bezel = rng.choice(np.stack([BLACK, BLACK, np.array(COLOURS["white"]), rgb]))
    front = (width - 2.2 * bevel, length - 2.2 * bevel, 0.0, bezel)
    inside = (max(border[0], 1.3 * bevel), max(border[1], 1.3 * bevel))
    glass = (width - 2 * inside[0], length - 2 * inside[1], 0.0, _screen(rng))
    return panelled(size, corner, bevel, rgb, [front, glass])


def _bumps(rng: np.random.Generator, width: float, length: float, thick: float) -> Mesh:
    """The camera on the back and the keys at the side."""
    spot, reach = width * rng.uniform(0.05, 0.12), rng.uniform(0.0006, 0.002)
    eye = casing(spot, spot * rng.uniform(1, 2), 2 * reach, spot * 0.4, reach * 0.4)
    key = casing(0.002, length * 0.08, thick * 0.35, 0.0008, 0.0004).at(x=width / 2, y=thick * 0.3, z=-length * 0.25)
    return join([eye.at(x=-width * 0.36, y=-reach, z=-length * 0.4), key, key.at(z=length * 0.13)]).painted(BLACK)


def _leaning(rng: np.random.Generator, slate: Mesh, stand: Mesh | None = None) -> Mesh:
    """On its long or short edge, tipped back from upright."""
    turned = slate.turned("y", 90 if rng.random() < 0.6 else 0).grounded()
    tipped = turned.turned("x", rng.uniform(55, 85)).grounded()
    return tipped if stand is None else join([tipped, stand]).grounded()


def _rested(rng: np.random.Generator, slate: Mesh, flat: float = 0.65) -> Mesh:
    if rng.random() < flat:
        return (slate.turned("z", 180) if rng.random() < 0.2 else slate).grounded()
    return _leaning(rng, slate, _stand(rng, float(np.ptp(slate.vertices[:, 2])) * 0.5) if rng.random() < 0.4 else None)


def _stand(rng: np.random.Generator, wide: float) -> Mesh:
    """A shallow foot with a lip in front."""
    foot = casing(wide, wide * 0.7, 0.01, 0.02, 0.003)
    lip = casing(wide * 0.8, 0.008, 0.02, 0.003, 0.002).at(z=wide * 0.25)
    rear = casing(wide * 0.5, 0.01, wide * 0.7, 0.004, 0.003).turned("x", -12).at(y=0.005, z=-wide * 0.28)
    return join([foot, lip, rear]).painted(paint(rng, METALS))


def _tablet_size(rng: np.random.Generator) -> tuple[float, float, float]:
    length = rng.uniform(0.18, 0.3)
    return length * rng.uniform(0.58, 0.78), length, rng.uniform(0.006, 0.013)


def _bare_tablet(rng: np.random.Generator) -> Mesh:
    width, length, thick = _tablet_size(rng)
    edge = width * rng.uniform(0.03, 0.11)
    ends = edge * rng.uniform(1.0, 2.0)
    slate = _slate(rng, (width, length, thick), (edge, ends), paint(rng, ("grey", "black", "white", "pink", "blue")))
    parts = [slate, _bumps(rng, width, length, thick)]
    if ends > 0.012 and rng.random() < 0.7:
        parts.append(cylinder(0.0055, 0.0012, segments=24).at(y=thick, z=length / 2 - ends / 2).painted(DARK + 0.1))
    return _rested(rng, join(parts))


def _reader(rng: np.random.Generator) -> Mesh:
    """A smaller slate with a pale screen and a broad border below, sometimes with keys in it."""
    width, length, thick = rng.uniform(0.11, 0.14), rng.uniform(0.16, 0.2), rng.uniform(0.008, 0.012)
    rgb = paint(rng, ("black", "grey", "white"))
    page = (width * 0.8, length * 0.76, -length * 0.05, np.array([0.8, 0.8, 0.77]))
    parts = [panelled((width, length, thick), 0.008, thick * 0.4, rgb, [page])]
    if rng.random() < 0.5:
        places = [(x * width, length * 0.43) for x in np.linspace(-0.3, 0.3, int(rng.integers(2, 6)))]
        parts.append(buttons(places, 0.01, 0.006, 0.001).at(y=thick).painted(paint(rng, METALS)))
    return _rested(rng, join(parts), 0.75)


def _covered_tablet(rng: np.random.Generator) -> Mesh:
    """The slate leans on a cover that is folded to a ridge behind it, or lies open beside it like a book."""
    width, length, thick = _tablet_size(rng)
    cover, edge = paint(rng), width * 0.07
    shell = casing(width * 1.03, length * 1.03, thick * 0.6, 0.01, 0.002).painted(cover)
    slate = join([_slate(rng, (width, length, thick), (edge, edge), BLACK).at(y=thick * 0.35), shell])
    flap = casing(width * 1.03, length * 1.03, 0.003, 0.008, 0.001).painted(cover)
    if rng.random() < 0.5:
        return join([slate, flap.at(x=-width * 1.05)])
    lean = rng.uniform(50, 70)
    raised = slate.turned("y", 90).at(z=-width * 0.515).turned("x", lean)
    floor = flap.turned("y", 90).at(z=-width * 0.3)
    prop_height = width * 0.7 * np.sin(np.radians(lean))
    back = -width * 0.7 * np.cos(np.radians(lean))
    reach = prop_height / np.sin(np.radians(60))
    prop = casing(length * 1.0, reach, 0.003, 0.002, 0.001).at(z=-reach / 2).turned("x", -60)
    return join([raised, floor, prop.at(y=prop_height, z=back).painted(cover)]).grounded()


def _children_tablet(rng: np.random.Generator) -> Mesh:
    """A small slate sunk in a fat soft frame with a handle on top."""
    width, length, rgb = rng.uniform(0.13, 0.16), rng.uniform(0.19, 0.23), paint(rng)
    thick = rng.uniform(0.02, 0.032)
    glass = (width * 0.72, length * 0.74, 0.0, _screen(rng))
    frame = panelled((width, length, thick), 0.03, thick * 0.4, rgb, [glass])
    path = arc(length * 0.25, rng.uniform(0.03, 0.05))
    grip = tube(path, thick * 0.33).turned("x", -90).turned("y", 90).at(x=-width * 0.47, y=thick / 2)
    whole = join([frame, grip.painted(rgb)])
    return whole if rng.random() < 0.6 else whole.turned("y", -90).turned("x", rng.uniform(60, 80)).grounded()


def cellular_telephone(rng: np.random.Generator) -> Mesh:
    """A slab of glass, a bar with keys, or a clamshell open or shut."""
    kinds = {"flip phone": _flip_phone, "feature phone": _key_phone, "smartphone": _smartphone}
    return one_of(rng, kinds if rng.random() < 0.6 else {"smartphone": _smartphone})


def _smartphone(rng: np.random.Generator) -> Mesh:
    length, thick = rng.uniform(0.115, 0.168), rng.uniform(0.007, 0.012)
    width = length * rng.uniform(0.46, 0.54)
    rgb = paint(rng)
    edge = width * rng.uniform(0.02, 0.07)
    ends = edge if rng.random() < 0.5 else length * rng.uniform(0.08, 0.13)
    parts = [_slate(rng, (width, length, thick), (edge, ends), rgb), _bumps(rng, width, length, thick)]
    if ends > length * 0.07:
        parts.append(cylinder(width * 0.08, 0.001, segments=20).at(y=thick, z=length / 2 - ends / 2).painted(rgb))
    return _rested(rng, join(parts), 0.7)


def _pad(width: float, length: float, thick: float, rgb: np.ndarray) -> Mesh:
    """Four rows of three keys and a round one above them, about z = 0 on a face at y = `thick`."""
    places = [(x * width * 0.29, z * length) for z in (-0.1, 0.08, 0.26, 0.44) for x in (-1, 0, 1)]
    keys = buttons(places, width * 0.24, length * 0.12, 0.0012)
    ring = cylinder(width * 0.17, 0.0015, segments=24).at(z=-length * 0.33)
    sides = buttons([(-width * 0.33, -length * 0.3), (width * 0.33, -length * 0.3)], width * 0.2, length * 0.1, 0.001)
    return join([keys, ring, sides]).at(y=thick).painted(rgb)


def _key_phone(rng: np.random.Generator) -> Mesh:
    length = rng.uniform(0.1, 0.135)
    width, thick, rgb = length * rng.uniform(0.38, 0.46), rng.uniform(0.013, 0.022), paint(rng)
    glass = (width * 0.72, length * 0.3, -length * 0.25, _screen(rng))
    body = panelled((width, length, thick), width * rng.uniform(0.12, 0.35), thick * 0.35, rgb, [glass])
    keys = _pad(width * 0.95, length * 0.45, thick, paint(rng, ("white", "grey", "black"))).at(z=length * 0.22)
    parts = [body, keys]
    if rng.random() < 0.3:
        stub = cylinder(0.004, length * 0.2, 0.003).turned("x", -90).at(x=width * 0.35, y=thick / 2, z=-length * 0.48)
        parts.append(stub.painted(rgb))
    return _rested(rng, join(parts), 0.85)


def _flip_phone(rng: np.random.Generator) -> Mesh:
    half, thick = rng.uniform(0.08, 0.1), rng.uniform(0.009, 0.013)
    width, rgb = half * rng.uniform(0.5, 0.6), paint(rng)
    shell = casing(width, half, thick, width * 0.2, thick * 0.35).painted(rgb)
    glass = (width * 0.76, half * 0.66, 0.0, _screen(rng))
    face = panelled((width, half, thick), width * 0.2, thick * 0.35, rgb, [glass])
    low = join([shell, _pad(width * 0.95, half * 0.85, thick, paint(rng, METALS))])
    lid = face.at(y=-thick, z=-half / 2)  # its hinge on the x axis
    hinge = cylinder(thick * 0.55, width * 0.8, segments=16).turned("z", 90).at(x=width * 0.4)
    angle = 178.0 if rng.random() < 0.25 else rng.uniform(-5, 50)
    whole = join([low.at(y=-thick, z=half / 2), lid.turned("x", angle), hinge.painted(rgb)])
    return whole.grounded()
