"""From a graph module to the bytes of its ONNX file."""

from __future__ import annotations

import copy
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import onnx
import torch
from onnxscript import optimizer
from onnxscript.ir.passes.common import ClearMetadataAndDocStringPass
from torch import Tensor, nn
from torch.export import Dim
from torch.fx import GraphModule

from cg3d.models.cg3d import CG3D
from cg3d.models.transformer import LayerNormFP32
from cg3d_export.graphs.graphs import GRAPH_MODULES, PointsModel
from cg3d_export.graphs.tensorrt_support import require_tensorrt_support
from cg3d_runtime.backends.protocol import GRAPH_INPUTS, GRAPH_OUTPUT
from cg3d_runtime.errors import BundleError

OPSET = 20
TRACED_BATCH = 2  # of 1, the tracer would take the batch for a constant
TRACED_LENGTH = 8  # tokens
MOST_BYTES = (1 << 31) - (1 << 20)  # of weights: protobuf ends at 2 GiB


def build_graph(model: PointsModel, name: str, precision: str) -> nn.Module:
    """The deployed module of one graph, in evaluation mode.

    Args:
        name: points, text or image.
        precision: fp32 or fp16.
    Raises:
        CheckpointError: towers that cannot be exported.
    """
    graph = GRAPH_MODULES[name](model).eval()
    return to_half(graph) if precision == "fp16" else graph


@torch.no_grad()
def to_onnx(graph: nn.Module, name: str, model: PointsModel) -> bytes:
    """Trace a module of `build_graph` and serialise it: one file, free batch and length, the same bytes every time.

    The exporter's notes in the file hold source paths of this machine, so they are removed.

    Raises:
        BundleError: more weights than one file can hold, or an operator that TensorRT does not take.
    """
    _require_one_file(graph, name)
    with _silent_converters():
        program = _convert(graph, name, model)
        # Weight arithmetic, such as transposes, is done here once, whatever its size.
        optimizer.optimize(program.model, input_size_limit=MOST_BYTES, output_size_limit=MOST_BYTES)
    ClearMetadataAndDocStringPass()(program.model)
    proto = program.model_proto
    onnx.checker.check_model(proto, full_check=True)
    require_tensorrt_support(proto)
    content: bytes = proto.SerializeToString(deterministic=True)
    return content


@torch.no_grad()
def trace(graph: nn.Module, name: str, model: PointsModel) -> GraphModule:
    """A module of `build_graph` as the single operations that its ONNX file is made of, to be run and changed in torch."""
    with _silent_converters():
        program = _convert(graph, name, model).exported_program
    if program is None:
        raise BundleError(f"torch gave no traced program of the {name} graph. Please report it with torch's version.")
    return program.module()


def _convert(graph: nn.Module, name: str, model: PointsModel) -> torch.onnx.ONNXProgram:
    inputs, free_axes = _traced_inputs(name, model)
    program = torch.onnx.export(
        graph,
        inputs,
        input_names=list(GRAPH_INPUTS[name]),
        output_names=[GRAPH_OUTPUT],
        dynamic_shapes=free_axes,
        opset_version=OPSET,
        dynamo=True,
        external_data=False,
        verbose=False,
    )
    if program is None:
        raise BundleError(f"torch converted no {name} graph. Please report it with torch's version.")
    return program


@contextmanager
def _silent_converters() -> Iterator[None]:
    """Keep back what torch and onnxscript say about their own internals; the verification judges the result."""
    logger = logging.getLogger("onnxscript")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _require_one_file(graph: nn.Module, name: str) -> None:
    size = sum(parameter.nbytes for parameter in graph.parameters())
    if size > MOST_BYTES:
        raise BundleError(
            f"the {name} graph has {size / 1e9:.1f} GB of weights; one ONNX file holds 2.1 GB. "
            "Keep it at fp16 alone, or choose smaller towers."
        )


def _traced_inputs(name: str, model: PointsModel) -> tuple[tuple[Tensor, ...], tuple[dict[int, Dim], ...]]:
    """Example inputs, and which of their axes stay free."""
    batch = Dim("batch", min=1)
    if name == "points":
        encoder = model.config.encoder
        return (torch.zeros(TRACED_BATCH, encoder.points, encoder.channels),), ({0: batch},)
    if not isinstance(model, CG3D):
        raise TypeError(f"the {name} graph is made from a CG3D with its towers, got {type(model).__name__}")
    if name == "image":
        size = model.towers.image_size
        return (torch.zeros(TRACED_BATCH, 3, size, size),), ({0: batch},)
    token_ids = torch.zeros(TRACED_BATCH, TRACED_LENGTH, dtype=torch.int32)
    eot = torch.zeros(TRACED_BATCH, dtype=torch.int32)
    length = Dim("length", min=2, max=model.text.context_length)
    return (token_ids, eot), ({0: batch, 1: length}, {0: batch})


def to_half(graph: nn.Module) -> nn.Module:
    """A copy with FP16 weights that keeps its FP32 islands.

    Precision lives in the graph because every inference library then computes the same: the switches that ask a builder for
    half precision differ, and some are silently ignored.

    Layer normalisations and buffers (the text mask) keep float32; geometry, deviations, softmax and the final normalisation
    cast by themselves in the modules' code, so that every change of precision is a Cast in the exported graph.
    """
    half = copy.deepcopy(graph)
    for module in half.modules():
        if not isinstance(module, LayerNormFP32):
            for parameter in module.parameters(recurse=False):
                parameter.data = parameter.data.to(torch.float16)
    return half
