"""A trial of a graph's INT8 form: kept where it is faster here than FP32, and near enough to it on held-out objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from time import sleep

import numpy as np
import onnx

from cg3d_export.graph_inputs import Arrays
from cg3d_export.int8.products import fold_constants, int8_products
from cg3d_export.int8.quantise import quantise
from cg3d_export.int8.ranges import Range
from cg3d_export.judging.agreement import INT8_TOP1_AGREEMENT, TOLERANCES, onnx_features, run_ms, top1_share
from cg3d_export.report import Int8Trial
from cg3d_runtime.backends.onnx import OnnxBackend

# Half of what the tolerance allows to be lost: objects that were not measured may lose more than those that were.
COSINE_GOAL = (1 + TOLERANCES["int8"].cosine) / 2
TOP1_GOAL = (1 + INT8_TOP1_AGREEMENT) / 2
MOST_LEFT = 0.5  # of the products that may stay in float32; beyond it there is no INT8 to speak of
RANKING_SAMPLES = 8  # enough to order the products by what they cost
STEPS = 8  # in which they are left out, the most harmful first
TURNS = 8  # of each side when two are timed
RUNS_A_TURN = 4
PAUSE_S = 0.02
THREADS = {"1 thread": 1, "all threads": None}  # what ONNX Runtime may use


def reason_to_drop(
    cosine: float, top1_agreement: float, fp32_ms: Mapping[str, float], int8_ms: Mapping[str, float]
) -> str | None:
    """The reason why an INT8 graph must not be kept, in words; None where it may. NaN is a reason.

    Args:
        cosine, top1_agreement, fp32_ms, int8_ms: as in `Int8Trial`.
    """
    least = TOLERANCES["int8"].cosine
    if not cosine >= least:
        return f"cosine {cosine:.4f} to fp32, at least {least} is needed"
    if not top1_agreement >= INT8_TOP1_AGREEMENT:
        return f"{top1_agreement:.1%} the same answer as fp32, at least {INT8_TOP1_AGREEMENT:.0%} is needed"
    for threads, ms in int8_ms.items():
        if not ms < fp32_ms[threads]:
            return f"not faster than fp32 on this machine: {ms:.1f} ms to {fp32_ms[threads]:.1f} ms with {threads}"
    return None


def quantise_by_measurement(
    content: bytes, ranges: Mapping[str, Range], inputs: Arrays, labels: np.ndarray
) -> tuple[bytes, tuple[str, ...]]:
    """Quantise a graph as `quantise_within_goals` does; where INT8 is not faster here, all of it, which the trial then drops.

    Args, Returns, Raises: as `quantise_within_goals`.
    """
    whole = quantise(content, ranges)
    if _is_faster(content, whole, inputs):
        return quantise_within_goals(content, ranges, inputs, labels)
    return whole, ()


def quantise_within_goals(
    content: bytes, ranges: Mapping[str, Range], inputs: Arrays, labels: np.ndarray
) -> tuple[bytes, tuple[str, ...]]:
    """Quantise a graph, leaving those products in float32 that cost the most, as few as reach the goals on `inputs`.

    Args:
        content: the FP32 graph's file.
        ranges: as `quantise`.
        inputs: samples of the calibration.
        labels: (L, D) unit rows, the texts to choose from.
    Returns:
        the INT8 graph's file, and the names of the products left in float32: as many as may where the goals are out of reach.
    Raises:
        BundleError: as `quantise`.
    """
    expected = onnx_features(content, "fp32", inputs)
    whole = quantise(content, ranges)
    if _reaches_goals(whole, inputs, expected, labels):
        return whole, ()
    few = _rows(inputs, 0, RANKING_SAMPLES)
    ranked = _most_harmful_first(content, ranges, few, expected[:RANKING_SAMPLES])
    most = max(1, int(MOST_LEFT * len(ranked)))
    for count in sorted({max(1, most * step // STEPS) for step in range(1, STEPS + 1)}):
        candidate = quantise(content, ranges, ranked[:count])
        if _reaches_goals(candidate, inputs, expected, labels):
            break
    return candidate, tuple(ranked[:count])


def _is_faster(fp32: bytes, int8: bytes, inputs: Arrays) -> bool:
    first, second = _pair_ms(fp32, int8, _rows(inputs, 0, 1), threads=None)
    return second < first


def _reaches_goals(candidate: bytes, inputs: Arrays, expected: np.ndarray, labels: np.ndarray) -> bool:
    found = onnx_features(candidate, "int8", inputs)
    return (
        _worst_cosine(found, expected) >= COSINE_GOAL and top1_share(found @ labels.T, expected @ labels.T) >= TOP1_GOAL
    )


def _most_harmful_first(content: bytes, ranges: Mapping[str, Range], inputs: Arrays, expected: np.ndarray) -> list[str]:
    """The products by what each costs when it alone is INT8."""
    names = int8_products(fold_constants(onnx.load_from_string(content)))
    cosines = {}
    for name in names:
        alone = quantise(content, ranges, [other for other in names if other != name])
        cosines[name] = _worst_cosine(onnx_features(alone, "int8", inputs), expected)
    return sorted(names, key=lambda name: cosines[name])


def _worst_cosine(found: np.ndarray, expected: np.ndarray) -> float:
    return float((found.astype(np.float64) * expected).sum(axis=1).min())


def try_int8(
    graph: str, fp32: bytes, int8: bytes, inputs: Arrays, labels: np.ndarray, left: tuple[str, ...]
) -> Int8Trial:
    """Measure an INT8 graph against its FP32 form.

    Args:
        inputs: of objects that no range was taken from.
        labels: (L, D) unit rows, the texts to choose from.
        left: names of the products that stayed in float32.
    Raises:
        BackendError: ONNX Runtime does not open or run one of the two.
    """
    expected, found = onnx_features(fp32, "fp32", inputs), onnx_features(int8, "int8", inputs)
    cosines = (expected.astype(np.float64) * found).sum(axis=1)
    agreement = top1_share(found @ labels.T, expected @ labels.T)
    fp32_ms, int8_ms = {}, {}
    for name, threads in THREADS.items():
        fp32_ms[name], int8_ms[name] = _pair_ms(fp32, int8, _rows(inputs, 0, 1), threads)
    worst, mean = float(cosines.min()), float(cosines.mean())
    dropped = reason_to_drop(worst, agreement, fp32_ms, int8_ms)
    return Int8Trial(graph, dropped, worst, mean, agreement, len(cosines), fp32_ms, int8_ms, left)


def _pair_ms(fp32: bytes, int8: bytes, inputs: Arrays, threads: int | None) -> list[float]:
    backends = [OnnxBackend(fp32, "cpu", "fp32", threads), OnnxBackend(int8, "cpu", "int8", threads)]
    return alternating_ms([partial(backend.run, inputs) for backend in backends])


def alternating_ms(runs: Sequence[Callable[[], object]], turns: int = TURNS) -> list[float]:
    """Median time of each, taking turns so that a busy machine slows all alike.

    A thread of ONNX Runtime that runs out of work spins before it sleeps, and takes a core from whatever runs next: with two
    threads on two cores, sessions that took turns run by run seemed half as fast as they are. Hence the pause before each turn,
    and its first run, which wakes the threads, is not counted.
    """
    times: list[list[float]] = [[] for _ in runs]
    for _ in range(turns):
        for run, durations in zip(runs, times, strict=True):
            sleep(PAUSE_S)
            run()
            durations += [run_ms(run) for _ in range(RUNS_A_TURN)]
    return [float(np.median(durations)) for durations in times]


def _rows(inputs: Arrays, start: int, stop: int) -> Arrays:
    return {name: array[start:stop] for name, array in inputs.items()}
