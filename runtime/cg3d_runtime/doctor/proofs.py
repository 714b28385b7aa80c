"""Every backend on every graph of a bundle, each backend in a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from cg3d_runtime.bundle import Bundle
from cg3d_runtime.doctor.prover import Figures

# As `--backend` names them, and as an answer names what really ran.
BACKENDS = {"cpu": "onnxruntime-cpu", "cuda": "onnxruntime-cuda", "tensorrt": "tensorrt"}

# The folder that the user stands in must not hand its modules to the process.
_PROGRAM = """
import sys
sys.path[:] = filter(None, sys.path)
from cg3d_runtime.doctor.prover import main
main(sys.argv[1:])
"""

_KILLED = 9  # by the system, which does so where memory runs out

Cell = tuple[str, str]  # graph, precision


@dataclass(frozen=True)
class Proof:
    """Of one graph at one precision: its figures, or why there are none."""

    graph: str
    precision: str
    figures: Figures | None
    error: str | None


class _Run(NamedTuple):
    """What a process answered, in words how it ended, and whether that was for its time."""

    answers: list[dict[str, Any]]
    ending: str
    is_late: bool


def prove_backend(bundle: Bundle, backend: str, limit_s: float) -> list[Proof]:
    """Prove a backend on every graph and precision of a bundle; never raises for what the backend does.

    Args:
        backend: cpu, cuda or tensorrt.
        limit_s: seconds after which its process is ended.
    """
    proofs: list[Proof] = []
    left = [(graph, precision) for graph, held in bundle.manifest.graphs.items() for precision in held]
    while left:
        run = _run(bundle, backend, left, limit_s)
        proofs += [_proof(cell, answer) for cell, answer in zip(left, run.answers)]  # noqa: B905 - fewer where it crashed
        left = left[len(run.answers) :]
        lost = len(left) if run.is_late else min(len(left), 1)  # after a crash the others get a new process
        proofs += [_proof(cell, {"error": run.ending}) for cell in left[:lost]]
        left = left[lost:]
    return proofs


def is_proven(proofs: Sequence[Proof]) -> bool:
    """Whether a backend can answer: each graph passed, at one precision at least."""
    return {proof.graph for proof in proofs} == {proof.graph for proof in proofs if proof.figures} != set()


def _proof(cell: Cell, answer: dict[str, Any]) -> Proof:
    error = answer.get("error")
    return Proof(*cell, figures=None if error else Figures(**answer), error=error)


def _run(bundle: Bundle, backend: str, cells: Sequence[Cell], limit_s: float) -> _Run:
    names = [f"{graph}:{precision}" for graph, precision in cells]
    command = [sys.executable, "-c", _PROGRAM, str(bundle.directory), backend, *names]
    try:
        ran = subprocess.run(command, capture_output=True, timeout=limit_s, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired as error:
        late = f"no answer in {limit_s:g} s; --timeout allows more."
        return _Run(_answers(error.stdout or b""), late, True)
    return _Run(_answers(ran.stdout), _ending(ran.returncode, ran.stderr), False)


def _answers(output: bytes) -> list[dict[str, Any]]:
    """The lines that were written in full."""
    return [json.loads(line) for line in output.splitlines(keepends=True) if line.endswith(b"\n")]


def _ending(status: int, stderr: bytes) -> str:
    said = (stderr.decode("utf-8", "replace").strip().splitlines() or [""])[-1][:300]
    if status >= 0:
        return f"its process ended with status {status}: {said}"
    guess = "was memory short?" if status == -_KILLED else "is the library built for this device?"
    return f"its process crashed ({signal.strsignal(-status)}): {said or guess}"
