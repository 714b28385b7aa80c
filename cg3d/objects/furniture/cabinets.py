"""Furniture to keep things in: bookcase, cabinet, dresser, nightstand."""

from __future__ import annotations

import numpy as np

from cg3d.objects.registry import category, one_of
from cg3d.objects.shapes.curves import rectangle
from cg3d.objects.shapes.draw import Draw
from cg3d.objects.shapes.palette import metal, paint, wood
from cg3d.objects.shapes.primitives import box, rod, stacked, superellipsoid
from cg3d.objects.shapes.solid import Solid, join, mirrored
from cg3d.objects.shapes.supports import legs

GAP = 0.006  # between neighbouring fronts, metres


def _handle(d: Draw, width: float) -> Solid:
    """A bar, a knob or a lip about the origin, towards +z; `width` metres."""
    kind = d.integers(3)
    if kind == 0:
        posts = mirrored(rod((width * 0.4, 0, 0), (width * 0.4, 0, 0.03), 0.005))
        return join(rod((-width / 2, 0, 0.03), (width / 2, 0, 0.03), 0.006), posts)
    if kind == 1:
        return superellipsoid(0.032, 0.032, 0.026).at(y=-0.016, z=0.02)
    return box(width, 0.012, 0.03).at(z=0.015)


def _drawer(width: float, height: float, handle: Solid, rgb: np.ndarray, steel: np.ndarray) -> Solid:
    """A front 2 cm thick in the plane z = 0, standing on y = 0, with its handle."""
    front = box(width - GAP, height - GAP, 0.02).at(y=GAP / 2, z=0.01).painted(rgb)
    return join(front, handle.at(y=height * 0.55, z=0.02).painted(steel))


def _panel(width: float, height: float, framed: bool, rgb: np.ndarray) -> Solid:
    """A door leaf 2 cm thick in the plane z = 0; `framed` leaves its field sunk."""
    if not framed:
        return box(width - GAP, height - GAP, 0.02).at(y=GAP / 2, z=0.01).painted(rgb)
    stile, w, h = min(0.07, width * 0.2), width - GAP, height - GAP
    sides = mirrored(box(stile, h, 0.02).at(x=(w - stile) / 2))
    rails = [box(w, stile, 0.02), box(w, stile, 0.02).at(y=h - stile), box(w, h, 0.006).at(z=-0.006)]
    return join(sides, *rails).at(y=GAP / 2, z=0.01).painted(rgb)


def drawers(d: Draw, width: float, height: float, rows: int, columns: int, rgb: np.ndarray, steel: np.ndarray) -> Solid:
    """A grid of drawers in the plane z = 0, about the y axis."""
    handle, size = _handle(d, width / columns * d(0.2, 0.45)), width / columns
    one = _drawer(size, height / rows, handle, rgb, steel)
    places = [((k - (columns - 1) / 2) * size, row * height / rows) for row in range(rows) for k in range(columns)]
    pulled = d.count(0, len(places)) if d.chance(0.2) else -1
    return join(
        *(
            [one.at(x, y, 0.12 if k == pulled else 0.0) for k, (x, y) in enumerate(places)]
            + _pulled_tub(places, pulled, size, height / rows, rgb)
        )
    )


def _pulled_tub(
    places: list[tuple[float, float]], pulled: int, width: float, height: float, rgb: np.ndarray
) -> list[Solid]:
    """What is seen of the drawer that stands open."""
    if pulled < 0:
        return []
    x, y = places[pulled]
    inner, outer = rectangle(width * 0.86, 0.1), rectangle(width * 0.9, 0.12)
    tub = stacked([(outer, 0.0), (outer, height * 0.7), (inner, height * 0.7), (inner, 0.01)])
    return [tub.at(x, y + height * 0.1, 0.06).painted(rgb * 0.9)]


def _carcass(d: Draw, width: float, height: float, depth: float, rgb: np.ndarray) -> tuple[Solid, float]:
    """A closed body on feet, on a plinth or on the floor with a projecting top; and the height of its underside."""
    lift = d.pick(0.0, d(0.04, 0.08), d(0.1, 0.2))
    parts = [box(width, height - lift - 0.025, depth).at(y=lift)]
    if lift >= 0.1:
        parts += legs(width * 0.9, depth * 0.8, lift + 0.01, d(0.014, 0.024), d.pick(0.0, 0.03), d.chance(0.5))
    elif lift > 0:
        parts.append(box(width * 0.96, lift, depth * 0.9))
    edge = d.pick(0.0, 0.03)
    return join(*parts, box(width + edge, 0.025, depth + edge + 0.02).at(y=height - 0.025, z=0.01)).painted(rgb), lift


