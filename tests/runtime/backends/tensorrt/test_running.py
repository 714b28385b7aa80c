"""Engines that run, on the stand-in: the protocol of a backend, and what happens where TensorRT is missing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cg3d_runtime import BackendError, Bundle
from cg3d_runtime.backends import open_backend, prove
from cg3d_runtime.backends.tensorrt import library
from cg3d_runtime.backends.tensorrt.backend import open_tensorrt

STANDIN = Path(__file__).parent / "standin"


@pytest.mark.parametrize("graph", ["points", "text", "image"])
def test_every_graph_proves_itself_and_is_built_once(bundle: Bundle, standin: Any, graph: str) -> None:
    for _ in range(2):
        backend = open_backend(bundle, graph, "tensorrt")
        assert (backend.name, backend.precision) == ("tensorrt", "fp32")
        prove(backend, graph, bundle.test_vectors())
        backend.close()
    assert standin.count("build") == 1


def test_auto_tries_tensorrt_first_and_falls_back_with_a_line(
    bundle: Bundle, standin: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert open_backend(bundle, "points").name == "tensorrt"
    monkeypatch.setenv("STANDIN_NO_GPU", "1")
    assert open_backend(bundle, "points").name.startswith("onnxruntime")
    assert "not on tensorrt: cudaGetDeviceProperties: cudaErrorNoDevice" in caplog.text
    with pytest.raises(BackendError, match="cudaErrorNoDevice"):
        open_backend(bundle, "points", "tensorrt")


def test_batches_are_split_and_buffers_reused(bundle: Bundle, standin: Any) -> None:
    from cuda.bindings import runtime as cuda

    points = np.random.default_rng(0).standard_normal((70, 64, 3), dtype=np.float32)
    backend = open_backend(bundle, "points", "tensorrt")
    first = backend.run({"points": points})["features"]
    allocated = len(cuda.allocations)
    assert backend.run({"points": points})["features"].tobytes() == first.tobytes()
    assert len(cuda.allocations) == allocated
    assert [call[1]["points"][0] for call in standin.calls if call[0] == "execute"][-3:] == [32, 32, 6]
    assert first == pytest.approx(open_backend(bundle, "points", "cpu").run({"points": points})["features"], abs=1e-6)
    assert not np.shares_memory(first, backend.run({"points": points[:1]})["features"])
    backend.close()
    backend.close()
    assert cuda.memory == {}
    with pytest.raises(BackendError, match="closed"):
        backend.run({"points": points})


@pytest.mark.parametrize("cuda_graph", [False, True])
def test_a_batch_that_finds_no_memory_does_not_spoil_the_next(
    bundle: Bundle, standin: Any, monkeypatch: pytest.MonkeyPatch, cuda_graph: bool
) -> None:
    points = np.random.default_rng(0).standard_normal((8, 64, 3), dtype=np.float32)
    backend = open_tensorrt(bundle, "points", cuda_graph=cuda_graph)
    first, _ = (backend.run({"points": points[:1]})["features"] for _ in range(2))
    monkeypatch.setenv("STANDIN_FULL", "1")
    with pytest.raises(BackendError, match=r"cudaErrorMemoryAllocation\. The GPU's memory is full"):
        backend.run({"points": points})
    monkeypatch.delenv("STANDIN_FULL")
    assert backend.run({"points": points[:1]})["features"].tobytes() == first.tobytes()
    assert backend.run({"points": points})["features"].shape == (8, 16)


def test_several_threads_share_a_backend(bundle: Bundle, standin: Any) -> None:
    clouds = np.random.default_rng(0).standard_normal((24, 1, 64, 3), dtype=np.float32)
    backend = open_backend(bundle, "points", "tensorrt")
    expected = [backend.run({"points": cloud})["features"] for cloud in clouds]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda cloud: backend.run({"points": cloud})["features"], clouds))
    assert np.array_equal(found, expected)


def test_views_that_are_not_contiguous_are_copied_right(bundle: Bundle, standin: Any) -> None:
    points = np.random.default_rng(0).standard_normal((64, 3, 4), dtype=np.float32)
    backend = open_backend(bundle, "points", "tensorrt")
    strided, plain = points.transpose(2, 0, 1), np.ascontiguousarray(points.transpose(2, 0, 1))
    assert (
        backend.run({"points": strided})["features"].tobytes() == backend.run({"points": plain})["features"].tobytes()
    )


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"points": np.zeros((1, 65, 3), np.float32)}, r"\(1, 65, 3\) does not fit .*\(1, 64, 3\) to \(32, 64, 3\)"),
        ({"points": np.zeros((0, 64, 3), np.float32)}, "does not fit"),
        ({"points": np.zeros((1, 64, 3))}, "must be float32, got float64"),
        ({"cloud": np.zeros((1, 64, 3), np.float32)}, "the engine takes points; got cloud"),
        ({"points": np.full((1, 64, 3), np.nan, np.float32)}, "gave NaN or infinite features at fp32"),
    ],
)
def test_inputs_that_do_not_fit(bundle: Bundle, standin: Any, inputs: dict[str, np.ndarray], message: str) -> None:
    with pytest.raises(BackendError, match=message):
        open_backend(bundle, "points", "tensorrt").run(inputs)


def test_texts_and_their_ends_must_be_one_batch(bundle: Bundle, standin: Any) -> None:
    with pytest.raises(BackendError, match="of one batch"):
        open_backend(bundle, "text", "tensorrt").run(
            {"token_ids": np.zeros((2, 4), np.int32), "eot": np.zeros(3, np.int32)}
        )


def test_what_is_missing_is_named(bundle: Bundle, standin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    standin.__version__ = "8.6.1"
    library.load_tensorrt.cache_clear()
    with pytest.raises(BackendError, match=r"TensorRT 8\.6\.1 is installed; 10\.3 or later is needed"):
        open_backend(bundle, "points", "tensorrt")
    standin.__version__ = "11.4.0.106"
    for name in ("cuda.bindings.runtime", "cuda.cudart"):
        monkeypatch.setitem(sys.modules, name, None)
    library.load_cuda.cache_clear()
    with pytest.raises(BackendError, match=r"needs cuda-python.*pip install cuda-python"):
        open_backend(bundle, "points", "tensorrt")
    monkeypatch.setitem(sys.modules, "tensorrt", None)
    library.load_tensorrt.cache_clear()
    with pytest.raises(BackendError, match=r"TensorRT cannot be imported: .*--system-site-packages"):
        open_backend(bundle, "points", "tensorrt")


def test_cuda_python_before_12_6_serves_too(bundle: Bundle, standin: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from cuda.bindings import runtime

    monkeypatch.setitem(sys.modules, "cuda.cudart", runtime)
    monkeypatch.setitem(sys.modules, "cuda.bindings.runtime", None)
    library.load_cuda.cache_clear()
    assert open_backend(bundle, "points", "tensorrt").name == "tensorrt"


def test_the_command_line_shows_the_build_and_names_the_backend(
    tiny_bundle: Path, tmp_path: Path, make_scan: Callable[..., Path]
) -> None:
    own = Path(shutil.copytree(tiny_bundle, tmp_path / "bundle"))
    (tmp_path / "labels.txt").write_text("mug\nbowl\n")
    run = "import sys; from cg3d_runtime.infer.cli import main; main()"
    options = [str(make_scan()), "--labels", str(tmp_path / "labels.txt"), "--bundle", str(own), "--json"]
    variables = {**os.environ, "PYTHONPATH": str(STANDIN)}
    command = [sys.executable, "-c", run, *options, "--backend", "tensorrt"]
    ran = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
    assert json.loads(ran.stdout)["backend"] == "tensorrt"
    lines = ran.stderr.splitlines()
    assert lines[-1] == "cg3d-infer: tiny on tensorrt, fp32, 2 labels"
    assert sum("once: this takes a while" in line for line in lines) == 2  # texts, then points
    assert all(line.startswith("cg3d-infer: ") for line in lines)
