"""The device that computes, and its precision."""

from __future__ import annotations

import ctypes

import torch

from cg3d_runtime.errors import BackendError


def choose_device(wanted: str) -> torch.device:
    """The device for `auto`, `cpu` or `cuda`.

    Raises:
        BackendError: CUDA was asked for by name and is not there.
    """
    if wanted == "cuda" and not torch.cuda.is_available():
        raise BackendError(f"device cuda is not there: torch {torch.__version__} sees no GPU. Use --set device=auto.")
    return torch.device("cuda" if wanted != "cpu" and torch.cuda.is_available() else "cpu")


def choose_precision(wanted: str, device: torch.device) -> str:
    """`fp32` or `bf16`; `auto` takes bf16 where the device has instructions for it, twice as fast as fp32."""
    if wanted != "auto":
        return wanted
    return "bf16" if _computes_bf16(device) else "fp32"


def autocast(device: torch.device, precision: str) -> torch.autocast:
    """Context in which matrix products run in `precision`; weights and everything delicate stay float32."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16")


def _computes_bf16(device: torch.device) -> bool:
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    # torch has no public question for this that its oldest supported version knows.
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


# Parameters of mallopt(3).
_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4


def keep_freed_memory() -> None:
    """Let this process keep what it frees; does nothing where the C library is not glibc."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):  # TypeError: Windows has no library without a name
        return
    mallopt(_M_MMAP_MAX, 0)
    mallopt(_M_TRIM_THRESHOLD, -1)
