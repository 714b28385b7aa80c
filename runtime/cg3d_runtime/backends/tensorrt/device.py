"""The GPU that engines are built for and run on: the first one CUDA shows (CUDA_VISIBLE_DEVICES chooses)."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cg3d_runtime.backends.tensorrt.library import load_cuda
from cg3d_runtime.errors import BackendError

DEVICE = 0
_RELEASE_FILES = ("/etc/nv_tegra_release", "/proc/driver/nvidia/version")  # a Jetson's L4T, a workstation's driver
_OTHERWISE = "cg3d-infer --backend cpu runs without a GPU."
_ADVICE = {
    "cudaErrorInsufficientDriver": "There is no driver, or cuda-python is too new for it; on JetPack 6: "
    'pip install "cuda-python==12.*". ',
    "cudaErrorMemoryAllocation": "The GPU's memory is full: close other programs, or use smaller batches. ",
}


@dataclass(frozen=True)
class Gpu:
    """What an engine depends on besides its graph and TensorRT.

    Attributes:
        compute_capability: such as 8.7.
        platform: operating system and processor.
        driver: the CUDA version of the driver, and its release where the system tells.
    """

    name: str
    compute_capability: str
    platform: str
    driver: str

    @classmethod
    def find(cls) -> Gpu:
        """Raises: BackendError: no GPU, no driver, or no cuda-python."""
        cuda = load_cuda()
        properties = cuda_call(cuda.cudaGetDeviceProperties, DEVICE)
        version = cuda_call(cuda.cudaDriverGetVersion)
        return cls(
            name=properties.name.decode().rstrip("\0"),
            compute_capability=f"{properties.major}.{properties.minor}",
            platform=f"{platform.system()} {platform.machine()}",
            driver=" ".join([str(version), *filter(None, map(_first_line, _RELEASE_FILES))]),
        )


def free_memory() -> int:
    """Bytes of GPU memory that are free now; on a Jetson this is the memory of the whole system."""
    free, _ = cuda_call(load_cuda().cudaMemGetInfo)
    return int(free)


def cuda_call(function: Any, *arguments: Any) -> Any:
    """Call a function of cuda-python and return its value: None, the one value, or a tuple of them.

    Raises:
        BackendError: CUDA reports an error, or there is no driver to call.
    """
    try:
        error, *values = function(*arguments)
    except RuntimeError as missing:  # cuda-python 12 raises where libcuda cannot be loaded
        raise BackendError(f"{_name(function)}: {missing}. Is an NVIDIA driver installed? {_OTHERWISE}") from missing
    if error != load_cuda().cudaError_t.cudaSuccess:
        name = getattr(error, "name", str(error))
        raise BackendError(f"{_name(function)}: {name}. {_ADVICE.get(name, '')}{_OTHERWISE}")
    return values[0] if len(values) == 1 else tuple(values) or None


def _name(function: Any) -> str:
    return getattr(function, "__name__", "CUDA")


def _first_line(path: str) -> str:
    try:
        with Path(path).open(encoding="utf-8", errors="replace") as file:
            return file.readline().strip()
    except OSError:
        return ""
