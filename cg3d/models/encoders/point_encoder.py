"""The point encoders by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from torch import nn

from cg3d.models.encoders.point_transformer import POINT_TRANSFORMER, PointTransformer
from cg3d.models.encoders.pointmlp import POINTMLP, POINTMLP_ELITE, PointMLP, PointMLPShape
from cg3d.models.encoders.pointnet import PointNet
from cg3d.models.encoders.pointnet2 import PointNet2
from cg3d_runtime.errors import CheckpointError
from cg3d_runtime.preparation.prepare import PrepareSpec

UP = "y"  # in packed data, and in the data that official checkpoints learned from
# PointMLP and PointNet++ count their anchors from so many points at most. PointMLP as published: 512, 256, 128 and 64 where
# it reads 8,192.
ANCHORS_FROM = 1024


@dataclass(frozen=True)
class EncoderConfig:
    """The point encoder's shape and its input."""

    name: str = "pointmlp-elite"  # a key of POINT_ENCODERS
    points: int = 1024  # points of a prepared cloud
    channels: int = 3  # 3: xyz; 6: xyz and rgb
    prepare: str = "cg3d-2"  # how a cloud becomes these points, one of cg3d_runtime.preparation.prepare.MODES

    @property
    def spec(self) -> PrepareSpec:
        """The specification that training, export and robot give to `prepare`."""
        return PrepareSpec(self.points, self.channels, UP, self.prepare)


def recorded_encoder(tree: Any) -> Any:
    """The encoder in a record of a run or bundle, as it was meant: points were prepared as "cg3d" before there was a choice."""
    return {"prepare": "cg3d", **tree} if isinstance(tree, dict) else tree


def _pointmlp(shape: PointMLPShape, config: EncoderConfig, embed_dim: int) -> PointMLP:
    return PointMLP(shape, min(config.points, ANCHORS_FROM), config.channels, embed_dim)


def _point_transformer(config: EncoderConfig, embed_dim: int) -> PointTransformer:
    fewest = max(POINT_TRANSFORMER.groups, POINT_TRANSFORMER.group_size)
    if config.points < fewest:
        raise CheckpointError(
            f"model.encoder.points must be {fewest} or more for pointtransformer, which groups the points around its "
            f"first {POINT_TRANSFORMER.groups}; got {config.points}."
        )
    return PointTransformer(POINT_TRANSFORMER, config.channels, embed_dim)


POINT_ENCODERS: dict[str, Callable[[EncoderConfig, int], nn.Module]] = {
    "pointmlp": partial(_pointmlp, POINTMLP),
    "pointmlp-elite": partial(_pointmlp, POINTMLP_ELITE),
    "pointtransformer": _point_transformer,
    "pointnet2": lambda c, embed_dim: PointNet2(min(c.points, ANCHORS_FROM), c.channels, embed_dim),
    "pointnet": lambda c, embed_dim: PointNet(c.channels, embed_dim),
}


def build_point_encoder(config: EncoderConfig, embed_dim: int) -> nn.Module:
    """A point encoder with fresh weights: (B, N, C) prepared points -> (B, embed_dim), not normalised.

    Raises:
        CheckpointError: the name is not known, or the encoder needs more points.
    """
    if config.name not in POINT_ENCODERS:
        known = ", ".join(sorted(POINT_ENCODERS))
        raise CheckpointError(f"point encoder {config.name!r} is not known; choose one of {known}.")
    return POINT_ENCODERS[config.name](config, embed_dim)
