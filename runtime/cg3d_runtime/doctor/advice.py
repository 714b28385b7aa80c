"""Advice for a backend that does not work here: the command to type."""

from __future__ import annotations

from collections.abc import Mapping

from cg3d_runtime.doctor.device import Device

_CPU = "pip install onnxruntime"
_CUDA = "pip uninstall --yes onnxruntime && pip install onnxruntime-gpu"
_FIRST_DRIVER_OF_CUDA_13 = 580
_NO_GPU = "no NVIDIA GPU or no driver here: nothing to install"
_TOO_OLD = "JetPack 5 has TensorRT 8, which is too old: update to JetPack 6 or later"


def advise(backend: str, device: Device, versions: Mapping[str, str | None]) -> str:
    """One line for a backend (cpu, cuda or tensorrt) that is not proven on this device."""
    if backend == "cpu":
        return _CPU
    if not device.has_gpu:
        return _NO_GPU
    if device.jetson:
        return _on_jetson(backend, device, versions)
    if backend == "cuda":
        return _CUDA
    cuda = "13" if _major(versions.get("driver")) >= _FIRST_DRIVER_OF_CUDA_13 else "12"
    return f'pip install "tensorrt-cu{cuda}" "cuda-python=={cuda}.*"'


def _on_jetson(backend: str, device: Device, versions: Mapping[str, str | None]) -> str:
    """JetPack 6 has CUDA 12 and JetPack 7 CUDA 13; their TensorRT belongs to the system's Python."""
    if backend == "cuda":
        return "PyPI has no onnxruntime-gpu for 64-bit ARM: use TensorRT, which JetPack brings"
    generation = device.jetson.generation if device.jetson else None
    if generation == 5:
        return _TOO_OLD
    cuda = "12" if generation == 6 else "13"
    bindings = f'pip install "cuda-python=={cuda}.*"'
    if versions.get("tensorrt"):
        return bindings
    return f"sudo apt install python3-libnvinfer && python3 -m venv --system-site-packages VENV, and in it: {bindings}"


def conflicts(device: Device, versions: Mapping[str, str | None]) -> list[str]:
    """What is installed together and must not be."""
    if versions.get("onnxruntime") and versions.get("onnxruntime-gpu"):
        keep = "onnxruntime-gpu" if device.has_gpu and not device.jetson else "onnxruntime"
        return [
            "onnxruntime and onnxruntime-gpu are both installed, and overwrite each other: "
            f"pip uninstall --yes onnxruntime onnxruntime-gpu && pip install {keep}"
        ]
    return []


def _major(version: str | None) -> int:
    first = (version or "").partition(".")[0]
    return int(first) if first.isdecimal() else 0
