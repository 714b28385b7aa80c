"""Versions of what an answer depends on, read from files: loading a library could end this process."""

from __future__ import annotations

import json
import platform
import re
from importlib import metadata
from pathlib import Path

from cg3d_runtime._version import __version__
from cg3d_runtime.doctor.gpu import Gpu
from cg3d_runtime.doctor.system_files import ROOT, debian_versions, read_text

_ONNXRUNTIMES = ("onnxruntime", "onnxruntime-gpu")
_TENSORRTS = ("tensorrt", "tensorrt-cu13", "tensorrt-cu12", "tensorrt-lean")
_SYSTEM_TENSORRTS = ("libnvinfer10", "libnvinfer11", "libnvinfer8")


def read_versions(gpus: tuple[Gpu, ...] = (), root: Path = ROOT) -> dict[str, str | None]:
    """The version of each library, None for one that is missing.

    `tensorrt` is what Python can import, `tensorrt (system)` what the system's packages hold; `cuda` is the toolkit.
    """
    return {
        "python": platform.python_version(),
        "cg3d-runtime": __version__,
        "numpy": _installed("numpy"),
        **{name: _installed(name) for name in _ONNXRUNTIMES},
        "tensorrt": next(filter(None, map(_installed, _TENSORRTS)), None),
        "tensorrt (system)": next(iter(debian_versions(_SYSTEM_TENSORRTS, root).values()), None),
        "cuda-python": _installed("cuda-python") or _installed("cuda-bindings"),
        "cuda": read_cuda(root),
        "driver": next((gpu.driver for gpu in gpus if gpu.driver), None) or read_driver(root),
    }


def read_cuda(root: Path = ROOT) -> str | None:
    """The release of the CUDA toolkit in its usual place."""
    try:
        tree = json.loads(read_text(root / "usr/local/cuda/version.json") or "")
        return str(tree["cuda"]["version"])
    except (ValueError, KeyError, TypeError):
        return None


def read_driver(root: Path = ROOT) -> str | None:
    """The release of NVIDIA's kernel module."""
    found = re.search(r"Kernel Module.*?\s(\d+\.\d+(?:\.\d+)?)\s", read_text(root / "proc/driver/nvidia/version") or "")
    return found[1] if found else None


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
