"""Engines launched as CUDA graphs, on the stand-in, which upholds the rules of recording: no allocation, no waiting."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from cg3d_runtime import BackendError, Bundle
from cg3d_runtime.backends.tensorrt.backend import TensorRTBackend, open_tensorrt
from cg3d_runtime.backends.tensorrt.cuda_graph import MOST_RECORDINGS


@pytest.fixture
def cuda(standin: Any) -> Any:
    from cuda.bindings import runtime

    return runtime


@pytest.fixture
def backend(bundle: Bundle, cuda: Any) -> Iterator[TensorRTBackend]:
    opened = open_tensorrt(bundle, "points", cuda_graph=True)
    yield opened
    opened.close()


def clouds(batch: int, seed: int = 0) -> dict[str, np.ndarray]:
    return {"points": np.random.default_rng(seed).standard_normal((batch, 64, 3), dtype=np.float32)}


def test_it_is_recorded_at_the_second_run_and_launched_from_then_on(
    bundle: Bundle, standin: Any, backend: TensorRTBackend
) -> None:
    plain = open_tensorrt(bundle, "points")
    expected = [plain.run(clouds(1, seed))["features"] for seed in range(5)]
    standin.calls.clear()
    found = [backend.run(clouds(1, seed))["features"] for seed in range(5)]
    assert np.array_equal(found, expected)
    assert [call[0] for call in standin.calls] == ["execute", "compute", "record", *4 * ["compute"]]


def test_without_the_option_nothing_is_recorded(bundle: Bundle, standin: Any) -> None:
    plain = open_tensorrt(bundle, "points")
    for _ in range(3):
        plain.run(clouds(1))
    assert standin.count("record") == 0


def test_other_shapes_run_plainly_and_then_get_their_own_graph(
    bundle: Bundle, standin: Any, cuda: Any, backend: TensorRTBackend
) -> None:
    plain = open_tensorrt(bundle, "points")
    for batch in (1, 1, 8, 8, 8, 1, 40, 1, 1):  # 40: above the profile's, so it is split
        found = backend.run(clouds(batch, batch))["features"]
        assert np.array_equal(found, plain.run(clouds(batch, batch))["features"])
        assert len(cuda.graphs) <= 1
    recorded = [call[1]["points"][0] for call in standin.calls if call[0] == "record"]
    assert recorded == [1, 8, 1]


def test_shapes_that_keep_changing_end_the_recording_with_a_line(
    standin: Any, backend: TensorRTBackend, caplog: pytest.LogCaptureFixture
) -> None:
    for index in range(2 * MOST_RECORDINGS):
        for _ in range(2):
            backend.run(clouds(1 + index % 2))
    assert standin.count("record") == MOST_RECORDINGS
    assert caplog.text.count("too often for CUDA graphs") == 1


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        ("begin", "cudaStreamBeginCapture: cudaErrorStreamCaptureUnsupported"),
        ("execute", "operation not permitted when stream is capturing"),
        ("end", "cudaStreamEndCapture: cudaErrorStreamCaptureInvalidated"),
        ("instantiate", "cudaGraphInstantiate: cudaErrorNotSupported"),
    ],
)
def test_what_cannot_be_recorded_runs_without_and_says_so_once(
    bundle: Bundle,
    standin: Any,
    cuda: Any,
    backend: TensorRTBackend,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    step: str,
    reason: str,
) -> None:
    expected = backend.run(clouds(1))["features"]
    monkeypatch.setenv("STANDIN_CAPTURE", step)
    for _ in range(3):
        assert np.array_equal(backend.run(clouds(1))["features"], expected)
    assert caplog.text.count("the engine runs without a CUDA graph") == 1
    assert reason in caplog.text
    assert (cuda.recording, cuda.graphs, cuda.errors) == ([], [], [])


def test_closing_gives_the_graph_back(cuda: Any, backend: TensorRTBackend) -> None:
    for _ in range(3):
        backend.run(clouds(1))
    assert len(cuda.graphs) == 1
    backend.close()
    assert (cuda.graphs, cuda.memory) == ([], {})
    with pytest.raises(BackendError, match="closed"):
        backend.run(clouds(1))
