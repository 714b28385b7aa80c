"""Builds on the stand-in: what the builder is told, how a build fails, ends early or tells how far it is."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cg3d_runtime import BackendError, Bundle
from cg3d_runtime.backends import open_backend
from cg3d_runtime.backends.tensorrt import progress
from cg3d_runtime.backends.tensorrt.backend import open_tensorrt
from cg3d_runtime.backends.tensorrt.builder import BuilderOptions
from cg3d_runtime.backends.tensorrt.inspection import require_precision


def test_what_the_builder_is_told(bundle: Bundle, standin: Any) -> None:
    open_backend(bundle, "text", "tensorrt")
    calls = standin.calls[:5]
    assert ("create_network", 1 << standin.NetworkDefinitionCreationFlag.STRONGLY_TYPED) in calls
    assert ("clear_flag", "TF32") in calls
    assert ("set_memory_pool_limit", "WORKSPACE", 2 << 30) in calls  # half of what is free
    shapes = {"token_ids": ((1, 2), (32, 16), (64, 32)), "eot": ((1,), (32,), (64,))}  # the tiny context has 32 tokens
    assert ("build", shapes, "DETAILED", 3) in calls


@pytest.mark.parametrize("level", [0, 5])
def test_the_optimization_level_reaches_the_builder_and_gets_its_own_engine(
    bundle: Bundle, standin: Any, level: int
) -> None:
    for options in (None, BuilderOptions(level), BuilderOptions(level)):
        open_tensorrt(bundle, "points", options=options).close()
    assert [call[-1] for call in standin.calls if call[0] == "build"] == [3, level]
    with pytest.raises(BackendError, match="optimization level must be 0 to 5, got 6"):
        BuilderOptions(6)


def test_fp16_that_was_built_as_fp32_is_not_used(
    bundle: Bundle,
    standin: Any,
    engines: Callable[[str], list[Path]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("STANDIN_FP32", "1")
    with pytest.raises(BackendError, match=r"FP16 was asked for, but .*tiny/points\.fp16 .*has 0% FP16 layers of 2"):
        open_backend(bundle, "points", "tensorrt", "fp16")
    assert engines("*.plan") == []
    assert open_backend(bundle, "points", "auto", "fp16").name == "onnxruntime-cpu"
    assert "not on tensorrt: FP16 was asked for" in caplog.text
    open_backend(bundle, "points", "tensorrt", "fp32")


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (
            "parse",
            r"TensorRT 10\.3\.0 does not take the graph of tiny/points\.fp32: In node 3 \(TopK\): k is too large",
        ),
        ("build", r"cannot build tiny/points\.fp32: Error Code 10: no tactic$"),
    ],
)
def test_builds_that_fail(
    bundle: Bundle, standin: Any, monkeypatch: pytest.MonkeyPatch, step: str, message: str
) -> None:
    monkeypatch.setenv("STANDIN_FAIL", step)
    with pytest.raises(BackendError, match=message):
        open_backend(bundle, "points", "tensorrt")
    monkeypatch.delenv("STANDIN_FAIL")
    open_backend(bundle, "points", "tensorrt")


def test_ctrl_c_ends_a_build_and_leaves_nothing(
    bundle: Bundle, standin: Any, engines: Callable[[str], list[Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    class CtrlC(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            signal.raise_signal(signal.SIGINT)

    logger, handler = logging.getLogger("cg3d_runtime.backends.tensorrt.progress"), CtrlC()
    monkeypatch.setattr(progress, "INTERVAL_S", 0.0)
    monkeypatch.setattr(logger, "handlers", [handler])
    monkeypatch.setattr(logger, "level", logging.INFO)
    logger.manager._clear_cache()
    # A shell starts what it runs in the background with Ctrl-C ignored, these tests included.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            open_backend(bundle, "points", "tensorrt")
    finally:
        signal.signal(signal.SIGINT, before)
    assert standin.count("build") == 1
    assert engines("*.plan") == engines("*.json") == []


def test_progress_is_logged(
    bundle: Bundle, standin: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    monkeypatch.setattr(progress, "INTERVAL_S", 0.0)
    open_backend(bundle, "points", "tensorrt")
    told = [record.getMessage() for record in caplog.records if record.name.endswith("progress")]
    assert told == [f"building the engine of tiny/points.fp32: {share} %" for share in (25, 50, 75, 100)]


def test_an_fp16_engine_must_show_it(standin: Any) -> None:
    half, single = ({"Outputs": [{"Format/Datatype": kind}]} for kind in ("Half", "Float"))
    assert require_precision([half], "fp16", "points") == 1.0
    assert require_precision([single], "fp32", "points") == 0.0
    with pytest.raises(
        BackendError, match=r"points that TensorRT 10\.3\.0 built has 0% FP16 layers of 1; at least 10%"
    ):
        require_precision([single], "fp16", "points")
    with pytest.raises(BackendError, match="tells of no datatype of 2"):
        require_precision(["a", "b"], "fp16", "points")
