"""The same pictures by PyTorch3D, for those who train against its renderer: https://pytorch3d.org (BSD-3-Clause)."""

from __future__ import annotations

import torch
from torch import Tensor

from cg3d.data.drawing.splat_torch import POINTS_PER_PIXEL
from cg3d_runtime.errors import DataError

DISTANCE = 4.0  # of the camera plane from the origin: all points lie before it
INSTALL = 'pip install "git+https://github.com/facebookresearch/pytorch3d.git@stable"'


def require_pytorch3d() -> None:
    """Check that PyTorch3D can be imported.

    Raises:
        DataError: it cannot; the message names what to install.
    """
    try:
        import pytorch3d.renderer  # noqa: F401
    except ImportError as error:
        raise DataError(
            f"renderer pytorch3d needs PyTorch3D ({error}), which has no wheel to install: {INSTALL}, after installing a "
            "compiler and, for a GPU, nvcc. The renderer torch draws the same pictures."
        ) from error


def splat_pytorch3d(points: Tensor, features: Tensor, radius: float, size: int) -> Tensor:
    """The same as `cg3d.data.drawing.splat_torch.splat`, by PointsRenderer, FoVOrthographicCameras and AlphaCompositor.

    PyTorch3D's view axes point left, up and away from the viewer.
    """
    from pytorch3d.renderer import (
        AlphaCompositor,
        FoVOrthographicCameras,
        PointsRasterizationSettings,
        PointsRasterizer,
        PointsRenderer,
    )
    from pytorch3d.structures import Pointclouds

    turn = torch.diag(points.new_tensor([-1.0, 1.0, -1.0])).repeat(len(points), 1, 1)
    offset = points.new_tensor([[0.0, 0.0, DISTANCE]]).repeat(len(points), 1)
    cameras = FoVOrthographicCameras(R=turn, T=offset, device=points.device)
    settings = PointsRasterizationSettings(image_size=size, radius=radius, points_per_pixel=POINTS_PER_PIXEL)
    renderer = PointsRenderer(PointsRasterizer(cameras, settings), AlphaCompositor())
    pictures: Tensor = renderer(Pointclouds(points=list(points), features=list(features)))
    return pictures