@category
def dresser(d: Draw) -> Solid:
    """A chest with two to six rows of drawers in one to three columns, perhaps under a mirror."""
    columns, rows = d.count(1, 4), d.count(3, 6)
    width, height = columns * d(0.42, 0.6) + 0.15, rows * d(0.17, 0.24) + 0.1
    depth, rgb = d(0.4, 0.52), wood(d)
    body, lift = _carcass(d, width, height, depth, rgb)
    front = rgb if d.chance(0.6) else paint(d)
    field = drawers(d, width - 0.03, height - lift - 0.05, rows, columns, front, metal(d))
    parts = [body, field.at(y=lift + 0.015, z=depth / 2)]
    if height < 0.95 and d.chance(0.3):
        glass = superellipsoid(width * 0.6, 0.6, 0.03, d.pick(0.0, 0.9))
        parts.append(glass.scaled(1.08, 1.06, 0.8).at(y=height, z=-depth / 2 + 0.02).painted(rgb))
        parts.append(glass.at(y=height + 0.018, z=-depth / 2 + 0.03).painted(paint(d, "white")))
    return join(*parts)


@category
def nightstand(d: Draw) -> Solid:
    """A small chest for the bedside: drawers, or one drawer above an open shelf or a door."""
    width, height, depth = d(0.36, 0.55), d(0.42, 0.65), d(0.32, 0.44)
    rgb, steel = wood(d), metal(d)
    front = rgb if d.chance(0.6) else paint(d)
    if d.chance(0.4):
        body, lift = _carcass(d, width, height, depth, rgb)
        rows = d.count(2, 4)
        field = drawers(d, width - 0.03, height - lift - 0.05, rows, 1, front, steel)
        return join(body, field.at(y=lift + 0.015, z=depth / 2))
    drawer, shelf = d(0.13, 0.18), d(0.08, 0.16)
    parts = [box(width, drawer, depth).at(y=height - drawer), box(width, 0.02, depth).at(y=shelf)]
    parts.append(box(width + 0.03, 0.02, depth + 0.03).at(y=height))
    if d.chance(0.5):
        parts += [
            mirrored(box(0.02, height, depth).at(x=width / 2 - 0.01)),
            box(width, height - shelf, 0.01).at(y=shelf, z=-depth / 2),
        ]
    else:
        parts += legs(width - 0.04, depth - 0.04, height, d(0.013, 0.022), 0.0, d.chance(0.5))
    one = _drawer(width - 0.03, drawer, _handle(d, width * 0.3), front, steel)
    return join(join(*parts).painted(rgb), one.at(y=height - drawer, z=depth / 2))


@category
def cabinet(d: Draw) -> Solid:
    """A closed body with doors: a low sideboard, a wardrobe, a cupboard, a filing cabinet or a locker."""
    kinds = {"sideboard": _sideboard, "wardrobe": _wardrobe}
    kinds |= {"kitchen cabinet": _kitchen_cabinet, "filing cabinet": _filing}
    return one_of(d, kinds)


def _doors(d: Draw, width: float, height: float, count: int, rgb: np.ndarray, steel: np.ndarray) -> Solid:
    """A row of door leaves in the plane z = 0; now and then one stands open. Pairs open from their middle."""
    leaf, size = _panel(width / count, height, d.chance(0.5), rgb), width / count
    pull = _handle(d, 0.14).turned("z", 90).at(y=height * d(0.5, 0.7), z=0.02).painted(steel)
    opened = d.count(0, count) if d.chance(0.3) else -1
    parts = []
    for k in range(count):
        hinge = -1 if k % 2 == 0 else 1
        door = join(leaf, pull.at(x=-hinge * (size / 2 - 0.045)))
        if k == opened:
            door = door.at(x=-hinge * size / 2).turned("y", hinge * d(25, 95)).at(x=hinge * size / 2)
            piece = box(size * 0.92, height * 0.96, 0.004).at((k - (count - 1) / 2) * size, height * 0.02, 0.008)
            parts.append(piece.painted(rgb * 0.35))
        parts.append(door.at(x=(k - (count - 1) / 2) * size))
    return join(*parts)


