"""Stands in for TensorRT: it records what it is asked, and its engines compute with ONNX Runtime.

The environment makes it another release (STANDIN_VERSION), one that ignores the graph's types (STANDIN_FP32), one that fails
(STANDIN_FAIL), or slow (STANDIN_BUILD_S); STANDIN_LOG names a file that gets a line for each build, of any process.
"""

from __future__ import annotations

import ctypes
import enum
import hashlib
import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from cuda.bindings import runtime

__version__ = os.environ.get("STANDIN_VERSION", "10.3.0")
calls: list[tuple[Any, ...]] = []


def count(call: str) -> int:
    """How often this was asked for, such as build."""
    return sum(made[0] == call for made in calls)


NetworkDefinitionCreationFlag = enum.IntEnum(
    "NetworkDefinitionCreationFlag", {"EXPLICIT_BATCH": 0, "STRONGLY_TYPED": 1}
)
ProfilingVerbosity = enum.Enum("ProfilingVerbosity", "LAYER_NAMES_ONLY DETAILED NONE")
BuilderFlag = enum.Enum("BuilderFlag", "DEBUG TF32")
MemoryPoolType = enum.Enum("MemoryPoolType", "WORKSPACE")
LayerInformationFormat = enum.Enum("LayerInformationFormat", "ONELINE JSON")


class ILogger:
    Severity = enum.Enum("Severity", "INTERNAL_ERROR ERROR WARNING INFO VERBOSE")


class IProgressMonitor:
    pass


class OptimizationProfile:
    def __init__(self) -> None:
        self.shapes: dict[str, tuple[Any, ...]] = {}

    def set_shape(self, input: str, min: Any, opt: Any, max: Any) -> None:
        self.shapes[input] = (min, opt, max)


class TimingCache:
    def __init__(self, content: bytes) -> None:
        self.content = content

    def serialize(self) -> bytes:
        return self.content + b"timing "


class Config:
    def __init__(self) -> None:
        self.timing: TimingCache | None = None
        self.profiles: list[OptimizationProfile] = []

    def clear_flag(self, flag: Any) -> None:
        calls.append(("clear_flag", flag.name))

    def set_memory_pool_limit(self, pool: Any, pool_size: int) -> None:
        calls.append(("set_memory_pool_limit", pool.name, pool_size))

    def add_optimization_profile(self, profile: OptimizationProfile) -> int:
        self.profiles.append(profile)
        return 0

    def create_timing_cache(self, content: bytes) -> TimingCache:
        return TimingCache(content)

    def set_timing_cache(self, cache: TimingCache, ignore_mismatch: bool) -> bool:
        fits = cache.content == b"" or cache.content.startswith(b"timing")
        calls.append(("set_timing_cache", cache.content, fits))
        self.timing = cache if fits else self.timing
        return fits

    def get_timing_cache(self) -> TimingCache | None:
        return self.timing


class Network:
    model = b""


class Builder:
    def __init__(self, logger: ILogger) -> None:
        self.logger: Any = logger

    def create_network(self, flags: int = 0) -> Network:
        calls.append(("create_network", flags))
        return Network()

    def create_builder_config(self) -> Config:
        return Config()

    def create_optimization_profile(self) -> OptimizationProfile:
        return OptimizationProfile()

    def build_serialized_network(self, network: Network, config: Any) -> bytearray | None:
        calls.append(
            ("build", config.profiles[0].shapes, config.profiling_verbosity.name, config.builder_optimization_level)
        )
        if log := os.environ.get("STANDIN_LOG"):
            with Path(log).open("a") as file:
                file.write(f"{os.getpid()}\n")
        monitor, steps = config.progress_monitor, 4
        monitor.phase_start("Building", None, steps)
        for step in range(steps):
            time.sleep(float(os.environ.get("STANDIN_BUILD_S", "0")) / steps)
            if not monitor.step_complete("Building", step):
                return None
        monitor.phase_finish("Building")
        if os.environ.get("STANDIN_FAIL") == "build":
            self.logger.log(ILogger.Severity.ERROR, "Error Code 10: no tactic\nmore")
            return None
        weights = onnx.load_from_string(network.model).graph.initializer
        half = (
            any(weight.data_type == onnx.TensorProto.FLOAT16 for weight in weights) and "STANDIN_FP32" not in os.environ
        )
        head = {"version": __version__, "half": half, "sha": hashlib.sha256(network.model).hexdigest()}
        return bytearray(json.dumps(head).encode() + b"\n" + network.model)


