"""One graph in several inference libraries and precisions, run side by side with Polygraphy on a workstation.

Polygraphy builds its own TensorRT engines, so what it finds owes nothing to the robot's builder and buffers: where the two
disagree, the fault is on our side; where both are off, it is the graph's or TensorRT's.
"""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from cg3d_export.judging.agreement import TOLERANCES, FeatureAgreement
from cg3d_runtime.backends.onnx import OnnxBackend
from cg3d_runtime.backends.protocol import GRAPH_INPUTS, GRAPH_OUTPUT
from cg3d_runtime.backends.tensorrt.device import Gpu
from cg3d_runtime.backends.tensorrt.library import load_tensorrt
from cg3d_runtime.backends.tensorrt.profile import Profile, graph_profile
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.choices import PRECISIONS
from cg3d_runtime.errors import BackendError, BundleError, Cg3dError

INSTALL = 'pip install polygraphy (the extra "compare")'

_COLUMNS = ("graph", "library", "precision", "max abs error", "cosine", "within tolerance")

Feed = dict[str, np.ndarray]  # the inputs of one run, by their names in the graph


@dataclass(frozen=True)
class Row:
    """One graph, as one library computes it at one precision.

    Attributes:
        agreement: with the graph's reference, its first row; None for that itself.
    """

    graph: str
    library: str
    precision: str
    agreement: FeatureAgreement | None

    def fits(self) -> bool:
        """Whether it agrees as well as its precision must."""
        return self.agreement is None or self.agreement.shortfall(self.precision) is None

    def cells(self) -> tuple[str, ...]:
        head = (self.graph, self.library, self.precision)
        if self.agreement is None:
            return (*head, "", "", "reference")
        figures = (f"{self.agreement.max_abs_error:.1e}", f"{self.agreement.cosine:.6f}")
        return (*head, *figures, "yes" if self.fits() else "NO")


