"""The INT8 files of an export: calibrated, quantised, measured, and written only where that is worth it."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import onnx

from cg3d.data.samples import ObjectSet
from cg3d_calibration.collect import SAMPLES, calibration_objects, graph_ranges, held_out_objects
from cg3d_calibration.graph_inputs import InputSpec, graph_inputs
from cg3d_calibration.ranges import Calibration, GraphRanges
from cg3d_export.int8_trial import Int8Trial, quantise_by_measurement, try_int8
from cg3d_export.precision import check_structure
from cg3d_export.report import GraphReport
from cg3d_export.samples import Arrays
from cg3d_export.verify import Agreement, features_and_ms

log = logging.getLogger(__name__)

SEARCH_SAMPLES = 32  # on which products are chosen that stay in float32


@dataclass(frozen=True)
class Int8Options:
    """What `export_bundle` needs to write INT8 graphs.

    Attributes:
        objects: packed data, or any others; a quarter of each label's is kept back to judge the result.
        data_sha256: of the packed data's index; None for built-in objects.
        calibration: ranges that were collected before; None collects them now.
        method: how, see `cg3d_calibration.ranges.METHODS`.
        samples: objects to collect from.
        held_out: objects at most to judge on.
        graphs: which graphs to try.
    """

    objects: ObjectSet
    data_sha256: str | None
    calibration: Calibration | None = None
    method: str = "minmax"
    samples: int = SAMPLES
    held_out: int = 200
    graphs: Sequence[str] = ("points",)


@dataclass(frozen=True)
class Int8Result:
    """What was tried and what was kept."""

    calibration: Calibration
    trials: tuple[Int8Trial, ...]
    reports: tuple[GraphReport, ...]  # of the graphs that were kept


def export_int8(
    folder: Path,
    options: Int8Options,
    spec: InputSpec,
    fp32: Mapping[str, bytes],
    labels: np.ndarray,
    samples: Mapping[str, Arrays],
    expected: Mapping[str, np.ndarray],
) -> Int8Result:
    """Write the INT8 graphs that are worth it into `folder`.

    Args:
        fp32: graph -> its FP32 file.
        labels: (L, D) unit rows of the objects' labels.
        samples, expected: graph -> inputs and the model's features, as for every other file.
    Raises:
        BundleError: a calibration of other graphs, or a result of the wrong structure.
        DataError: no objects.
    """
    ranges: dict[str, GraphRanges] = {}
    trials, reports = [], []
    for graph in options.graphs:
        log.info("%s int8: calibrating, quantising and measuring", graph)
        ranges[graph] = _ranges(graph, fp32[graph], options, spec)
        few = graph_inputs(graph, calibration_objects(options.objects, SEARCH_SAMPLES), spec)
        content, left = quantise_by_measurement(fp32[graph], ranges[graph].ranges, few)
        structure = check_structure(onnx.load_from_string(content), "int8")
        kept_back = graph_inputs(graph, held_out_objects(options.objects, options.held_out), spec)
        trial = try_int8(graph, fp32[graph], content, kept_back, labels, left)
        features, ms = features_and_ms(content, "int8", samples[graph])
        agreement = Agreement.between(features, expected[graph])
        trial = replace(trial, dropped=trial.dropped or agreement.shortfall("int8"))
        trials.append(trial)
        log.info("%s", trial.line())
        if trial.dropped is None:
            (folder / f"{graph}.int8.onnx").write_bytes(content)
            reports.append(GraphReport(graph, "int8", len(content), structure, agreement, None, ms))
    method = options.calibration.method if options.calibration else options.method
    return Int8Result(Calibration(method, ranges), tuple(trials), tuple(reports))


def _ranges(graph: str, content: bytes, options: Int8Options, spec: InputSpec) -> GraphRanges:
    """Those of the calibration given, or new ones."""
    if options.calibration:
        options.calibration.ranges_of(graph, hashlib.sha256(content).hexdigest())
        return options.calibration.graphs[graph]
    inputs = graph_inputs(graph, calibration_objects(options.objects, options.samples), spec)
    return graph_ranges(content, inputs, options.data_sha256, options.method)
