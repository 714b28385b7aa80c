"""Memory for the inputs and outputs of an engine: pinned on the host, so that copies run by themselves, and on the device."""

from __future__ import annotations

import ctypes

import numpy as np

from cg3d_runtime.backends.tensorrt.device import cuda_call
from cg3d_runtime.backends.tensorrt.library import load_cuda


class Buffer:
    """A piece of pinned host memory and as much on the device; it grows as needed and is reused."""

    def __init__(self) -> None:
        self.device = 0  # address
        self._host = 0
        self._capacity = 0

    def reserve(self, size: int) -> None:
        """Make room for `size` bytes; what was in the buffer is lost where it grows.

        Raises:
            BackendError: not enough memory.
        """
        if size <= self._capacity:
            return
        self.free()
        cuda = load_cuda()
        self._host = int(cuda_call(cuda.cudaMallocHost, size))
        self.device = int(cuda_call(cuda.cudaMalloc, size))
        self._capacity = size

    def write(self, array: np.ndarray) -> None:
        """Put an array into the host's memory."""
        self.reserve(array.nbytes)
        self.host_array(array.shape, array.dtype)[...] = array

    def upload(self, size: int, stream: int) -> None:
        """Copy `size` bytes to the device, in the order of `stream`."""
        cuda = load_cuda()
        to_device = cuda.cudaMemcpyKind.cudaMemcpyHostToDevice
        cuda_call(cuda.cudaMemcpyAsync, self.device, self._host, size, to_device, stream)

    def download(self, size: int, stream: int) -> None:
        """Copy `size` bytes to the host, in the order of `stream`; `host_array` shows them once the stream is done."""
        cuda = load_cuda()
        to_host = cuda.cudaMemcpyKind.cudaMemcpyDeviceToHost
        cuda_call(cuda.cudaMemcpyAsync, self._host, self.device, size, to_host, stream)

    def host_array(self, shape: tuple[int, ...], dtype: np.dtype) -> np.ndarray:
        """The host's memory as an array; valid until the buffer grows or is freed."""
        size = int(np.prod(shape)) * dtype.itemsize
        memory = memoryview((ctypes.c_char * size).from_address(self._host)).cast("B")
        return np.frombuffer(memory, dtype).reshape(shape)

    def free(self) -> None:
        """Give the memory back; the buffer may be used again."""
        cuda = load_cuda()
        device, host, self.device, self._host, self._capacity = self.device, self._host, 0, 0, 0
        if device:
            cuda_call(cuda.cudaFree, device)
        if host:
            cuda_call(cuda.cudaFreeHost, host)