class ParserError:
    def desc(self) -> str:
        return "In node 3 (TopK): k is too large"


class OnnxParser:
    def __init__(self, network: Network, logger: ILogger) -> None:
        self.network = network
        self.num_errors = 0

    def parse(self, model: bytes) -> bool:
        if os.environ.get("STANDIN_FAIL") == "parse":
            self.num_errors = 1
            return False
        self.network.model = model
        return True

    def get_error(self, index: int) -> ParserError:
        return ParserError()


class Runtime:
    def __init__(self, logger: ILogger) -> None:
        self.logger: Any = logger
        self.engine_host_code_allowed = True

    def deserialize_cuda_engine(self, plan: bytes) -> Engine | None:
        assert not self.engine_host_code_allowed
        head, _, model = plan.partition(b"\n")
        facts = json.loads(head)
        if facts["version"] != __version__ or facts["sha"] != hashlib.sha256(model).hexdigest():
            self.logger.log(ILogger.Severity.ERROR, "Serialization Error in verifyHeader: wrong magic tag")
            return None
        calls.append(("deserialize",))
        return Engine(model, facts["half"], self.logger)


class Engine:
    def __init__(self, model: bytes, half: bool, logger: Any) -> None:
        self.logger = logger
        self.session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
        self.half = half
        self.num_layers = 2
        self.names = [value.name for value in (*self.session.get_inputs(), *self.session.get_outputs())]
        self.num_io_tensors = len(self.names)

    def get_tensor_name(self, index: int) -> str:
        return str(self.names[index])

    def create_engine_inspector(self) -> Engine:
        return self

    def get_layer_information(self, index: int, format: Any) -> str:
        assert format is LayerInformationFormat.JSON
        kind = "Half" if self.half and index else "Float"
        return json.dumps({"Name": f"layer {index}", "Outputs": [{"Name": "x", "Format/Datatype": kind}]})

    def create_execution_context(self) -> Context:
        return Context(self)


class Context:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.addresses: dict[str, int] = {}
        self.settled = False  # has run since its shapes changed, as TensorRT wants before a graph is recorded

    def set_input_shape(self, name: str, shape: tuple[int, ...]) -> bool:
        self.shapes[name] = shape
        self.settled = False
        return True

    def set_tensor_address(self, name: str, memory: int) -> bool:
        self.addresses[name] = memory
        return True

    def get_tensor_shape(self, name: str) -> tuple[int, ...]:
        return next(iter(self.shapes.values()))[0], self.engine.session.get_outputs()[0].shape[-1]

    def execute_async_v3(self, stream_handle: int) -> bool:
        assert self.settled or not runtime.recording
        if runtime.recording and runtime.fails_at("execute"):
            self.engine.logger.log(
                ILogger.Severity.ERROR, "Error Code 1: operation not permitted when stream is capturing"
            )
            return False
        self.settled = True
        calls.append(("record" if runtime.recording else "execute", dict(self.shapes)))
        shapes, addresses = dict(self.shapes), dict(self.addresses)
        runtime.enqueue(stream_handle, lambda: self.compute(shapes, addresses))
        return True

    def compute(self, shapes: dict[str, tuple[int, ...]], addresses: dict[str, int]) -> None:
        calls.append(("compute", shapes))
        assert {*addresses.values()} <= {*runtime.memory}
        inputs = {}
        for value in self.engine.session.get_inputs():
            dtype, shape = np.dtype(np.int32 if "int32" in value.type else np.float32), shapes[value.name]
            size = int(np.prod(shape)) * dtype.itemsize
            inputs[value.name] = np.frombuffer(ctypes.string_at(addresses[value.name], size), dtype).reshape(shape)
        features = np.ascontiguousarray(self.engine.session.run(None, inputs)[0])
        ctypes.memmove(addresses["features"], features.ctypes.data, features.nbytes)
