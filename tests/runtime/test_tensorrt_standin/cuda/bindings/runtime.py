"""Stands in for cuda-python: device memory is host memory, streams do everything at once."""

from __future__ import annotations

import ctypes
import enum
import os
from types import SimpleNamespace
from typing import Any

cudaError_t = enum.Enum("cudaError_t", {"cudaSuccess": 0, "cudaErrorMemoryAllocation": 2, "cudaErrorNoDevice": 100})  # noqa: N816
cudaMemcpyKind = enum.Enum("cudaMemcpyKind", {"cudaMemcpyHostToDevice": 1, "cudaMemcpyDeviceToHost": 2})  # noqa: N816

memory: dict[int, Any] = {}
allocations: list[int] = []
_OK = cudaError_t.cudaSuccess


def cudaGetDeviceProperties(device: int) -> tuple[Any, ...]:  # noqa: N802
    if "STANDIN_NO_GPU" in os.environ:
        return cudaError_t.cudaErrorNoDevice, None
    return _OK, SimpleNamespace(name=os.environ.get("STANDIN_GPU", "Orin").encode() + b"\0", major=8, minor=7)


def cudaDriverGetVersion() -> tuple[Any, int]:  # noqa: N802
    return _OK, 12060


def cudaMemGetInfo() -> tuple[Any, int, int]:  # noqa: N802
    return _OK, 4 << 30, 8 << 30


def cudaSetDevice(device: int) -> tuple[Any]:  # noqa: N802
    return (_OK,)


def cudaMalloc(size: int) -> tuple[Any, int]:  # noqa: N802
    if size > 1 << 30:
        return cudaError_t.cudaErrorMemoryAllocation, 0
    block = (ctypes.c_char * size)()
    memory[ctypes.addressof(block)] = block
    allocations.append(size)
    return _OK, ctypes.addressof(block)


def cudaFree(address: int) -> tuple[Any]:  # noqa: N802
    del memory[address]
    return (_OK,)


cudaMallocHost, cudaFreeHost = cudaMalloc, cudaFree  # noqa: N816


def cudaMemcpyAsync(to: int, source: int, size: int, kind: Any, stream: int) -> tuple[Any]:  # noqa: N802
    assert stream == 1 and kind in cudaMemcpyKind
    ctypes.memmove(to, source, size)
    return (_OK,)


def cudaStreamCreate() -> tuple[Any, int]:  # noqa: N802
    return _OK, 1


def cudaStreamSynchronize(stream: int) -> tuple[Any]:  # noqa: N802
    return (_OK,)


def cudaStreamDestroy(stream: int) -> tuple[Any]:  # noqa: N802
    return (_OK,)
