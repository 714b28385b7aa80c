"""What makers document of their GPUs: dense products of half precision, and memory."""

from __future__ import annotations

from typing import NamedTuple


class Peak(NamedTuple):
    """Documented peaks of a GPU.

    Attributes:
        half_flops: operations a second of dense FP16 or BF16 products with FP32 sums; half of what is told with sparsity.
        single_flops: of FP32 outside tensor cores.
        bytes_s: of its memory.
        source: where they are documented.
    """

    half_flops: float
    single_flops: float
    bytes_s: float
    source: str


# As torch names them: the first name that is a start of it.
PEAKS = {
    "NVIDIA H200": Peak(989e12, 67e12, 4.8e12, "https://www.nvidia.com/en-us/data-center/h200/"),
    "NVIDIA H100 80GB HBM3": Peak(989e12, 67e12, 3.35e12, "https://www.nvidia.com/en-us/data-center/h100/"),
    "NVIDIA A100-SXM4-80GB": Peak(312e12, 19.5e12, 2.039e12, "https://www.nvidia.com/en-us/data-center/a100/"),
    "NVIDIA A100-SXM4-40GB": Peak(312e12, 19.5e12, 1.555e12, "https://www.nvidia.com/en-us/data-center/a100/"),
    "NVIDIA L4": Peak(121e12, 30.3e12, 300e9, "https://www.nvidia.com/en-us/data-center/l4/"),
    "Tesla T4": Peak(65e12, 8.1e12, 320e9, "https://www.nvidia.com/en-us/data-center/tesla-t4/"),
}


def documented(name: str) -> Peak | None:
    """The peaks of a GPU by the name that torch gives it; None where it is not listed."""
    return next((peak for start, peak in PEAKS.items() if name.startswith(start)), None)
