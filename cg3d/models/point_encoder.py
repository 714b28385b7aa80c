"""The point encoders by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import nn

from cg3d.models.pointmlp import POINTMLP, POINTMLP_ELITE, PointMLP
from cg3d.models.pointnet import PointNet
from cg3d_runtime.errors import CheckpointError


@dataclass(frozen=True)
class EncoderConfig:
    """What decides the point encoder's shape."""

    name: str = "pointmlp-elite"  # a key of POINT_ENCODERS
    points: int = 1024  # points of a prepared cloud
    channels: int = 3  # 3: xyz; 6: xyz and rgb


POINT_ENCODERS: dict[str, Callable[[EncoderConfig, int], nn.Module]] = {
    "pointmlp": lambda c, embed_dim: PointMLP(POINTMLP, c.points, c.channels, embed_dim),
    "pointmlp-elite": lambda c, embed_dim: PointMLP(POINTMLP_ELITE, c.points, c.channels, embed_dim),
    "pointnet": lambda c, embed_dim: PointNet(c.channels, embed_dim),
}


def build_point_encoder(config: EncoderConfig, embed_dim: int) -> nn.Module:
    """A point encoder with fresh weights: (B, N, C) prepared points -> (B, embed_dim), not normalised.

    Raises:
        CheckpointError: the name is not known.
    """
    if config.name not in POINT_ENCODERS:
        known = ", ".join(sorted(POINT_ENCODERS))
        raise CheckpointError(f"point encoder {config.name!r} is not known; choose one of {known}.")
    return POINT_ENCODERS[config.name](config, embed_dim)
