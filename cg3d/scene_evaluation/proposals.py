"""What may be an object in a scene, before names choose among it: the same geometry that `Recognizer.detect` starts with."""

from __future__ import annotations

import numpy as np

from cg3d_runtime.answer import CONVENTION
from cg3d_runtime.scans.cloud import PointCloud
from cg3d_runtime.scenes.detector import take_apart


def proposals_of(cloud: PointCloud) -> list[np.ndarray]:
    """The points of each, as indices; they overlap.

    Args:
        cloud: in metres.
    Raises:
        ScanError: as `lay_out`.
    """
    layout = take_apart(cloud, CONVENTION, 1.0, False).layout
    return [layout.points_of(proposal.cells) for proposal in layout.proposals]
