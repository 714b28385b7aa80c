"""Work on a CUDA stream that repeats exactly: recorded once, then launched as a whole.

A small network on a fast GPU spends more time on launching its kernels one by one than on running them; a CUDA graph launches
all of them at once. It holds the shapes and the addresses of the moment of its recording, so it serves only work that repeats
in both.
Source: https://docs.nvidia.com/deeplearning/tensorrt/latest/performance/optimization.html, CUDA graphs: run once before
recording after each change of shapes.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from typing import Any

from cg3d_runtime.backends.tensorrt.device import cuda_call
from cg3d_runtime.backends.tensorrt.library import load_cuda
from cg3d_runtime.errors import BackendError

MOST_RECORDINGS = 8  # shapes that change that often gain less from recordings than these cost

Work = Callable[[int], None]  # puts itself on the stream that it is given

_log = logging.getLogger(__name__)


class CudaGraph:
    """What some work puts on a stream, ready to be launched as a whole."""

    def __init__(self, work: Work, stream: int) -> None:
        """Record `work`, which does not run meanwhile.

        Raises:
            BackendError: it does what cannot be recorded, such as waiting for the GPU; the stream is as before.
        """
        cuda = load_cuda()
        # Thread-local: what other threads do to the GPU meanwhile does not spoil the recording.
        mode = cuda.cudaStreamCaptureMode.cudaStreamCaptureModeThreadLocal
        cuda_call(cuda.cudaStreamBeginCapture, stream, mode)
        try:
            work(stream)
        except BaseException:
            _abandon(stream)
            raise
        graph = cuda_call(cuda.cudaStreamEndCapture, stream)
        try:
            self._executable: Any | None = cuda_call(cuda.cudaGraphInstantiate, graph, 0)
        finally:
            cuda_call(cuda.cudaGraphDestroy, graph)

    def launch(self, stream: int) -> None:
        """Run the work, in the order of `stream`."""
        cuda_call(load_cuda().cudaGraphLaunch, self._executable, stream)

    def free(self) -> None:
        """Give the memory back; the work cannot be launched afterwards."""
        executable, self._executable = self._executable, None
        if executable is not None:
            cuda_call(load_cuda().cudaGraphExecDestroy, executable)


class RepeatedWork:
    """Runs work as it is the first time, and as a CUDA graph from the second time on.

    What cannot be recorded, or changes more than MOST_RECORDINGS times, goes on without a graph, and a line says so.
    """

    def __init__(self, recordings: int = MOST_RECORDINGS) -> None:
        """recordings: how many may be made; 0: none ever."""
        self._left = recordings
        self._graph: CudaGraph | None = None
        self._ran = False

    def run(self, work: Work, stream: int) -> None:
        """Put `work` on the stream; it is the same as in the last call unless `changed` was called since."""
        if self._graph is None and self._ran and self._left:
            self._graph = self._record(work, stream)
        if self._graph is None:
            work(stream)
        else:
            self._graph.launch(stream)
        self._ran = True

    def changed(self) -> None:
        """The next work has other shapes or addresses: what was recorded holds no longer."""
        if self._graph is not None and not self._left:
            _log.warning("the batches change their shapes too often for CUDA graphs; the engine goes on without")
        self.free()

    def free(self) -> None:
        """Give the memory back; the next work is recorded anew."""
        graph, self._graph, self._ran = self._graph, None, False
        if graph is not None:
            graph.free()

    def _record(self, work: Work, stream: int) -> CudaGraph | None:
        self._left -= 1
        try:
            return CudaGraph(work, stream)
        except BackendError as error:
            self._left = 0
            with contextlib.suppress(BackendError):  # CUDA keeps an error for the next who asks; asking forgets it
                cuda_call(load_cuda().cudaGetLastError)
            _log.warning("the engine runs without a CUDA graph, since none can be recorded: %s", error)
            return None


def _abandon(stream: int) -> None:
    """End a recording in which something failed."""
    cuda = load_cuda()
    with contextlib.suppress(BackendError):  # the usual answer: the recording is invalid
        cuda_call(cuda.cudaGraphDestroy, cuda_call(cuda.cudaStreamEndCapture, stream))
