"""A picture of a point cloud in plain numpy: discs into a depth buffer, then shading from the depths."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cg3d_runtime.pictures.display_cloud import DisplayCloud, Frame, height_colours

AZIMUTH, ELEVATION = np.radians(35.0), np.radians(22.0)  # as the page first shows it
SMOOTHING = 2  # pixels drawn for one of the result, on each axis
MARGIN = 0.9  # of the picture that the cloud may fill
DISC = 2.1  # diameter of a point, in spacings: closes nearly all gaps between points at random
DISC_PIXELS = (1.5, 7.0)  # least and most radius
LIGHT = np.array([-0.41, 0.5, 0.76])  # where light comes from: right, up, towards the eye; a unit vector
AMBIENT = 0.45  # brightness of what faces away from the light
WINDOW = 2  # a plane is fitted to the (2 * WINDOW + 1)^2 depths around a pixel
SURFACE = 0.06  # of the picture's height: what lies deeper than that behind a neighbour is another surface
OUTLINE = 0.8  # how dark it gets beside a nearer surface


def splat(cloud: DisplayCloud, width: int, height: int) -> np.ndarray:
    """Draw a cloud upright, seen from a little above, without perspective.

    Args:
        cloud: at least one point.
        width, height: of the picture, in pixels.
    Returns:
        (height, width, 4) uint8: sRGB, and opacity 0 where there is no point.
    """
    frame = cloud.frame()
    view, colours = _view(cloud, frame)
    columns, rows = width * SMOOTHING, height * SMOOTHING
    fit = fitted(view[:, :2], columns, rows)
    radius = float(np.clip(DISC / 2 * frame.spacing * fit.scale, *DISC_PIXELS))
    return drawn(fit.pixels(view), -view[:, 2] * fit.scale, colours, (columns, rows), radius)


def drawn(
    pixels: np.ndarray, depth: np.ndarray, colours: np.ndarray, size: tuple[int, int], radius: float
) -> np.ndarray:
    """Draw points as lit discs.

    Args:
        pixels, depth: columns and rows (N, 2), and depths (N,), of which less is nearer; in pixels of `size`.
        colours: (N, 3) in [0, 1].
        size: columns and rows, multiples of SMOOTHING.
        radius: of a disc, in pixels of `size`.
    Returns:
        (rows / SMOOTHING, columns / SMOOTHING, 4) uint8, as `splat`.
    """
    columns, rows = size
    nearest, owner = _draw_discs(pixels, depth, columns, rows, radius)
    shade = _shade(_blocks(nearest).min(axis=(1, 3)) / SMOOTHING)
    seen = owner >= 0
    image = np.zeros((rows, columns, 4))
    image[seen, :3] = colours[owner[seen]]
    image[..., 3] = seen
    blocks = _blocks(image).mean(axis=(1, 3))
    blocks[..., :3] *= (shade / np.maximum(blocks[..., 3], 1e-9))[..., None]
    picture: np.ndarray = np.rint(blocks * 255).astype(np.uint8)
    return picture


def _view(cloud: DisplayCloud, frame: Frame) -> tuple[np.ndarray, np.ndarray]:
    """Points as right, up and towards the eye, in radii of the cloud, (N, 3), and their colours (N, 3) in [0, 1]."""
    upright = cloud.xyz() @ cloud.turn().T
    colours = height_colours(upright[:, 2], *frame.height) if cloud.rgb is None else cloud.rgb / 255
    centred = (upright - cloud.turn() @ frame.centre) / frame.radius
    return centred @ camera(AZIMUTH, ELEVATION).T, colours


def camera(azimuth: float, elevation: float) -> np.ndarray:
    """Rows right, up, towards the eye, of what is upright; (3, 3)."""
    cos_a, sin_a, cos_e, sin_e = np.cos(azimuth), np.sin(azimuth), np.cos(elevation), np.sin(elevation)
    return np.array(
        [[-sin_a, cos_a, 0], [-sin_e * cos_a, -sin_e * sin_a, cos_e], [cos_e * cos_a, cos_e * sin_a, sin_e]]
    )


class Fit(NamedTuple):
    """Where what is seen lies in a picture."""

    middle: np.ndarray  # (2,) of it, right and up; in the middle of the picture
    scale: float  # pixels of a unit
    columns: int
    rows: int

    def pixels(self, seen: np.ndarray) -> np.ndarray:
        """Columns and rows, (N, 2), of what lies (N, 2 or more) to the right and up."""
        off = (seen[:, :2] - self.middle) * self.scale
        return np.stack([self.columns / 2 + off[:, 0], self.rows / 2 - off[:, 1]], axis=1)


def fitted(seen: np.ndarray, columns: int, rows: int) -> Fit:
    """Fit what is seen, right and up (N, 2), into a picture; a few stray points may lie outside."""
    low, high = np.percentile(seen, (0.2, 99.8), axis=0)
    extent = np.maximum(high - low, 1e-3)
    return Fit((low + high) / 2, MARGIN * min(columns / extent[0], rows / extent[1]), columns, rows)


def _draw_discs(
    pixels: np.ndarray, depth: np.ndarray, columns: int, rows: int, radius: float
) -> tuple[np.ndarray, np.ndarray]:
    """The depth buffer (rows, columns), inf where it is empty, and which point each pixel shows, -1 for none."""
    reach = int(radius)
    width, height = columns + 4 * reach, rows + 4 * reach  # with a rim, so that no disc has to be cut
    pixel = np.floor(pixels).astype(np.int64) + 2 * reach
    seen = np.flatnonzero(((pixel >= reach) & (pixel < (width - reach, height - reach))).all(axis=1))
    order = seen[np.argsort(-depth[seen], kind="stable")]  # far to near: of several in one pixel, numpy keeps the last
    index, depth = pixel[order, 1] * width + pixel[order, 0], depth[order].astype(np.float32)
    nearest, owner = np.full(width * height, np.inf, dtype=np.float32), np.full(width * height, -1)
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            if dx * dx + dy * dy <= radius * radius:
                shifted = index + (dy * width + dx)
                visible = depth < nearest[shifted]
                nearest[shifted[visible]] = depth[visible]
                owner[shifted[visible]] = order[visible]
    rim = slice(2 * reach, -2 * reach)
    return nearest.reshape(height, width)[rim, rim], owner.reshape(height, width)[rim, rim]


def _blocks(image: np.ndarray) -> np.ndarray:
    """Split (rows, columns, ...) into squares that become one pixel each, on axes 1 and 3."""
    rows, columns = image.shape[:2]
    return image.reshape(rows // SMOOTHING, SMOOTHING, columns // SMOOTHING, SMOOTHING, *image.shape[2:])


def _shade(depth: np.ndarray) -> np.ndarray:
    """How bright each pixel is, (rows, columns) in [0, 1], from its depth in pixels, inf where it is empty.

    The plane through the depths around a pixel, which evens out a sensor's noise, is lit; then a pixel is darkened by
    the neighbours that lie in front of it, which draws outlines. Points need no normals for either.
    """
    moments, in_front = _window_moments(depth)
    _, x, y, z, xx, xy, yy, xz, yz = moments / np.maximum(moments[0], 1)
    xx, xy, yy, xz, yz = xx - x * x, xy - x * y, yy - y * y, xz - x * z, yz - y * z
    determinant = np.maximum(xx * yy - xy * xy, 0.05)  # few neighbours, or all in a row: nearly flat
    normal = np.stack([-(xz * yy - yz * xy), yz * xx - xz * xy, determinant])  # rows go down, up goes up
    lit = np.tensordot(LIGHT, normal / np.linalg.norm(normal, axis=0), axes=1).clip(0, 1)
    shade: np.ndarray = (AMBIENT + (1 - AMBIENT) * lit) * np.exp(-OUTLINE * in_front)
    return shade


def _window_moments(depth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sums over the window around each pixel.

    Returns:
        (9, rows, columns): 1, x, y, z, xx, xy, yy, xz, yz over the depths of the same surface, z towards the eye;
        (rows, columns): the share of the window that another surface covers, in front of this one.
    """
    rows, columns = depth.shape
    padded = np.pad(depth, WINDOW, constant_values=np.inf)
    moments, in_front = np.zeros((9, rows, columns)), np.zeros((rows, columns))
    for y in range(-WINDOW, WINDOW + 1):
        for x in range(-WINDOW, WINDOW + 1):
            neighbour = padded[y + WINDOW : y + WINDOW + rows, x + WINDOW : x + WINDOW + columns]
            with np.errstate(invalid="ignore"):  # inf - inf where both are empty: compares as False
                nearer = depth - neighbour
            same = np.abs(nearer) < SURFACE * rows
            z = np.where(same, nearer, 0.0)
            for moment, term in zip(moments, (1, x, y, z, x * x, x * y, y * y, x * z, y * z), strict=True):
                moment += same * term
            in_front += np.isfinite(nearer) & (nearer >= SURFACE * rows)
    return moments, in_front / (2 * WINDOW + 1) ** 2
