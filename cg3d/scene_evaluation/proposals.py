"""What may be an object in a scene, before names choose among it: the same geometry that `Recognizer.detect` starts with."""

from __future__ import annotations

import numpy as np

from cg3d_runtime.scans.cloud import PointCloud
from cg3d_runtime.scans.upward import vector
from cg3d_runtime.scenes.layout import lay_out
from cg3d_runtime.scenes.sensor import is_seen_from_origin, looks_along_z


def proposals_of(cloud: PointCloud) -> list[np.ndarray]:
    """The points of each, as indices; they overlap.

    Args:
        cloud: in metres.
    Raises:
        ScanError: as `lay_out`.
    """
    finite = cloud.xyz[np.isfinite(cloud.xyz).all(axis=1)]
    from_origin = is_seen_from_origin(finite)
    usual = "-y" if from_origin and looks_along_z(finite) else cloud.up  # as the detector reads what nobody tells
    layout = lay_out(cloud.xyz, np.array(vector(usual)), False, from_origin)
    return [layout.points_of(proposal.cells) for proposal in layout.proposals]
