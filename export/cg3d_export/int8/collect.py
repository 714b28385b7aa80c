"""Collect the ranges of a bundle's activations by running its FP32 graphs on objects."""

from __future__ import annotations

import contextlib
import hashlib
import io
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx

from cg3d.data.samples import ObjectSet
from cg3d_export.graph_inputs import Arrays, InputSpec, graph_inputs, range_objects
from cg3d_export.int8.products import activations, fold_constants
from cg3d_export.int8.ranges import METHODS, GraphRanges, Int8Ranges, Range
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.errors import BundleError
from cg3d_runtime.labels.tokenizer import ClipTokenizer

SAMPLES = 64
PERCENTILE = 99.99


def collect_ranges(
    bundle: Bundle,
    objects: ObjectSet,
    data_sha256: str | None,
    method: str = "minmax",
    samples: int = SAMPLES,
    graphs: Sequence[str] = ("points",),
) -> Int8Ranges:
    """Run the FP32 graphs of a bundle on objects and keep the range of every activation that INT8 rounds.

    Args:
        objects: packed data (`cg3d.data.shards.Dataset`) or any other; a quarter of them is left for the judgement.
        data_sha256: of their index, see `cg3d.data.shards.data_sha256`; None for built-in objects.
        method: minmax, percentile (99.99 % of the values) or entropy (least Kullback-Leibler divergence).
        samples: objects to run, 1 or more.
        graphs: points, text, image.
    Raises:
        BundleError: no FP32 graph of that name in the bundle, or an unknown method.
        DataError: no objects, or fewer than 1 sample asked for.
    """
    chosen = range_objects(objects, samples)
    spec = bundle_spec(bundle)
    found = {
        graph: graph_ranges(bundle.graph(graph, "fp32"), graph_inputs(graph, chosen, spec), data_sha256, method)
        for graph in graphs
    }
    return Int8Ranges(method, found)


def graph_ranges(content: bytes, inputs: Arrays, data_sha256: str | None, method: str = "minmax") -> GraphRanges:
    """The ranges of one FP32 graph over `inputs`, run one sample at a time; see `collect_ranges`."""
    if method not in METHODS:
        raise BundleError(f"calibration method {method!r} is not known; choose one of {', '.join(METHODS)}.")
    model = onnx.load_from_string(content)
    names, count = activations(model), len(next(iter(inputs.values())))
    with tempfile.TemporaryDirectory() as folder:
        calibrator = _calibrator(model, Path(folder), method)
        with contextlib.redirect_stdout(io.StringIO()):  # it prints its progress
            for row in range(count):
                calibrator.collect_data(_OneSample({name: array[row : row + 1] for name, array in inputs.items()}))
            found = calibrator.compute_data()
    ranges = {name: _range(found[name].range_value) for name in names}
    return GraphRanges(hashlib.sha256(content).hexdigest(), data_sha256, count, ranges)


def bundle_spec(bundle: Bundle) -> InputSpec:
    """Specification of the inputs of a bundle's graphs."""
    manifest = bundle.manifest
    return InputSpec(manifest.prepare, manifest.text, manifest.image, ClipTokenizer(bundle.file("tokenizer")))


class _OneSample:
    """A reader for onnxruntime's calibrators; one sample at a time, for they keep all outputs of what they are given."""

    def __init__(self, inputs: Arrays) -> None:
        self._left = iter([inputs])

    def get_next(self) -> Arrays | None:
        return next(self._left, None)

    def __iter__(self) -> Iterator[Arrays]:
        return self._left


def _calibrator(model: onnx.ModelProto, folder: Path, method: str) -> Any:
    from onnxruntime.quantization.calibrate import CalibrationMethod, create_calibrator

    methods = {
        "minmax": (CalibrationMethod.MinMax, {}),
        "percentile": (CalibrationMethod.Percentile, {"percentile": PERCENTILE, "num_bins": 2048}),
        "entropy": (CalibrationMethod.Entropy, {}),
    }
    kind, options = methods[method]
    source, augmented = folder / "graph.onnx", folder / "augmented.onnx"
    onnx.save(fold_constants(model), source)
    return create_calibrator(source, ["MatMul", "Gemm"], str(augmented), kind, extra_options=options)


def _range(value: tuple[Any, Any]) -> Range:
    least, greatest = (float(np.asarray(bound).reshape(-1)[0]) for bound in value)
    return min(least, 0.0), max(greatest, 0.0)  # zero must stay exact, so it is always inside
