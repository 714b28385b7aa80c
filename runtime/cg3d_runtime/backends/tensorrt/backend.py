"""A graph of a bundle as a TensorRT engine on the GPU."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import math
import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from cg3d_runtime.backends.protocol import GRAPH_OUTPUT
from cg3d_runtime.backends.tensorrt.buffers import Buffer
from cg3d_runtime.backends.tensorrt.builder import BuilderOptions, build_plan
from cg3d_runtime.backends.tensorrt.cuda_graph import MOST_RECORDINGS, RepeatedWork
from cg3d_runtime.backends.tensorrt.device import DEVICE, Gpu, cuda_call
from cg3d_runtime.backends.tensorrt.engine_cache import EngineCache, EngineKey
from cg3d_runtime.backends.tensorrt.inspection import engine_layers, require_precision
from cg3d_runtime.backends.tensorrt.library import last_error, load_cuda, load_tensorrt, starting, tensorrt_logger
from cg3d_runtime.backends.tensorrt.profile import Profile, Shape, graph_profile, require_served
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.errors import BackendError

if TYPE_CHECKING:
    import tensorrt as trt

INPUT_TYPES = {"points": np.float32, "image": np.float32, "token_ids": np.int32, "eot": np.int32}

_log = logging.getLogger(__name__)


def open_tensorrt(
    bundle: Bundle,
    graph: str,
    precision: str = "auto",
    options: BuilderOptions | None = None,
    cuda_graph: bool = False,
) -> TensorRTBackend:
    """Open a graph of a bundle as an engine: from the user's cache, else built now and kept there.

    Args:
        graph: points, text or image.
        precision: as `Bundle.precision`.
        cuda_graph: as `TensorRTBackend`.
    Raises:
        BackendError: TensorRT, cuda-python or a GPU is missing, or the engine cannot be built.
        BundleError: the bundle does not hold the graph at this precision, or was altered.
    """
    options = options or BuilderOptions()
    precision = bundle.precision(graph, precision)
    model = bundle.graph(graph, precision)
    trt = load_tensorrt()
    gpu = Gpu.find()
    profile = graph_profile(bundle.manifest, graph)
    key = EngineKey(hashlib.sha256(model).hexdigest(), trt.__version__, gpu, profile, options)
    name = f"{bundle.manifest.name}/{graph}.{precision}"
    cache = EngineCache.of_user()
    with cache.lock(key):  # of two processes that start at once, one builds
        engine = _cached_engine(cache, key)
        if engine is None:
            engine = _built_engine(cache, key, model, name, precision)
        backend = TensorRTBackend(engine, profile, precision, cuda_graph)
        backend.hold(cache.in_use(key))
    return backend


def _cached_engine(cache: EngineCache, key: EngineKey) -> Any | None:
    plan = cache.load(key)
    if plan is None:
        return None
    engine = _load(plan)
    if engine is None:
        _log.warning("TensorRT does not take the engine in the cache (%s); it is built again", last_error("no reason"))
    return engine


def _built_engine(cache: EngineCache, key: EngineKey, model: bytes, name: str, precision: str) -> Any:
    """Build an engine, check that it computes as it should, and keep it."""
    _log.warning("building the TensorRT engine of %s for %s, once: this takes a while", name, key.gpu.name)
    built = build_plan(model, key.profile, name, cache.load_timings(key), key.options)
    engine = _load(built.plan)
    if engine is None:
        raise BackendError(f"TensorRT does not load the engine of {name} that it built: {last_error('no reason')}")
    share = require_precision(engine_layers(engine), precision, name)
    facts = {"name": name, "precision": precision, "fp16_share": share, "build_seconds": round(built.seconds, 1)}
    cache.save(key, built.plan, facts)
    cache.save_timings(key, built.timings)
    _log.info("built the engine of %s in %.0f s, %.1f MB", name, built.seconds, len(built.plan) / 1e6)
    return engine


def _load(plan: bytes) -> trt.ICudaEngine | None:
    """A plan of this program's as an engine, or None where TensorRT does not take it."""
    trt = load_tensorrt()
    with starting():
        runtime = trt.Runtime(tensorrt_logger())
    runtime.engine_host_code_allowed = False
    return runtime.deserialize_cuda_engine(plan)