@dataclass(frozen=True)
class Comparison:
    """The answers of all installed libraries for a bundle.

    Attributes:
        missing: library -> why it took no part.
    """

    name: str
    rows: tuple[Row, ...]
    missing: Mapping[str, str]

    def table(self) -> str:
        """For a terminal: a line a row, then one for each graph without a second row and each library that is missing."""
        cells = [_COLUMNS, *(row.cells() for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells
        ]
        lines += [
            f"{graph}: nothing to compare it with"
            for graph, count in Counter(row.graph for row in self.rows).items()
            if count == 1
        ]
        return "\n".join(lines + [f"without {library}: {reason}" for library, reason in self.missing.items()])

    def require(self) -> None:
        """Raises: BundleError: naming each row that is outside the tolerance of its precision."""
        wrong = [f"{row.graph} at {row.precision} in {row.library}" for row in self.rows if not row.fits()]
        if wrong:
            limits = ", ".join(f"{precision} {limit.cosine}" for precision, limit in TOLERANCES.items())
            raise BundleError(
                f"{self.name}: outside the tolerance: {'; '.join(wrong)}. A cosine of {limits} is needed, at fp32 also a "
                f"largest error of {TOLERANCES['fp32'].max_abs_error:.0e}. Use another library or precision on such devices."
            )


def compare_bundle(directory: Path) -> Comparison:
    """Run every graph of a bundle on its test vectors, at each precision, in each library that is here.

    Each library gets all vectors in one batch, then one by one. A graph's reference is ONNX Runtime on the CPU at the most
    exact precision in the bundle.

    Raises:
        BackendError: Polygraphy or ONNX Runtime is missing, a library that is here fails, or there are no two results.
        BundleError: no readable bundle, or one without test vectors.
    """
    _polygraphy("comparator")
    bundle = Bundle.open(directory)
    if not bundle.manifest.graphs:
        raise BundleError(f"{directory}: the bundle holds no graph to compare. Export it again.")
    vectors = bundle.test_vectors()
    missing = _missing_libraries(bundle)
    libraries = [library for library in RUNNERS if library not in missing]
    graphs = bundle.manifest.graphs
    if len(libraries) == 1 and all(len(precisions) == 1 for precisions in graphs.values()):
        reasons = " ".join(f"{library}: {reason}" for library, reason in missing.items())
        raise BackendError(
            f"{directory}: nothing to compare, each graph has one precision and {libraries[0]} alone is here. {reasons}"
        )
    rows = [row for graph in graphs for row in _compare_graph(bundle, graph, libraries, vectors)]
    return Comparison(bundle.manifest.name, tuple(rows), missing)


def _compare_graph(
    bundle: Bundle, graph: str, libraries: Sequence[str], vectors: Mapping[str, np.ndarray]
) -> list[Row]:
    if absent := [name for name in GRAPH_INPUTS[graph] if name not in vectors]:
        raise BundleError(f"{bundle.directory}: the bundle's test vectors lack {', '.join(absent)}. Export it again.")
    feeds = _feeds({name: vectors[name] for name in GRAPH_INPUTS[graph]})
    profile = graph_profile(bundle.manifest, graph)
    rows: list[Row] = []
    reference: np.ndarray | None = None
    for precision in sorted(bundle.manifest.graphs[graph], key=PRECISIONS.index):
        content = bundle.graph(graph, precision)
        for library in libraries:
            features = _features(
                RUNNERS[library](content, profile), feeds, f"{library}: the {graph} graph at {precision}"
            )
            agreement = None if reference is None else FeatureAgreement.between(features, reference)
            reference = features if reference is None else reference
            rows.append(Row(graph, library, precision, agreement))
    return rows


def _feeds(inputs: Feed) -> list[Feed]:
    """All samples at once, then one by one."""
    count = len(next(iter(inputs.values())))
    return [inputs, *({name: array[i : i + 1] for name, array in inputs.items()} for i in range(count))]


def _features(runner: Any, feeds: list[Feed], what: str) -> np.ndarray:
    """The features (2B, D) that a runner gives for `_feeds` of B samples.

    Raises:
        BackendError: it fails.
    """
    logger = _polygraphy("logger").G_LOGGER
    try:
        with logger.verbosity(logger.CRITICAL + 1):  # what fails is raised as well
            results = _polygraphy("comparator").Comparator.run([runner], data_loader=feeds)
        return np.concatenate([outputs[GRAPH_OUTPUT] for outputs in results[0][1]])
    except Cg3dError:
        raise
    except Exception as error:  # those of Polygraphy, TensorRT and ONNX Runtime have no common base
        reason = (str(error).strip() or type(error).__name__).splitlines()[0][:300]
        raise BackendError(f"{what} does not run: {reason}") from error


def _on_cpu(content: bytes, profile: Profile) -> Any:
    onnxrt = _polygraphy("backend.onnxrt")
    return onnxrt.OnnxrtRunner(onnxrt.SessionFromOnnx(content, ["CPUExecutionProvider"]))


def _on_cuda(content: bytes, profile: Profile) -> Any:
    """TF32 is off, as on the robot: it would reorder the nearest neighbours."""
    onnxrt = _polygraphy("backend.onnxrt")
    return onnxrt.OnnxrtRunner(onnxrt.SessionFromOnnx(content, [("CUDAExecutionProvider", {"use_tf32": "0"})]))


def _on_tensorrt(content: bytes, profile: Profile) -> Any:
    """Strongly typed and without TF32 (Polygraphy's default), over the shapes that the robot's engine serves."""
    trt = _polygraphy("backend.trt")
    shapes = trt.Profile()
    for name, served in profile.items():
        shapes.add(name, min=served.min, opt=served.opt, max=served.max)
    network = trt.NetworkFromOnnxBytes(content, strongly_typed=True)
    return trt.TrtRunner(trt.EngineFromNetwork(network, trt.CreateConfig(profiles=[shapes])))


RUNNERS: dict[str, Callable[[bytes, Profile], Any]] = {
    "onnxruntime-cpu": _on_cpu,
    "onnxruntime-cuda": _on_cuda,
    "tensorrt": _on_tensorrt,
}


def _missing_libraries(bundle: Bundle) -> dict[str, str]:
    """The libraries that are not here: library -> reason."""
    graph = next(iter(bundle.manifest.graphs))
    precision = bundle.precision(graph)
    content = bundle.graph(graph, precision)
    OnnxBackend(content, "cpu", precision).close()  # the reference: its error says how to install it
    trials: dict[str, Callable[[], object]] = {
        # Polygraphy itself would fall back to the CPU where CUDA's libraries do not load.
        "onnxruntime-cuda": lambda: OnnxBackend(content, "cuda", precision).close(),
        "tensorrt": lambda: (load_tensorrt(), Gpu.find()),
    }
    reasons = {library: _reason(trial) for library, trial in trials.items()}
    return {library: reason for library, reason in reasons.items() if reason is not None}


def _reason(trial: Callable[[], object]) -> str | None:
    """The reason why a library is not here, or None where it is."""
    try:
        trial()
    except BackendError as error:
        return str(error)
    return None


def _polygraphy(module: str) -> ModuleType:
    """A module of Polygraphy, which only comparisons need."""
    try:
        return importlib.import_module(f"polygraphy.{module}")
    except ImportError as error:
        raise BackendError(f"comparisons need the polygraphy package ({error}). Install it: {INSTALL}") from error
