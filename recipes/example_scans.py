#!/usr/bin/env python3
"""Write examples/scans: what a depth camera would leave of ten parametric objects.

    recipes/example_scans.py [--out FOLDER]

The objects come from seeds that training never draws. Running it twice gives the same bytes.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cg3d.data.augment.depth_camera import DepthCamera, scan
from cg3d.data.drawing.views import View
from cg3d.data.surface import surface_of
from cg3d.objects import make_object
from cg3d_runtime.preparation.turning import rotation
from cg3d_runtime.scans.cloud import PointCloud

EXAMPLES = Path(__file__).resolve().parents[1] / "examples" / "scans"
FIRST_SEED = 2**40  # training draws its seeds below 2**32
DENSE_POINTS = 60_000


@dataclass(frozen=True)
class Example:
    """One scan to make; `noise` is the sensor's axial noise in radii: small things are noisier for their size."""

    category: str
    seed: int
    azimuths: tuple[float, ...]
    elevation: float
    points: int
    noise: float


SCANS = (
    Example("bottle", 3, (20, 150), 20, 9_000, 0.008),
    Example("bowl", 3, (0, 120, 240), 40, 12_000, 0.008),
    Example("chair", 5, (30, 200), 25, 14_000, 0.005),
    Example("hammer", 5, (40, 190), 45, 8_000, 0.008),
    Example("ladder", 4, (35,), 10, 6_000, 0.004),
    Example("lamp", 6, (0, 130, 250), 15, 10_000, 0.006),
    Example("mug", 5, (25, 145, 265), 35, 12_000, 0.01),
    Example("sofa", 3, (25,), 30, 14_000, 0.005),
    Example("table", 4, (30, 160), 30, 12_000, 0.005),
    Example("umbrella", 4, (10, 190), 15, 10_000, 0.006),
)


def simulate(example: Example) -> PointCloud:
    """The fused views of one example: z up, metres."""
    rng = np.random.default_rng([FIRST_SEED, *example.category.encode()])
    mesh = make_object(example.category, FIRST_SEED + example.seed)
    surface = surface_of([mesh.coloured_corners()], DENSE_POINTS, rng)
    whole = PointCloud(surface.xyz, surface.rgb, up="y")
    camera = DepthCamera(pixels=160, axial_noise=example.noise)
    views = [scan(whole, View(azimuth, example.elevation), camera, rng) for azimuth in example.azimuths]
    radius = np.ptp(whole.xyz, axis=0).max() / 2
    xyz = np.concatenate([view.xyz + rng.normal(0, 0.004 * radius, 3) for view in views])  # registration error
    rgb = np.concatenate([view.rgb for view in views])
    keep = rng.permutation(len(xyz))[: example.points]
    return PointCloud((xyz[keep] @ rotation("y", "z").T).astype(np.float32), rgb[keep], up="z")


def write_ply(path: Path, cloud: PointCloud, comment: str) -> None:
    """Binary little-endian PLY with float positions and uchar colours."""
    colours = ("red", "green", "blue")
    vertices = np.empty(len(cloud), [(axis, "<f4") for axis in "xyz"] + [(colour, "u1") for colour in colours])
    for column, (axis, colour) in enumerate(zip("xyz", colours, strict=True)):
        vertices[axis], vertices[colour] = cloud.xyz[:, column], np.rint(cloud.rgb[:, column] * 255)
    header = ["ply", "format binary_little_endian 1.0", f"comment {comment}", f"element vertex {len(cloud)}"]
    header += [f"property float {axis}" for axis in "xyz"] + [f"property uchar {colour}" for colour in colours]
    path.write_bytes("\n".join([*header, "end_header", ""]).encode() + vertices.tobytes())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=EXAMPLES, help="folder to write to")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    for example in SCANS:
        views = len(example.azimuths)
        seen = "a single view" if views == 1 else f"{views} views fused"
        comment = f"{example.category} as seen by a simulated depth camera, {seen}; z up, metres"
        write_ply(out / f"{example.category}.ply", simulate(example), comment)


if __name__ == "__main__":
    main()
