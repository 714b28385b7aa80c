"""Name 3D scans with your own words, without PyTorch.

with Recognizer.open(["mug", "bowl"]) as recognizer:
    print(recognizer("scan.ply").label)
"""

from __future__ import annotations

import importlib
import os
import sys

from cg3d_runtime._version import __version__ as __version__
from cg3d_runtime.errors import BackendError, BundleError, Cg3dError, LabelError, LibraryError, ScanError
from cg3d_runtime.errors import CheckpointError as CheckpointError  # of training, which no robot meets
from cg3d_runtime.errors import DataError as DataError

TYPE_CHECKING = False  # as in typing, which is slow to import, and the commands deal with no Ctrl-C before this is
if TYPE_CHECKING:
    from cg3d_runtime.answer import Answer, Candidate, Quality
    from cg3d_runtime.bundle import Bundle
    from cg3d_runtime.labels import Label, read_labels
    from cg3d_runtime.library.library import Library
    from cg3d_runtime.library.writer import LibraryWriter
    from cg3d_runtime.preparation.prepare import PrepareSpec, prepare
    from cg3d_runtime.recognizer import Recognizer
    from cg3d_runtime.scans import read_scan
    from cg3d_runtime.scans.bags import read_bag
    from cg3d_runtime.scans.cloud import PointCloud
    from cg3d_runtime.scans.depth import DepthImage, Intrinsics
    from cg3d_runtime.scans.pointcloud2 import to_point_cloud
    from cg3d_runtime.scans.received import ReceivedScan
    from cg3d_runtime.streams.stream import Outcome

if "onnxruntime" in sys.modules and "ORT_DISABLE_TELEMETRY" not in os.environ:
    from cg3d_runtime.telemetry import warn_if_on

    warn_if_on()
# ONNX Runtime 1.29 and later write a device id to the user's cache and call home, unless this is set before its import.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

__all__ = [
    "Answer",
    "BackendError",
    "Bundle",
    "BundleError",
    "Candidate",
    "Cg3dError",
    "DepthImage",
    "Intrinsics",
    "Label",
    "LabelError",
    "Library",
    "LibraryError",
    "LibraryWriter",
    "Outcome",
    "PointCloud",
    "PrepareSpec",
    "Quality",
    "ReceivedScan",
    "Recognizer",
    "ScanError",
    "prepare",
    "read_bag",
    "read_labels",
    "read_scan",
    "to_point_cloud",
]

# Tracebacks say cg3d_runtime.ScanError. Other names keep the modules that define them: source views (`??`), get_type_hints
# and pickles look there.
for _error in (BackendError, BundleError, Cg3dError, CheckpointError, DataError, LabelError, LibraryError, ScanError):
    _error.__module__ = __name__

# Imported on first use: `import cg3d_runtime` and `cg3d-infer --help` need not even load numpy.
_MODULES = {
    "Answer": "answer",
    "Bundle": "bundle",
    "Candidate": "answer",
    "DepthImage": "scans.depth",
    "Intrinsics": "scans.depth",
    "Label": "labels",
    "Library": "library.library",
    "LibraryWriter": "library.writer",
    "Outcome": "streams.stream",
    "PointCloud": "scans.cloud",
    "PrepareSpec": "preparation.prepare",
    "Quality": "answer",
    "ReceivedScan": "scans.received",
    "Recognizer": "recognizer",
    "prepare": "preparation.prepare",
    "read_bag": "scans.bags",
    "read_labels": "labels",
    "read_scan": "scans",
    "to_point_cloud": "scans.pointcloud2",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
