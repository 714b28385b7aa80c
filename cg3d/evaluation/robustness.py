"""Recognition of ever worse scans, as curves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from cg3d.data.samples import Sample, sample_cloud
from cg3d.evaluation.encoders import Encode, batches
from cg3d.evaluation.metrics import answers
from cg3d.evaluation.perturbations import PERTURBATIONS, distinct, perturb


@dataclass(frozen=True)
class Curve:
    """Top-1 by severity of one perturbation; `clean` is that of the unchanged objects."""

    name: str
    unit: str
    severities: tuple[float, ...]
    top1: tuple[float, ...]
    clean: float


def robustness_curves(
    samples: Iterable[Sample], encode_clouds: Encode, matrix: np.ndarray, truth: np.ndarray, clean: float, seed: int
) -> tuple[Curve, ...]:
    """Recognise every object once for each severity of each perturbation.

    Args:
        samples: M objects, in order.
        encode_clouds: from B clouds to (B, D) unit rows.
        matrix: (L, D) unit rows of the labels.
        truth: (M,) indices of the objects' labels.
        clean: top-1 of the unchanged objects.
        seed: of all that is random.
    """
    conditions = [(name, severity) for name, each in PERTURBATIONS.items() for severity in each.severities]
    correct, done = dict.fromkeys(conditions, 0), 0
    for batch in batches(samples):
        clouds = [(sample.id, distinct(sample_cloud(sample))) for sample in batch]
        expected = truth[done : done + len(batch)]
        for name, severity in conditions:
            rows = encode_clouds([perturb(cloud, name, severity, id, seed) for id, cloud in clouds])
            correct[name, severity] += int((answers(rows @ matrix.T) == expected).sum())
        done += len(batch)
    return tuple(
        Curve(name, each.unit, each.severities, tuple(correct[name, s] / done for s in each.severities), clean)
        for name, each in PERTURBATIONS.items()
    )
