"""The real thing: TensorRT on a GPU against ONNX Runtime on the CPU, with the bundle that ships."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from cg3d_runtime import BackendError, Bundle
from cg3d_runtime.backends import Backend, open_backend
from cg3d_runtime.backends.tensorrt.backend import open_tensorrt
from cg3d_runtime.backends.tensorrt.device import Gpu
from cg3d_runtime.backends.tensorrt.inspection import LEAST_FP16_SHARE
from cg3d_runtime.backends.tensorrt.library import load_tensorrt
from cg3d_runtime.bundle import BUNDLE_IN_WHEEL

pytestmark = [pytest.mark.gpu, pytest.mark.slow, pytest.mark.usefixtures("gpu")]


@pytest.fixture(scope="module")
def gpu() -> Gpu:
    """The GPU, or a skip that names what is missing."""
    try:
        load_tensorrt()
        return Gpu.find()
    except BackendError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def shipped() -> Bundle:
    return Bundle.open(BUNDLE_IN_WHEEL)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(params=["points fp32", "points fp16", "text fp16", "image fp16"])
def backends(
    request: pytest.FixtureRequest, gpu: Gpu, shipped: Bundle, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, Backend, Backend]]:
    """A graph, on the GPU (which proves itself when it is opened) and on the CPU."""
    monkeypatch.setenv("CG3D_CACHE", str(cache))
    graph, precision = request.param.split()
    opened = [open_backend(shipped, graph, device, precision) for device in ("tensorrt", "cpu")]
    yield graph, *opened
    for backend in opened:
        backend.close()


def inputs(bundle: Bundle, graph: str, batch: int) -> dict[str, np.ndarray]:
    """Test vectors over and over."""
    names = {"points": ["points"], "text": ["token_ids", "eot"], "image": ["image"]}[graph]
    vectors = bundle.test_vectors()
    return {name: np.resize(vectors[name], (batch, *vectors[name].shape[1:])) for name in names}


@pytest.mark.parametrize("batch", [1, 2, 33, 70])
def test_it_agrees_with_the_cpu_at_every_batch(
    backends: tuple[str, Backend, Backend], shipped: Bundle, batch: int
) -> None:
    graph, on_gpu, on_cpu = backends
    arrays = inputs(shipped, graph, batch)
    found, expected = (backend.run(arrays)["features"] for backend in (on_gpu, on_cpu))
    least = {"fp32": 0.99999, "fp16": 0.999}[on_gpu.precision]
    assert (found * expected).sum(axis=1).min() >= least
    assert found.shape == expected.shape and found.dtype == np.float32


def test_the_same_input_gives_the_same_answer(backends: tuple[str, Backend, Backend], shipped: Bundle) -> None:
    graph, on_gpu, _ = backends
    first, second = (on_gpu.run(inputs(shipped, graph, 2))["features"] for _ in range(2))
    assert first.tobytes() == second.tobytes()


def test_a_cuda_graph_gives_the_same_answer(
    backends: tuple[str, Backend, Backend], shipped: Bundle, caplog: pytest.LogCaptureFixture
) -> None:
    graph, on_gpu, _ = backends
    recorded = open_tensorrt(shipped, graph, on_gpu.precision, cuda_graph=True)
    for batch in (1, 1, 1, 4, 4, 4):
        arrays = inputs(shipped, graph, batch)
        found, expected = (backend.run(arrays)["features"] for backend in (recorded, on_gpu))
        assert found.tobytes() == expected.tobytes()
    recorded.close()
    assert "without a CUDA graph" not in caplog.text


def test_fp16_engines_are_fp16(backends: tuple[str, Backend, Backend], cache: Path) -> None:
    records = [json.loads(path.read_text()) for path in (cache / "engines").glob("*.json")]
    halves = [record["fp16_share"] for record in records if record["precision"] == "fp16"]
    assert all(share >= LEAST_FP16_SHARE for share in halves)
    assert [record["fp16_share"] for record in records if record["precision"] == "fp32"] in ([], [0.0])
