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

from cg3d_runtime.backends.protocol import GRAPH_INPUTS, Backend, prove
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.errors import Cg3dError

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
        BackendError: the backend is missing, fails, computes something else, or has no vectors to prove itself on.
        BundleError: the bundle was altered, or lacks the graph.
    """
    from cg3d_runtime.backends import open_backend

    vectors = bundle.test_vectors()
    started = perf_counter()
    opened = open_backend(bundle, graph, backend, precision)
    open_s = perf_counter() - started
    try:
        found = prove(opened, graph, vectors)
        single = {name: vectors[name][:1] for name in GRAPH_INPUTS[graph]}
        return Figures(found.cosine, found.max_error, _median_ms(opened, single), open_s)
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
