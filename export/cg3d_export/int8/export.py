"""The INT8 files of an export: calibrated, quantised, measured, and written only where that is worth it."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import onnx

from cg3d.models.cg3d import CG3D
from cg3d_export.graph_export import graph_file, write_graph
from cg3d_export.graph_inputs import Arrays, graph_inputs, range_objects
from cg3d_export.graphs.convert import build_graph, to_onnx
from cg3d_export.int8.collect import SAMPLES, graph_ranges
from cg3d_export.int8.ranges import GraphRanges, Int8Ranges
from cg3d_export.int8.trial import quantise_by_measurement, try_int8
from cg3d_export.judging.agreement import FeatureAgreement, milliseconds, onnx_features
from cg3d_export.judging.int8_structure import LEAST_INT8_SHARE, int8_structure, too_few
from cg3d_export.judging.reference import ModelReference
from cg3d_export.judging.structure import check_structure
from cg3d_export.report import GraphReport, Int8Trial

log = logging.getLogger(__name__)

SEARCH_SAMPLES = 100  # on which products are chosen that stay in float32


@dataclass(frozen=True)
class Int8Options:
    """Options of INT8 for `export_bundle`.

    Attributes:
        calibration: ranges that were collected before; None collects them now.
        method: how, see `cg3d_export.int8.ranges.METHODS`.
        samples: objects to collect from.
        graphs: which graphs to try; None: those of the calibration, or all that the bundle holds.
    """

    calibration: Int8Ranges | None = None
    method: str = "minmax"
    samples: int = SAMPLES
    graphs: Sequence[str] | None = None


@dataclass(frozen=True)
class Int8Result:
    """The trials, and the graphs that were kept."""

    calibration: Int8Ranges
    trials: tuple[Int8Trial, ...]
    reports: tuple[GraphReport, ...]  # of the graphs that were kept


def export_int8(
    folder: Path, model: CG3D, options: Int8Options, present: Sequence[str], reference: ModelReference
) -> Int8Result:
    """Write the INT8 graphs that are worth it into `folder`.

    Args:
        present: the graphs that the bundle holds.
        folder: where the FP32 files are that INT8 is made from; what it lacks is converted for that.
        reference: its data calibrate, but for the objects that it judges by.
    Raises:
        BundleError: a calibration of other graphs, or a result of the wrong structure.
        DataError: no objects.
    """
    ranges: dict[str, GraphRanges] = {}
    trials, reports = [], []
    for graph in options.graphs or (options.calibration.graphs if options.calibration else present):
        log.info("%s int8: calibrating, quantising and measuring", graph)
        fp32 = _fp32_file(folder, model, graph)
        ranges[graph] = _ranges(graph, fp32, options, reference)
        few = _calibration_inputs(graph, SEARCH_SAMPLES, reference)
        content, left = quantise_by_measurement(fp32, ranges[graph].ranges, few, reference.labels)
        trial = try_int8(graph, fp32, content, reference.held_out(graph), reference.labels, left)
        share = int8_structure(onnx.load_from_string(content).graph).share
        if share < LEAST_INT8_SHARE:
            trial = replace(trial, dropped=too_few(share))
        report = None if trial.dropped else _judged(graph, content, reference)
        if report and (shortfall := report.onnxruntime.shortfall("int8")):
            trial = replace(trial, dropped=shortfall)
        log.info("%s", trial.line())
        trials.append(trial)
        if report and trial.dropped is None:
            write_graph(folder, graph, "int8", content)
            reports.append(replace(report, top1_agreement=trial.top1_agreement))
    method = options.calibration.method if options.calibration else options.method
    return Int8Result(Int8Ranges(method, ranges), tuple(trials), tuple(reports))


def _judged(graph: str, content: bytes, reference: ModelReference) -> GraphReport:
    """Raises: BundleError: a file of the wrong structure."""
    structure = check_structure(onnx.load_from_string(content), "int8")
    inputs = reference.samples[graph]
    features = onnx_features(content, "int8", inputs)
    return GraphReport(
        graph=graph,
        precision="int8",
        bytes=len(content),
        structure=structure,
        onnxruntime=FeatureAgreement.between(features, reference.expected[graph]),
        torch_half=None,
        ms=milliseconds(content, "int8", inputs),
        ladder=reference.against_float64(graph, {"onnxruntime-cpu": features}),
    )


def _fp32_file(folder: Path, model: CG3D, graph: str) -> bytes:
    file = folder / graph_file(graph, "fp32")
    return file.read_bytes() if file.is_file() else to_onnx(build_graph(model, graph, "fp32"), graph, model)


def _ranges(graph: str, content: bytes, options: Int8Options, reference: ModelReference) -> GraphRanges:
    """Those of the calibration given, or new ones."""
    if options.calibration:
        options.calibration.ranges_of(graph, hashlib.sha256(content).hexdigest())
        return options.calibration.graphs[graph]
    inputs = _calibration_inputs(graph, options.samples, reference)
    return graph_ranges(content, inputs, reference.require_data().sha256, options.method)


def _calibration_inputs(graph: str, samples: int, reference: ModelReference) -> Arrays:
    return graph_inputs(graph, range_objects(reference.require_data().objects, samples), reference.spec)