def _sideboard(d: Draw) -> Solid:
    return _cupboard(d, d.count(2, 5), (0.38, 0.5), (0.6, 0.95), d.chance(0.5))


def _wardrobe(d: Draw) -> Solid:
    return _cupboard(d, d.count(2, 4), (0.45, 0.55), (1.7, 2.2), d.chance(0.4), low_drawers=True)


def _kitchen_cabinet(d: Draw) -> Solid:
    return _cupboard(d, d.count(1, 4), (0.4, 0.55), (0.82, 0.92), True)


def _cupboard(
    d: Draw, count: int, leaf: tuple[float, float], tall: tuple[float, float], drawers: bool, low_drawers: bool = False
) -> Solid:
    """`count` doors of a width and a height within the given ranges, with or without a row of drawers."""
    width, height, depth = count * d.uniform(*leaf), d.uniform(*tall), d(0.38, 0.58)
    rgb, steel = wood(d), metal(d)
    front = rgb if d.chance(0.6) else paint(d)
    body, lift = _carcass(d, width, height, depth, rgb)
    field, row = height - lift - 0.04, d(0.15, 0.2) if drawers else 0.0
    doors = _doors(d, width - 0.02, field - row, count, front, steel).at(y=row if low_drawers else 0.0)
    parts = [doors]
    if drawers:
        handle = _handle(d, 0.12)
        size = (width - 0.02) / count
        one = _drawer(size, row, handle, front, steel).at(y=0.0 if low_drawers else field - row)
        parts += [one.at(x=(k - (count - 1) / 2) * size) for k in range(count)]
    return join(body, *(part.at(y=lift + 0.01, z=depth / 2) for part in parts))


def _filing(d: Draw) -> Solid:
    """A narrow steel cabinet of deep drawers, each with a handle and a label holder."""
    rows, width, depth = d.count(2, 5), d(0.4, 0.47), d(0.5, 0.65)
    height, rgb, steel = rows * d(0.29, 0.33) + 0.05, paint(d), metal(d)
    label = box(0.08, 0.04, 0.006).at(y=0.045, z=0.003).painted(paint(d, "white"))
    front = _drawer(width - 0.02, (height - 0.05) / rows, _handle(d, 0.13), rgb, steel)
    one = join(front, label.at(y=(height - 0.05) / rows * 0.6, z=0.02))
    parts = [one.at(y=0.03 + row * (height - 0.05) / rows, z=depth / 2) for row in range(rows)]
    return join(box(width, height, depth).painted(rgb), *parts)


@category
def bookcase(d: Draw) -> Solid:
    """Shelves between two sides, with or without a back, often with books."""
    width, height, depth = d(0.5, 1.3), d(0.8, 2.1), d(0.22, 0.38)
    board, shelves = d(0.016, 0.035), d.count(3, 7)
    rgb, base = wood(d), d.pick(0.0, d(0.03, 0.12))
    levels = np.linspace(base, height - board, shelves)
    parts = [mirrored(box(board, height, depth).at(x=width / 2))]
    parts += [box(width, board, depth).at(y=y) for y in levels]
    if d.chance(0.7):
        parts.append(box(width, height - base, 0.01).at(y=base, z=-depth / 2))
    if d.chance(0.3):
        parts.append(box(board, height - base, depth).at(y=base))
    fill = d.pick(0.0, d(0.3, 1.0))
    clear = levels[1] - levels[0] - board
    books = [book for y in levels[:-1] for book in _books(d, width - 2 * board, clear, depth, fill, y + board)]
    return join(*(part.painted(rgb) for part in parts), *books)


def _books(d: Draw, width: float, clear: float, depth: float, fill: float, y: float) -> list[Solid]:
    """A row of upright books from the left, each with its own size and colour."""
    x, books = -width / 2, []
    while x < -width / 2 + fill * width - 0.06:
        thick, tall = d(0.015, 0.05), clear * d(0.6, 0.95)
        book = box(thick, tall, depth * d(0.55, 0.85)).at(x + thick / 2, y)
        books.append(book.painted(paint(d)))
        x += thick + 0.001
    return books
