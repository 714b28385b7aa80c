"""Backends run what they say they run, or say why not."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from cg3d_runtime import BackendError, Bundle, BundleError
from cg3d_runtime.backends import encode, open_backend, prove
from cg3d_runtime.backends.onnx import OnnxBackend, devices
from cg3d_runtime.backends.protocol import GRAPH_INPUTS

no_gpu = pytest.mark.skipif("cuda" in devices(), reason="this ONNX Runtime was built for CUDA")


@pytest.fixture
def bundle(tiny_bundle: Path) -> Bundle:
    return Bundle.open(tiny_bundle)


@pytest.fixture
def points() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((2, 64, 3), dtype=np.float32)


@pytest.mark.parametrize("graph", GRAPH_INPUTS)
def test_the_cpu_proves_itself_on_every_graph(bundle: Bundle, graph: str) -> None:
    backend = open_backend(bundle, graph, "cpu", threads=1)
    assert (backend.name, backend.precision) == ("onnxruntime-cpu", "fp32")
    prove(backend, graph, bundle.test_vectors())
    backend.close()


def test_fp16_agrees_with_fp32(bundle: Bundle, points: np.ndarray) -> None:
    exact, half = (open_backend(bundle, "points", "cpu", precision) for precision in ("fp32", "fp16"))
    assert half.precision == "fp16"
    prove(half, "points", bundle.test_vectors())
    features = half.run({"points": points})["features"]
    assert features.dtype == np.float32
    assert features == pytest.approx(exact.run({"points": points})["features"], abs=5e-3)


@no_gpu
def test_auto_takes_the_cpu_where_there_is_no_gpu(bundle: Bundle) -> None:
    assert open_backend(bundle, "points").name == "onnxruntime-cpu"


@no_gpu
def test_a_backend_asked_for_by_name_never_falls_back(bundle: Bundle) -> None:
    with pytest.raises(BackendError, match=r"knows no cuda; it knows cpu\. .*pip install onnxruntime-gpu"):
        open_backend(bundle, "points", "cuda")


@pytest.mark.gpu
@pytest.mark.skipif("cuda" not in devices(), reason="this ONNX Runtime was not built for CUDA")
@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_cuda_agrees_with_the_cpu(bundle: Bundle, points: np.ndarray, precision: str) -> None:
    cuda, cpu = (open_backend(bundle, "points", device, precision) for device in ("cuda", "cpu"))
    assert cuda.name == "onnxruntime-cuda"
    assert cuda.run({"points": points})["features"] == pytest.approx(cpu.run({"points": points})["features"], abs=5e-3)


@pytest.mark.parametrize("wanted", ["gpu", "openvino", ""])
def test_an_unknown_backend(bundle: Bundle, wanted: str) -> None:
    with pytest.raises(BackendError, match="is not known; choose one of auto, cpu, cuda"):
        open_backend(bundle, "points", wanted)


@pytest.mark.parametrize("wanted", ["cpu", "cuda"])
def test_a_cuda_graph_needs_tensorrt(bundle: Bundle, wanted: str) -> None:
    with pytest.raises(BackendError, match=f"a CUDA graph needs --backend tensorrt .*, got {wanted}"):
        open_backend(bundle, "points", wanted, cuda_graph=True)


@no_gpu
def test_auto_without_a_gpu_needs_no_cuda_graph(bundle: Bundle) -> None:
    assert open_backend(bundle, "points", cuda_graph=True).name == "onnxruntime-cpu"


@pytest.mark.parametrize(
    "features", [np.float32(1), np.zeros((0, 16), np.float32), np.array([["a"] * 16] * 2), np.ones((2, 16), int)]
)
def test_vectors_that_are_no_features_prove_nothing(bundle: Bundle, features: np.ndarray) -> None:
    backend = open_backend(bundle, "points", "cpu", threads=1)
    vectors = bundle.test_vectors() | {"points_features": np.asarray(features)}
    with pytest.raises(BackendError, match="do not fit each other"):
        prove(backend, "points", vectors)
    with pytest.raises(BackendError, match="do not fit each other"):
        prove(backend, "points", bundle.test_vectors() | {"points": np.array(1.0)})


def test_a_precision_that_the_bundle_lacks(bundle: Bundle) -> None:
    with pytest.raises(BundleError, match="no int8 points graph in this bundle; it has: fp16, fp32"):
        open_backend(bundle, "points", "cpu", "int8")


@pytest.mark.parametrize("wanted", ["auto", "cpu", "cuda"])
def test_without_onnxruntime_the_line_to_type(bundle: Bundle, monkeypatch: pytest.MonkeyPatch, wanted: str) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(BackendError, match=r"no inference library: .*pip install onnxruntime"):
        open_backend(bundle, "points", wanted)


def test_wrong_numbers_are_no_proof(bundle: Bundle) -> None:
    backend, vectors = open_backend(bundle, "points", "cpu"), bundle.test_vectors()
    with pytest.raises(BackendError, match=r"computes the points graph wrongly: cosine -1\.0000 .*0\.9999 is needed"):
        prove(backend, "points", vectors | {"points_features": -vectors["points_features"]})
    with pytest.raises(BackendError, match=r"'features' of shape \(2, 8\), got {'features': \(2, 16\)}"):
        prove(backend, "points", vectors | {"points_features": vectors["points_features"][:, :8]})
    with pytest.raises(BackendError, match="the bundle's test vectors lack points_features"):
        prove(backend, "points", {"points": vectors["points"]})
    with pytest.raises(BackendError, match=r"do not fit each other: .*'points_features': \(1, 16\)"):
        prove(backend, "points", vectors | {"points_features": vectors["points_features"][:1]})
    with pytest.raises(BackendError, match="computes the points graph wrongly: cosine nan"):  # NaN compares to nothing
        prove(backend, "points", vectors | {"points_features": np.full_like(vectors["points_features"], np.nan)})


def test_features_that_are_not_finite_are_refused(bundle: Bundle, points: np.ndarray) -> None:
    points[0, 0, 0] = np.nan
    with pytest.raises(BackendError, match="gave NaN or infinite 'features' at fp32"):
        open_backend(bundle, "points", "cpu").run({"points": points})


@pytest.mark.parametrize(
    "inputs", [{"points": np.zeros((1, 64, 4), np.float32)}, {"points": np.zeros((1, 64, 3))}, {"cloud": np.zeros(1)}]
)
def test_inputs_that_do_not_fit_are_shown(
    bundle: Bundle, inputs: dict[str, np.ndarray], capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(BackendError, match=r"onnxruntime-cpu failed on .*float(32|64)\("):
        open_backend(bundle, "points", "cpu").run(inputs)
    assert capfd.readouterr() == ("", "")


def test_a_graph_with_another_output_is_refused(bundle: Bundle, points: np.ndarray) -> None:
    model = onnx.load_from_string(bundle.graph("points"))
    model.graph.node[-1].output[0] = model.graph.output[0].name = "embedding"
    backend = OnnxBackend(model.SerializeToString(), "cpu", "fp32")
    with pytest.raises(BackendError, match=r"must give 'features' of shape \(2, 16\), got {'embedding': \(2, 16\)}"):
        encode(backend, {"points": points}, 16)


@pytest.mark.parametrize("model", [b"", b"\x08\x0a", b"\x20\0\0\0ORTM" + bytes(64)])
def test_a_graph_that_does_not_load(model: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(BackendError, match="onnxruntime-cpu cannot open the graph"):
        OnnxBackend(model, "cpu", "fp32")
    assert capfd.readouterr() == ("", "")


def test_warnings_of_onnxruntime_stay_inside(bundle: Bundle, capfd: pytest.CaptureFixture[str]) -> None:
    model = onnx.load_from_string(bundle.graph("points"))
    model.graph.initializer.append(numpy_helper.from_array(np.zeros(3, np.float32), "unused"))  # ORT warns of it
    OnnxBackend(model.SerializeToString(), "cpu", "fp32").close()
    assert capfd.readouterr() == ("", "")


def test_threads_reach_the_session(bundle: Bundle) -> None:
    backend: Any = open_backend(bundle, "points", "cpu", threads=3)
    assert backend._session.get_session_options().intra_op_num_threads == 3


def test_an_altered_graph_is_not_opened(
    own_bundle: Path, edit_manifest: Callable[[Callable[[dict[str, Any]], object]], Path]
) -> None:
    edit_manifest(lambda tree: tree["graphs"]["points"]["fp32"].update(sha256="0" * 64))
    with pytest.raises(BundleError, match="altered or cut short"):
        open_backend(Bundle.open(own_bundle), "points", "cpu")


@pytest.mark.parametrize("threads", [0, -1, 20_000_000_000, "4", 2.5])
def test_threads_that_no_machine_has(bundle: Bundle, threads: Any) -> None:
    with pytest.raises(BackendError, match=r"^threads must be a whole number from 1 to 1024, or None, got .*\.$"):
        open_backend(bundle, "points", "cpu", threads=threads)
