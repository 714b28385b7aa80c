"""Scenes: a table, a shelf, a room in; objects with names and boxes out. No training, no custom operators; needs SciPy.

detector             the way from a scene to its objects
layout               a scene taken apart: voxels planes supports proposals
voxels planes        cells of a grid; large planes
supports sensor      what is up, floor, table and wall; whether all was seen from one place
surface segments     normals; cells joined where the surface is smooth
proposals            what may be an object
naming boxes         the choice among proposals by their names; boxes around them
query find relations what is looked for in words
instances            masks that number objects
scene                what is told
"""

from cg3d_runtime.errors import ScanError


def _require_scipy() -> None:
    try:
        import scipy.spatial  # noqa: F401
    except ImportError as error:
        raise ScanError('scenes need SciPy: pip install "cg3d-runtime[scene]".') from error


_require_scipy()

from cg3d_runtime.scenes.detector import Model, Wish, detect  # noqa: E402
from cg3d_runtime.scenes.query import parse  # noqa: E402
from cg3d_runtime.scenes.scene import Scene, SceneObject, ScenePlane  # noqa: E402

__all__ = ["Model", "Scene", "SceneObject", "ScenePlane", "Wish", "detect", "parse"]
