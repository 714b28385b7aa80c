"""Building plans: ONNX graphs compiled by TensorRT for this GPU."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

from cg3d_runtime.backends.tensorrt.device import free_memory
from cg3d_runtime.backends.tensorrt.library import last_error, load_tensorrt, starting, tensorrt_logger
from cg3d_runtime.backends.tensorrt.profile import Profile
from cg3d_runtime.backends.tensorrt.progress import progress_monitor
from cg3d_runtime.errors import BackendError

if TYPE_CHECKING:
    import tensorrt as trt

OPTIMIZATION_LEVELS = range(6)
WORKSPACE_SHARE = 0.5  # of the free memory: a Jetson's is also the system's

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class BuilderOptions:
    """What a user may choose about a build.

    Attributes:
        optimization_level: 0 (fast build) to 5 (slow build, fast engine); 3 is TensorRT's own choice.
    """

    optimization_level: int = 3

    def __post_init__(self) -> None:
        """Raises: BackendError: no such level."""
        if self.optimization_level not in OPTIMIZATION_LEVELS:
            raise BackendError(f"optimization level must be 0 to 5, got {self.optimization_level}.")


@dataclass(frozen=True)
class BuiltPlan:
    """A plan, the timings that made it (for the next build), and how long it took."""

    plan: bytes
    timings: bytes
    seconds: float


def build_plan(model: bytes, profile: Profile, name: str, timings: bytes, options: BuilderOptions) -> BuiltPlan:
    """Build a strongly typed engine: it computes in the graph's own types, and nothing else.

    Args:
        model: a serialised ONNX graph without external data.
        name: of the engine, for messages.
        timings: a timing cache of the same TensorRT and GPU, or nothing.
    Raises:
        BackendError: TensorRT does not take the graph, or cannot build it here.
        KeyboardInterrupt: Ctrl-C was pressed meanwhile.
    """
    trt = load_tensorrt()
    started = perf_counter()
    with starting():
        builder = trt.Builder(tensorrt_logger())
    network = builder.create_network(1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED))
    parser = trt.OnnxParser(network, tensorrt_logger())
    _parse(parser, model, name)
    config = builder.create_builder_config()
    config.builder_optimization_level = options.optimization_level
    config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED  # lets the inspection see precisions
    config.clear_flag(trt.BuilderFlag.TF32)  # it would reorder the nearest neighbours
    config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, int(free_memory() * WORKSPACE_SHARE))
    config.add_optimization_profile(_optimization_profile(builder, profile))
    _use_timings(config, timings)
    monitor = progress_monitor(name)
    config.progress_monitor = monitor
    plan = builder.build_serialized_network(network, config)
    if monitor.interrupted:
        raise KeyboardInterrupt
    if plan is None:
        raise BackendError(f"TensorRT {trt.__version__} cannot build {name}: {last_error('it gave no reason')}")
    cache = config.get_timing_cache()
    made = b"" if cache is None else bytes(cache.serialize())
    return BuiltPlan(bytes(plan), made, perf_counter() - started)


def _parse(parser: trt.OnnxParser, model: bytes, name: str) -> None:
    if parser.parse(model):
        return
    reasons = [parser.get_error(index).desc() for index in range(parser.num_errors)]
    raise BackendError(
        f"TensorRT {load_tensorrt().__version__} does not take the graph of {name}: "
        f"{'; '.join(reasons)[:300] or last_error('it gave no reason')}. Export the bundle again with this version of CG3D."
    )


def _optimization_profile(builder: trt.Builder, profile: Profile) -> trt.IOptimizationProfile:
    made = builder.create_optimization_profile()
    for name, shapes in profile.items():
        made.set_shape(name, min=shapes.min, opt=shapes.opt, max=shapes.max)
    return made


def _use_timings(config: trt.IBuilderConfig, timings: bytes) -> None:
    """Start from earlier timings; what TensorRT does not take costs time, never the build."""
    cache = config.create_timing_cache(timings)
    if cache is None or not config.set_timing_cache(cache, ignore_mismatch=False):
        _log.info("the timing cache is of another TensorRT or GPU; it starts anew")
        empty = config.create_timing_cache(b"")
        config.set_timing_cache(empty, ignore_mismatch=False)