class TensorRTBackend:
    """An engine and its buffers; see `backends.protocol.Backend`. Batches above the profile's are split."""

    def __init__(self, engine: trt.ICudaEngine, profile: Profile, precision: str, cuda_graph: bool = False) -> None:
        """Make an engine ready to run.

        Args:
            cuda_graph: launch batches of the same shapes as a CUDA graph from the second in a row on; where none can be
                recorded, a line says so and the engine runs without.
        Raises:
            BackendError: not enough memory to run the engine, or another graph's.
        """
        names = [*profile, GRAPH_OUTPUT]
        found = [engine.get_tensor_name(index) for index in range(engine.num_io_tensors)]
        if sorted(found) != sorted(names):
            raise BackendError(f"the engine has {', '.join(found)}; {', '.join(names)} are expected.")
        self.name = "tensorrt"
        self.precision = precision
        self._profile = profile
        self._most = next(iter(profile.values())).max[0]
        self._engine: trt.ICudaEngine | None = engine
        self._context: trt.IExecutionContext = engine.create_execution_context()
        if self._context is None:
            raise BackendError(f"TensorRT cannot run the engine: {last_error('not enough memory')}")
        self._held = contextlib.ExitStack()
        self._lock = threading.Lock()  # a context serves one run at a time
        self._buffers = {name: Buffer() for name in names}
        self._shapes: dict[str, Shape] = {}  # of the inputs that the context is set to
        self._output: Shape = ()  # the shape that follows for the features
        self._work = RepeatedWork(MOST_RECORDINGS if cuda_graph else 0)
        self._stream = int(cuda_call(load_cuda().cudaStreamCreate))  # 0 once closed

    def run(self, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        self._check(inputs)
        size = len(next(iter(inputs.values())))
        with self._lock:
            if not self._stream:
                raise BackendError("the backend is closed; open it again.")
            cuda_call(load_cuda().cudaSetDevice, DEVICE)  # this thread may be new to CUDA
            rows = [
                self._run_batch({name: array[start : start + self._most] for name, array in inputs.items()})
                for start in range(0, size, self._most)
            ]
        features = np.concatenate(rows)
        if not np.isfinite(features).all():
            raise BackendError(
                f"{self.name} gave NaN or infinite {GRAPH_OUTPUT} at {self.precision}. Use --precision fp32."
            )
        return {GRAPH_OUTPUT: features}

    def hold(self, resource: contextlib.AbstractContextManager[object]) -> None:
        """Enter `resource`, and leave it when the backend is closed."""
        self._held.enter_context(resource)

    def close(self) -> None:
        with self._lock, self._held:
            stream, self._stream = self._stream, 0
            if not stream:
                return
            with contextlib.suppress(BackendError):
                self._work.free()
            self._context = self._engine = None
            with contextlib.suppress(BackendError):  # a device that has failed gives nothing back
                for buffer in self._buffers.values():
                    buffer.free()
                cuda_call(load_cuda().cudaStreamDestroy, stream)

    def _check(self, inputs: dict[str, np.ndarray]) -> None:
        require_served(self._profile, {name: array.shape for name, array in inputs.items()})
        for name, array in inputs.items():
            if array.dtype != INPUT_TYPES[name]:
                raise BackendError(f"{name} must be {np.dtype(INPUT_TYPES[name])}, got {array.dtype}.")
        if len({len(array) for array in inputs.values()}) != 1:
            raise BackendError(f"inputs must be of one batch, got {[array.shape for array in inputs.values()]}.")

    def _run_batch(self, inputs: dict[str, np.ndarray]) -> np.ndarray:
        """Run one batch that the profile holds: (B, D)."""
        shapes = {name: array.shape for name, array in inputs.items()}
        if shapes != self._shapes:
            self._work.changed()
            self._shapes = {}  # and so it stays where a buffer that must grow cannot
        for name, array in inputs.items():
            self._buffers[name].write(array)
        if not self._shapes:
            self._output = self._set_shapes(shapes)
            self._shapes = shapes
        self._work.run(self._enqueue, self._stream)
        cuda_call(load_cuda().cudaStreamSynchronize, self._stream)
        features: np.ndarray = self._buffers[GRAPH_OUTPUT].host_array(self._output, np.dtype(np.float32)).copy()
        return features

    def _set_shapes(self, shapes: dict[str, Shape]) -> Shape:
        """Tell the context the shapes and where all buffers are, now that they are large enough; the output's shape."""
        context = self._context
        taken = all(context.set_input_shape(name, shape) for name, shape in shapes.items())
        output = tuple(context.get_tensor_shape(GRAPH_OUTPUT)) if taken else ()
        if not output or min(output) <= 0:
            raise self._failure(shapes)
        self._buffers[GRAPH_OUTPUT].reserve(_bytes(output))
        if not all(context.set_tensor_address(name, buffer.device) for name, buffer in self._buffers.items()):
            raise self._failure(shapes)
        return output

    def _enqueue(self, stream: int) -> None:
        """Put the copies and the run on the stream."""
        context = self._context
        for name, shape in self._shapes.items():
            self._buffers[name].upload(_bytes(shape), stream)
        if not context.execute_async_v3(stream):
            raise self._failure(self._shapes)
        self._buffers[GRAPH_OUTPUT].download(_bytes(self._output), stream)

    def _failure(self, shapes: dict[str, Shape]) -> BackendError:
        return BackendError(f"{self.name} failed on {shapes}: {last_error('it gave no reason')}")


def _bytes(shape: Shape) -> int:
    return 4 * math.prod(shape)  # float32 and int32
