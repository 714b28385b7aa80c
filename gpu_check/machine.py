"""What the machine is, and its peaks: as documented, and as a large product and a large copy reach them."""

from __future__ import annotations

import platform
import statistics
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from time import perf_counter

import torch

from gpu_check.findings import Findings
from gpu_check.peaks import documented

_SIDE = {"cuda": 8192, "cpu": 768}  # of a square product
_COPIED = {"cuda": 1 << 30, "cpu": 1 << 26}  # bytes
_REPEATS = 7


def check(device: str, told: Findings) -> None:
    """Name the device, and measure it."""
    told.passed("device", note=f"{name_of(device)}; torch {torch.__version__}, CUDA {torch.version.cuda}")
    told.passed(
        "libraries", note=", ".join(map(_version, ("onnxruntime", "onnxruntime-gpu", "tensorrt", "onnx", "numpy")))
    )
    if device == "cuda":
        told.measured("memory of the device", torch.cuda.get_device_properties(0).total_memory / 2**30, "GiB")
        told.measured("GPUs", torch.cuda.device_count(), "")
    if peak := documented(name_of(device)):
        told.measured("documented, half precision", peak.half_flops / 1e12, "TFLOP/s", peak.source)
        told.measured("documented, memory", peak.bytes_s / 1e9, "GB/s", peak.source)
    for kind in (torch.float32, torch.bfloat16):
        side = _SIDE[device]
        told.measured(f"product of {side} x {side}, {kind}", product_flops(device, kind) / 1e12, "TFLOP/s")
    told.measured("copy, read and written", copied_bytes(device) / 1e9, "GB/s")


def name_of(device: str) -> str:
    """The device's name, as its maker tells torch."""
    return torch.cuda.get_device_name(0) if device == "cuda" else f"CPU, {platform.machine()}"


def product_flops(device: str, kind: torch.dtype) -> float:
    """Operations a second of a large product."""
    side = _SIDE[device]
    left, right = (torch.randn(side, side, device=device).to(kind) for _ in range(2))
    return 2 * side**3 / seconds(lambda: left @ right, device)


def copied_bytes(device: str) -> float:
    """Bytes a second that a large copy reads and writes."""
    source = torch.zeros(_COPIED[device] // 4, device=device)
    target = torch.empty_like(source)
    return 2 * _COPIED[device] / seconds(lambda: target.copy_(source), device)


def seconds(run: Callable[[], object], device: str, least_s: float = 0.0) -> float:
    """Median of some runs, once warm; a first run of more than two seconds is taken as it is."""
    first = _once(run, device)
    if first > 2:
        return first
    times = [_once(run, device) for _ in range(_REPEATS)]
    while sum(times) < least_s:
        times.append(_once(run, device))
    return statistics.median(times)


def _once(run: Callable[[], object], device: str) -> float:
    synchronise(device)
    started = perf_counter()
    run()
    synchronise(device)
    return perf_counter() - started


def synchronise(device: str) -> None:
    """Wait until the device has done what it was given."""
    if device == "cuda":
        torch.cuda.synchronize()


def _version(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"no {package}"
