"""The process in which a backend proves itself; run by `proofs`, so that a library that crashes takes only this down.

Its arguments are BUNDLE BACKEND GRAPH:PRECISION... One JSON object a line on stdout, as
soon as it is known; what libraries print goes to stderr.
"""

from __future__ import annotations

import json
import os
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from time import perf_counter

import numpy as np

from cg3d_runtime.backends.protocol import GRAPH_INPUTS, LEAST_COSINE, Backend, encode
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.errors import BackendError, BundleError, Cg3dError

_RUNS = 9


@dataclass(frozen=True)
class Figures:
    """How one graph did on its test vectors.

    Attributes:
        cosine: the least over the vectors, between expected and computed features.
        max_error: the largest difference of one value.
        ms: median of one input at a time, once warm.
        open_s: to load the library, and to open the graph or build its engine.
    """

    cosine: float
    max_error: float
    ms: float
    open_s: float


def prove_graph(bundle: Bundle, backend: str, graph: str, precision: str) -> Figures:
    """Open a graph and run it on the bundle's test vectors.

    Raises:
        BackendError: the backend is missing, fails, or computes something else.
        BundleError: the bundle was altered, or lacks the graph or its vectors.
    """
    from cg3d_runtime.backends import open_backend

    vectors = bundle.test_vectors()
    if missing := [name for name in (*GRAPH_INPUTS[graph], f"{graph}_features") if name not in vectors]:
        raise BundleError(f"the bundle's test vectors lack {', '.join(missing)}, so {graph} cannot be proven.")
    inputs, expected = {name: vectors[name] for name in GRAPH_INPUTS[graph]}, vectors[f"{graph}_features"]
    started = perf_counter()
    opened = open_backend(bundle, graph, backend, precision)
    open_s = perf_counter() - started
    try:
        features = encode(opened, inputs, expected.shape[-1])
        cosine = float((features * expected).sum(axis=-1).min())
        if cosine < LEAST_COSINE[precision]:
            raise BackendError(
                f"wrong features: cosine {cosine:.4f} to the test vectors, at least {LEAST_COSINE[precision]} is needed."
            )
        single = {name: array[:1] for name, array in inputs.items()}
        return Figures(cosine, float(np.abs(features - expected).max()), _median_ms(opened, single), open_s)
    finally:
        opened.close()


def _median_ms(backend: Backend, inputs: dict[str, np.ndarray]) -> float:
    backend.run(inputs)
    durations = []
    for _ in range(_RUNS):
        started = perf_counter()
        backend.run(inputs)
        durations.append(perf_counter() - started)
    return statistics.median(durations) * 1e3


def main(arguments: Sequence[str]) -> None:
    """Prove each GRAPH:PRECISION in turn, and print its figures or its error."""
    directory, backend, *cells = arguments
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # libraries in C++ print where they like
    bundle = Bundle.open(directory)
    for cell in cells:
        graph, _, precision = cell.partition(":")
        try:
            found = asdict(prove_graph(bundle, backend, graph, precision))
        except Cg3dError as error:
            found = {"error": str(error)}
        print(json.dumps(found), file=answers, flush=True)
