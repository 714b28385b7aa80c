"""Several runs as one: the mean of their weights.

Runs that began with the same weights, or went on from one another, lie in one valley of the loss, and the middle of it holds
on new scans as well as the best of them or better, at the cost of one. Source: Izmailov et al. 2018 (arXiv 1803.05407),
Wortsman et al. 2022 (arXiv 2203.05482).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from cg3d.runs.checkpoint import RunRecord, build_model, load_record, start_run
from cg3d.runs.start import begin_with, is_bundle, origin
from cg3d.runs.writes import writing_run
from cg3d_runtime.errors import CheckpointError


def average_runs(starts: Sequence[Path], out: Path) -> Path:
    """Write a run whose weights are the mean of those of several.

    Args:
        starts: a run, whose configuration and record the new one takes over, and at least one more, a run or a bundle, with
            the same point encoder.
        out: folder of the new run.
    Returns:
        `out`.
    Raises:
        CheckpointError: fewer than two, the first is no run, one cannot be read or has another encoder, or `out` holds a run.
    """
    if len(starts) < 2:
        raise CheckpointError(f"a mean is of two runs at least, got {len(starts)}.")
    record = load_record(starts[0])
    model = build_model(record.config)
    if bundles := [start for start in starts if list(model.prompts()) and is_bundle(start)]:
        raise CheckpointError(
            f"{bundles[0]}: a bundle does not tell its prompts, and {starts[0]} has some. Name its run."
        )
    mean: dict[str, Tensor] = {}
    for start in starts:
        begin_with(start, model)
        for name, value in model.learned_state().items():
            mean[name] = mean.get(name, 0.0) + value.double() / len(starts)
    with torch.no_grad():
        for name, value in model.learned_state().items():
            value.copy_(mean[name])
    averaged = _averaged(record, starts)
    with writing_run(out):
        start_run(out, averaged, model)
    return out


def _averaged(record: RunRecord, starts: Sequence[Path]) -> RunRecord:
    """The first run's record, without its figures, which are not the mean's."""
    provenance = {**record.provenance, "averaged": [origin(start) for start in starts]}
    return replace(record, provenance=provenance, metrics={})
