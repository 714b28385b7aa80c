"""Pictures of point clouds, drawn in torch, or in PyTorch3D where that is installed.

Points are shaded by their normals and drawn as soft discs by an orthographic camera: the eight nearest discs of every pixel are
blended from front to back. Light falls from the upper left over the viewer's shoulder; where the picture falls away behind a
pixel, the pixel darkens, so that a white object stands out from the white background.
Sources: camera and blending are those of PyTorch3D's PointsRenderer (Ravi et al. 2020, arXiv 2007.08501); Boucheny, eye-dome
lighting, 2009.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from scipy.spatial import KDTree
from torch import Tensor

from cg3d.data.drawing.splat_pytorch3d import require_pytorch3d, splat_pytorch3d
from cg3d.data.drawing.splat_torch import splat
from cg3d.data.drawing.views import View
from cg3d_runtime.errors import DataError

MARGIN = 0.92  # part of half the picture that the object's radius fills
LIGHT = (-0.40, 0.65, 0.65)  # unit vector towards the light: right, up, towards the viewer
AMBIENT, HEADLIGHT, KEYLIGHT = 0.40, 0.25, 0.45
NEIGHBOURS = 12  # of a point, for its normal
CLOSING = 7  # neighbours that a disc reaches: fewer leave gaps, more make thin things fat
SUNK = 2.0  # radii of a disc by which those that face away lie deeper: else they shine through thin walls
BEHIND = -2.0  # where the background lies, in radii of the object towards the viewer

Splat = Callable[[Tensor, Tensor, float, int], Tensor]
RENDERERS: dict[str, Splat] = {"torch": splat, "pytorch3d": splat_pytorch3d}


def render_views(
    points: np.ndarray,
    views: Sequence[View],
    size: int = 224,
    normals: np.ndarray | None = None,
    renderer: str = "torch",
    device: str | torch.device = "cpu",
) -> np.ndarray:
    """Draw a coloured point cloud from several sides on white.

    Args:
        points: (P, 6) xyz, y up, any unit, and sRGB in [0, 1]; all finite, spread evenly over the surface.
        views: V camera positions.
        size: width and height H = W of the pictures, pixels.
        normals: (P, 3) unit normals, pointing outwards; None estimates them from the neighbours.
        renderer: torch or pytorch3d; they draw the same picture.
        device: where to draw.
    Returns:
        (V, H, W, 3) uint8 RGB.
    Raises:
        DataError: an unknown renderer, or PyTorch3D is not installed.
    """
    require_renderer(renderer)
    xyz = to_unit_sphere(points[:, :3])
    tree = KDTree(xyz)
    radius = max(
        MARGIN * disc_radius(xyz, tree, normals), 1.5 / size
    )  # smaller discs would slip between the pixels' middles
    sunk = 0.0 if normals is None else SUNK * radius  # estimated normals do not tell the sides apart
    normals = estimate_normals(xyz, tree) if normals is None else normals
    cloud, rgb, facing = (torch.from_numpy(np.ascontiguousarray(x, np.float32)) for x in (xyz, points[:, 3:], normals))
    axes = torch.from_numpy(np.stack([view.rotation() for view in views]).astype(np.float32))  # (V, 3, 3)
    seen, facing = cloud @ axes.mT, facing @ axes.mT  # (V, P, 3) right, up, towards the viewer
    features = torch.cat([rgb * _light(facing), torch.ones_like(seen[..., :1]), seen[..., 2:]], dim=-1)  # (V, P, 5)
    discs = MARGIN * seen
    discs[..., 2] -= sunk * (facing[..., 2] < 0)
    blended = RENDERERS[renderer](discs.to(device), features.to(device), radius, size)  # (V, H, W, 5)
    return _on_white(blended).mul(255).round().byte().cpu().numpy()


def require_renderer(name: str) -> None:
    """Check that a renderer can draw.

    Raises:
        DataError: unknown, or PyTorch3D is not installed.
    """
    if name not in RENDERERS:
        raise DataError(f"renderer {name!r} is not known. Known: {', '.join(RENDERERS)}.")
    if name == "pytorch3d":
        require_pytorch3d()


def to_unit_sphere(xyz: np.ndarray) -> np.ndarray:
    """(P, 3) float32 with the middle of the bounding box at the origin and a largest radius of 1."""
    centred = xyz - (xyz.min(axis=0) + xyz.max(axis=0)) / 2
    unit: np.ndarray = (centred / max(np.linalg.norm(centred, axis=1).max(), 1e-9)).astype(np.float32)
    return unit


def estimate_normals(xyz: np.ndarray, tree: KDTree) -> np.ndarray:
    """(P, 3) unit normals of either sign: the direction in which the nearest neighbours of each point spread least."""
    offsets = xyz[tree.query(xyz, min(NEIGHBOURS, len(xyz)))[1]]  # (P, K, 3)
    offsets -= offsets.mean(axis=1, keepdims=True)
    return np.linalg.eigh(offsets.transpose(0, 2, 1) @ offsets)[1][..., 0]


def disc_radius(xyz: np.ndarray, tree: KDTree, normals: np.ndarray | None) -> float:
    """The radius that closes a surface of randomly spread samples: the typical distance to the seventh neighbour.

    Where normals tell the sides of a wall apart, neighbours on the other side do not count.
    """
    step = max(1, len(xyz) // 256)
    distances, nearest = tree.query(xyz[::step], min(4 * CLOSING, len(xyz)))  # (Q, K)
    agreement = np.ones(distances.shape) if normals is None else (normals[nearest] * normals[::step, None]).sum(axis=2)
    beyond = (agreement > 0).cumsum(axis=1) > CLOSING  # a point is its own first neighbour
    index = np.where(beyond.any(axis=1), beyond.argmax(axis=1), distances.shape[1] - 1)
    return float(np.median(distances[np.arange(len(index)), index]))


def _light(facing: Tensor) -> Tensor:
    """(V, P, 1) brightness of surfaces with these normals, each turned towards the viewer first."""
    facing = torch.where(facing[..., 2:] < 0, -facing, facing)
    key = (facing @ facing.new_tensor(LIGHT)).clamp(min=0)
    return (AMBIENT + HEADLIGHT * facing[..., 2] + KEYLIGHT * key)[..., None]


def _on_white(blended: Tensor) -> Tensor:
    """(V, H, W, 3) in [0, 1] of blended colour, coverage and depth (V, H, W, 5)."""
    rgb, coverage, depth = blended[..., :3], blended[..., 3], blended[..., 4]
    shade = _eye_dome(depth + (1 - coverage) * BEHIND)
    return (rgb * shade[..., None] + (1 - coverage[..., None])).clamp(0, 1)


def _eye_dome(depth: Tensor) -> Tensor:
    """(V, H, W) factor that darkens pixels beside which the depth (V, H, W), growing towards the viewer, falls away."""
    padded = torch.nn.functional.pad(depth, (1, 1, 1, 1), mode="replicate")
    sides = padded[:, 1:-1, 2:], padded[:, 2:, 1:-1], padded[:, 1:-1, :-2], padded[:, :-2, 1:-1]
    return torch.exp(-1.2 * sum(((depth - side).clamp(0, 0.15) for side in sides), depth.new_zeros(())))
