"""One file of a bundle: converted, and written once it has proved itself."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import onnx
import torch
from torch import nn

from cg3d_export.graph_inputs import Arrays
from cg3d_export.graphs.convert import build_graph, to_onnx, trace
from cg3d_export.graphs.graphs import PointsModel
from cg3d_export.graphs.half_islands import Islands, widen_islands
from cg3d_export.judging.agreement import TOLERANCES, FeatureAgreement, milliseconds, module_features, onnx_features
from cg3d_export.judging.reference import Reference
from cg3d_export.judging.structure import check_structure
from cg3d_export.report import GraphReport
from cg3d_runtime.backends.onnx import devices
from cg3d_runtime.bundle.onnx_check import require_plain_graph
from cg3d_runtime.errors import BundleError

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Module:
    """The module to convert; `islands` where half precision had to be widened."""

    module: nn.Module
    islands: Islands | None = None


def export_graph(folder: Path, model: PointsModel, graph: str, precision: str, reference: Reference) -> GraphReport:
    """Write one graph into `folder` once it has proved itself: structure, torch, ONNX Runtime.

    Args:
        model: a whole one, a CG3D, for text and image.
        precision: fp32 or fp16. Half precision that leaves its tolerance gets wider FP32 islands.
    Raises:
        BundleError: it has not.
    """
    log.info("%s %s: converting", graph, precision)
    made = (
        _half_module(model, graph, reference) if precision == "fp16" else _Module(build_graph(model, graph, precision))
    )
    content = to_onnx(made.module, graph, model)
    structure = check_structure(onnx.load_from_string(content), precision, widened=made.islands is not None)
    inputs, expected = reference.samples[graph], reference.expected[graph]
    features = {"torch-cpu": module_features(made.module, inputs)}
    in_torch = FeatureAgreement.between(features["torch-cpu"], expected)
    in_torch.require(graph, precision, "PyTorch")
    features["onnxruntime-cpu"] = onnx_features(content, precision, inputs)
    in_onnxruntime = FeatureAgreement.between(features["onnxruntime-cpu"], expected)
    in_onnxruntime.require(graph, precision, "ONNX Runtime")
    write_graph(folder, graph, precision, content)
    return GraphReport(
        graph=graph,
        precision=precision,
        bytes=len(content),
        structure=structure,
        onnxruntime=in_onnxruntime,
        torch_half=in_torch if precision == "fp16" else None,
        ms=milliseconds(content, precision, inputs),
        top1_agreement=_top1(graph, precision, made.module, content, reference),
        ladder=reference.against_float64(graph, features | _on_gpu(made.module, content, precision, inputs)),
        islands=made.islands,
    )


def write_graph(folder: Path, graph: str, precision: str, content: bytes) -> None:
    """Write a graph's file into a bundle.

    Raises:
        BundleError: it holds what the runtime refuses to run.
    """
    try:
        require_plain_graph(content)
    except ValueError as error:
        raise BundleError(
            f"the exported {graph} graph at {precision} is none that a robot takes: {error}. "
            "Please report it with the model's configuration."
        ) from error
    (folder / graph_file(graph, precision)).write_bytes(content)


def graph_file(graph: str, precision: str) -> str:
    """Its name in a bundle."""
    return f"{graph}.{precision}.onnx"


@torch.no_grad()
def _half_module(model: PointsModel, graph: str, reference: Reference) -> _Module:
    """The FP16 module; where it leaves its tolerance, its trace with wider islands."""
    half, inputs = build_graph(model, graph, "fp16"), reference.samples[graph]
    agreement = FeatureAgreement.between(module_features(half, inputs), reference.expected[graph])
    if (shortfall := agreement.shortfall("fp16")) is None:
        return _Module(half)
    log.warning("%s fp16: %s; looking for the nodes that need float32", graph, shortfall)
    weights = build_graph(model, graph, "fp32").state_dict()
    tensors = tuple(map(torch.from_numpy, inputs.values()))
    module, islands = widen_islands(trace(half, graph, model), weights, tensors, TOLERANCES["fp16"].cosine)
    log.warning("%s fp16: wrong from %s on; %d nodes compute in float32", graph, islands.first, len(islands.widened))
    return _Module(module, islands)


def _top1(graph: str, precision: str, module: nn.Module, content: bytes, reference: Reference) -> float | None:
    """On held-out objects: FP16 in torch, whose arithmetic is a GPU's, since ONNX Runtime's CPU computes it in float32."""
    if precision == "fp16":
        return reference.top1_agreement(graph, lambda inputs: module_features(module, inputs))
    return reference.top1_agreement(graph, lambda inputs: onnx_features(content, precision, inputs))


def _on_gpu(module: nn.Module, content: bytes, precision: str, inputs: Arrays) -> Arrays:
    """Features of the samples from every library that has a GPU here."""
    features = {"torch-cuda": module_features(module, inputs, "cuda")} if torch.cuda.is_available() else {}
    if "cuda" in devices():
        features["onnxruntime-cuda"] = onnx_features(content, precision, inputs, "cuda")
    return features
