"""Stands in for cuda-python: device memory is host memory, streams do everything at once, or record it for a graph.

The environment leaves no memory (STANDIN_FULL), or names a call that fails while a graph is recorded (STANDIN_CAPTURE: begin,
execute, end or instantiate).
"""

from __future__ import annotations

import ctypes
import enum
import os
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

_ERRORS = {"cudaSuccess": 0, "cudaErrorMemoryAllocation": 2, "cudaErrorNoDevice": 100, "cudaErrorNotSupported": 801}
_ERRORS |= {"cudaErrorStreamCaptureUnsupported": 900, "cudaErrorStreamCaptureInvalidated": 901}
cudaError_t = enum.Enum("cudaError_t", _ERRORS)  # noqa: N816
cudaStreamCaptureMode = enum.Enum("cudaStreamCaptureMode", {"cudaStreamCaptureModeThreadLocal": 1})  # noqa: N816
cudaMemcpyKind = enum.Enum("cudaMemcpyKind", {"cudaMemcpyHostToDevice": 1, "cudaMemcpyDeviceToHost": 2})  # noqa: N816

memory: dict[int, Any] = {}
freed: list[Any] = []  # kept, so that no address comes twice
allocations: list[int] = []
graphs: list[list[Callable[[], None]]] = []  # recorded or instantiated, and not yet destroyed
errors: list[Any] = []  # not yet asked for
recording: list[list[Callable[[], None]]] = []  # the one graph being recorded, if any
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


def fails_at(call: str) -> bool:
    return os.environ.get("STANDIN_CAPTURE") == call


def enqueue(stream: int, action: Callable[[], None]) -> None:
    """What every asynchronous call does."""
    assert stream == 1
    recording[0].append(action) if recording else action()


def cudaMalloc(size: int) -> tuple[Any, int]:  # noqa: N802
    assert not recording, "not allowed in the thread that records"
    if "STANDIN_FULL" in os.environ:
        return cudaError_t.cudaErrorMemoryAllocation, 0
    block = (ctypes.c_char * size)()
    memory[ctypes.addressof(block)] = block
    allocations.append(size)
    return _OK, ctypes.addressof(block)


def cudaFree(address: int) -> tuple[Any]:  # noqa: N802
    freed.append(memory.pop(address))
    return (_OK,)


cudaMallocHost, cudaFreeHost = cudaMalloc, cudaFree  # noqa: N816


def cudaMemcpyAsync(to: int, source: int, size: int, kind: Any, stream: int) -> tuple[Any]:  # noqa: N802
    assert kind in cudaMemcpyKind
    enqueue(stream, lambda: ctypes.memmove(*map(_alive, (to, source)), size) and None)
    return (_OK,)


def _alive(address: int) -> int:
    assert address in memory
    return address


def cudaStreamCreate() -> tuple[Any, int]:  # noqa: N802
    return _OK, 1


def cudaStreamSynchronize(stream: int) -> tuple[Any]:  # noqa: N802
    assert not recording, "not allowed while recording"
    return (_OK,)


def cudaStreamDestroy(stream: int) -> tuple[Any]:  # noqa: N802
    return (_OK,)


def cudaStreamBeginCapture(stream: int, mode: Any) -> tuple[Any]:  # noqa: N802
    assert stream == 1 and mode in cudaStreamCaptureMode and not recording
    if fails_at("begin"):
        return (_failed(cudaError_t.cudaErrorStreamCaptureUnsupported),)
    recording.append([])
    return (_OK,)


def cudaStreamEndCapture(stream: int) -> tuple[Any, Any]:  # noqa: N802
    assert stream == 1
    graph = recording.pop()
    if fails_at("end") or fails_at("execute"):
        return _failed(cudaError_t.cudaErrorStreamCaptureInvalidated), None
    graphs.append(graph)
    return _OK, graph


def cudaGraphInstantiate(graph: Any, flags: int) -> tuple[Any, Any]:  # noqa: N802
    assert flags == 0
    if fails_at("instantiate"):
        return _failed(cudaError_t.cudaErrorNotSupported), None
    graphs.append(list(graph))
    return _OK, graphs[-1]


def cudaGraphLaunch(graph: Any, stream: int) -> tuple[Any]:  # noqa: N802
    assert any(graph is alive for alive in graphs)
    for action in graph:
        enqueue(stream, action)
    return (_OK,)


def cudaGraphDestroy(graph: Any) -> tuple[Any]:  # noqa: N802
    assert any(graph is alive for alive in graphs)
    graphs[:] = [alive for alive in graphs if alive is not graph]
    return (_OK,)


cudaGraphExecDestroy = cudaGraphDestroy  # noqa: N816


def cudaGetLastError() -> tuple[Any]:  # noqa: N802
    return (errors.pop() if errors else _OK,)


def _failed(error: Any) -> Any:
    errors[:] = [error]
    return error
