"""The sides of `scripts/bench int8`: one point encoder in torch, in ONNX Runtime, and there in INT8, taking turns."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

import numpy as np
import torch
from torch import nn

from cg3d.data.built_in import synthesise
from cg3d.data.samples import sample_cloud
from cg3d.models.cg3d import CG3D, ModelConfig
from cg3d.models.encoders.point_encoder import EncoderConfig
from cg3d_export.graphs.convert import build_graph, to_onnx
from cg3d_export.int8.collect import graph_ranges
from cg3d_export.int8.quantise import quantise
from cg3d_export.int8.trial import RUNS_A_TURN, alternating_ms
from cg3d_runtime.backends.onnx import OnnxBackend
from cg3d_runtime.preparation.prepare import PrepareSpec, prepare

ENCODERS = ("pointmlp", "pointmlp-elite")


def times(name: str, threads: int, repeats: int) -> tuple[float, float, float]:
    """Median milliseconds of torch eager, ONNX Runtime FP32 and INT8, which take turns."""
    module, fp32, int8 = _sides(name)
    cloud = _clouds()[:1]
    torch.set_num_threads(threads)
    single, small = (OnnxBackend(content, "cpu", kind, threads) for content, kind in ((fp32, "fp32"), (int8, "int8")))
    runs: list[Callable[[], object]] = [
        lambda: module(torch.from_numpy(cloud)),
        lambda: single.run({"points": cloud}),
        lambda: small.run({"points": cloud}),
    ]
    with torch.no_grad():
        first, second, third = alternating_ms(runs, math.ceil(repeats / RUNS_A_TURN))
    return first, second, third


@cache
def _sides(name: str) -> tuple[nn.Module, bytes, bytes]:
    """The module, and its FP32 and INT8 files."""
    torch.manual_seed(0)
    model = CG3D(ModelConfig(EncoderConfig(name))).eval()
    module = build_graph(model, "points", "fp32")
    fp32 = to_onnx(module, "points", model)
    ranges = graph_ranges(fp32, {"points": _clouds()}, None)
    return module, fp32, quantise(fp32, ranges.ranges)


@cache
def _clouds() -> np.ndarray:
    """(B, 1024, 3) prepared built-in objects."""
    objects = synthesise(1, categories=["mug", "chair", "lamp", "car"])
    return np.stack([prepare(sample_cloud(objects[index]), PrepareSpec()) for index in range(len(objects))])
