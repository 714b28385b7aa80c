"""The model of whole scans: its configuration as Triton's protobuf reads it, and its answers: with a stand-in for the module
that Triton gives it, and from a real Triton server, where there is one.

The server is the one inside the wheel of nvidia-pytriton, which needs no GPU, but a NumPy before 2 where Python runs:

    pip install --no-deps nvidia-pytriton                   # here, and in an environment of the same version of Python:
    pip install "numpy<2" "./runtime[cpu]"
    TRITON_PYTHON=ENVIRONMENT/bin/python python -m pytest tests/export/bundles/test_triton_python.py
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pytest
from google.protobuf.json_format import MessageToDict

from cg3d_export.bundles.triton import write_triton
from cg3d_runtime import LabelError, Recognizer
from cg3d_runtime.bundle import Bundle
from tests.export.bundles.test_triton import bundle, messages, read  # noqa: F401

REPOSITORY = Path(__file__).resolve().parents[3]
CLIENT = REPOSITORY / "examples" / "triton_client.py"
SCANS = REPOSITORY / "examples" / "scans"
LABELS = ["bowl", "mug", "plate"]


@pytest.fixture(scope="module")
def repository(bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: F811
    out = tmp_path_factory.mktemp("triton") / "repository"
    write_triton(bundle, out, instances=3)
    return out


def test_the_configuration_takes_points_or_the_bytes_of_a_scan(messages: Any, repository: Path) -> None:  # noqa: F811
    config, kinds = read(messages, repository / "cg3d"), messages.DataType
    assert (config.name, config.backend, config.max_batch_size) == ("cg3d", "python", 0)
    inputs = {each.name: (kinds.Name(each.data_type), list(each.dims)) for each in config.input}
    assert inputs["points"] == ("TYPE_FP32", [-1, -1]) and inputs["scan"] == ("TYPE_STRING", [1])
    assert all(each.optional for each in config.input)
    assert [(each.name, kinds.Name(each.data_type), list(each.dims)) for each in config.output] == [
        ("answer", "TYPE_STRING", [1])
    ]
    assert [(each.count, each.kind) for each in config.instance_group] == [(3, messages.ModelInstanceGroup.KIND_CPU)]


def test_the_bundle_inside_is_the_bundle(repository: Path, bundle: Bundle) -> None:  # noqa: F811
    inside = Bundle.open(repository / "cg3d" / "1" / "bundle")
    assert inside.manifest == bundle.manifest
    assert all(inside.read(entry) == bundle.read(entry) for entry in bundle.manifest.files.values())


def test_a_label_file_goes_beside_it_once_it_is_one(bundle: Bundle, tmp_path: Path) -> None:  # noqa: F811
    (tmp_path / "labels.txt").write_text("mug: a cup\nbowl\n")
    write_triton(bundle, tmp_path / "out", labels=tmp_path / "labels.txt")
    assert (tmp_path / "out" / "cg3d" / "1" / "labels.txt").read_text() == "mug: a cup\nbowl\n"
    (tmp_path / "labels.txt").write_text("")
    with pytest.raises(LabelError, match="no label in it"):
        write_triton(bundle, tmp_path / "new", labels=tmp_path / "labels.txt")
    assert not (tmp_path / "new").exists()


class Tensor(NamedTuple):
    """As `triton_python_backend_utils.Tensor`."""

    name: str
    values: np.ndarray

    def as_numpy(self) -> np.ndarray:
        return self.values


class TritonError(Exception):
    """As in `triton_python_backend_utils`."""

    INVALID_ARG = 3

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message, code)


class InferenceResponse(NamedTuple):
    """As in `triton_python_backend_utils`."""

    output_tensors: tuple[Tensor, ...] | list[Tensor] = ()
    error: TritonError | None = None


@pytest.fixture
def served(repository: Path, messages: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:  # noqa: F811
    """model.py of the repository, opened as Triton opens it: config.pbtxt as JSON, requests as named tensors."""
    standin = ModuleType("triton_python_backend_utils")
    vars(standin).update(Tensor=Tensor, TritonError=TritonError, InferenceResponse=InferenceResponse)
    vars(standin).update(get_input_tensor_by_name=lambda request, name: request.get(name))
    monkeypatch.setitem(sys.modules, standin.__name__, standin)
    path = repository / "cg3d" / "1" / "model.py"
    spec = importlib.util.spec_from_file_location("model_of_triton", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    config = MessageToDict(read(messages, path.parents[1]), preserving_proto_field_name=True)
    opened = module.TritonPythonModel()
    opened.initialize({"model_config": json.dumps(config), "model_instance_kind": "CPU"})
    yield opened
    opened.finalize()


def text_tensor(name: str, *values: str | bytes) -> dict[str, Tensor]:
    encoded = [value if isinstance(value, bytes) else value.encode() for value in values]
    return {name: Tensor(name, np.array(encoded, dtype=np.object_))}


def test_model_py_answers_points_and_bytes_as_cg3d_infer_does(served: Any, bundle: Bundle) -> None:  # noqa: F811
    points = np.random.default_rng(0).standard_normal((300, 3), dtype=np.float32)
    labels, mug = text_tensor("labels", *LABELS), SCANS / "mug.ply"
    asked = [
        {"points": Tensor("points", points), **labels, **text_tensor("up", "-y"), **text_tensor("units", "cm")},
        {**text_tensor("scan", mug.read_bytes()), **text_tensor("name", "mug.ply"), **labels},
        {"points": Tensor("points", points), **labels, "top": Tensor("top", np.array([1], np.int32))},
    ]
    told = [json.loads(response.output_tensors[0].as_numpy()[0]) for response in served.execute(asked)]
    with Recognizer.open(LABELS, bundle.directory, backend="cpu", threads=1) as recognizer:
        answers = [recognizer(points, up="-y", units="cm"), recognizer(str(mug)), recognizer(points, top=1)]
    expected = [{**json.loads(answer.to_json()), "file": told[place]["file"]} for place, answer in enumerate(answers)]
    assert list(map(untimed, told)) == list(map(untimed, expected))
    assert told[1]["file"] == "mug.ply"


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (text_tensor("labels", "cup"), "either points"),
        (text_tensor("scan", "x"), "a request to this bundle has labels"),
        (text_tensor("scan", "x") | text_tensor("labels", "mug"), "scan: suffix (none) is not a known scan format"),
        (text_tensor("scan", "x") | text_tensor("name", "a.ply") | text_tensor("labels", "mug"), "a.ply: is not a PLY"),
        (text_tensor("scan", "x") | text_tensor("labels", "mug") | text_tensor("units", "ell"), "units must be one of"),
        (text_tensor("scan", "x") | text_tensor("labels", "mug") | text_tensor("up", "?"), "up must be one of"),
        ({"points": Tensor("points", np.zeros((0, 3), np.float32))} | text_tensor("labels", "mug"), "either points"),
    ],
)
def test_model_py_refuses_in_words(served: Any, asked: dict[str, Tensor], words: str) -> None:
    (response,) = served.execute([asked])
    assert response.error.args[1] == TritonError.INVALID_ARG and words in response.error.args[0]


class Server(NamedTuple):
    """A running Triton."""

    grpc: int
    log: Path


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture(scope="module")
def server(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Triton with the one model, in the Python of the tests."""
    pytest.importorskip("tritonclient.grpc.aio", reason="needs tritonclient[grpc]")
    wheel = importlib.util.find_spec("pytriton")
    if wheel is None or not wheel.submodule_search_locations:
        pytest.skip("needs Triton: pip install --no-deps nvidia-pytriton")
    python = Path(os.environ.get("TRITON_PYTHON", sys.executable))
    asked = [python, "-c", "import sys, numpy; print(numpy.__version__, ':'.join(filter(None, sys.path)))"]
    version, _, path = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip().partition(" ")
    if not version.startswith("1."):
        pytest.skip("Triton 2.51 needs numpy<2; name a Python that has it with TRITON_PYTHON")
    package = Path(wheel.submodule_search_locations[0])
    folder = tmp_path_factory.mktemp("server")
    stub = package / "tritonserver" / "python_backend_stubs" / "{}.{}".format(*sys.version_info)
    if not stub.exists():
        pytest.skip(f"Triton's wheel has no stub for Python {sys.version_info.major}.{sys.version_info.minor}")
    backends = Path(shutil.copytree(package / "tritonserver" / "backends", folder / "backends"))
    shutil.copy(stub / "triton_python_backend_stub", backends / "python")
    for file in (backends / "python" / "triton_python_backend_stub", package / "tritonserver" / "bin" / "tritonserver"):
        file.chmod(0o755)
    grpc, http = free_port(), free_port()
    command = [package / "tritonserver" / "bin" / "tritonserver", f"--model-repository={repository}"]
    command += [f"--backend-directory={backends}", "--model-control-mode=explicit", "--load-model=cg3d"]
    command += ["--grpc-address=127.0.0.1", f"--grpc-port={grpc}", "--http-address=127.0.0.1", f"--http-port={http}"]
    libraries = [sysconfig.get_config_var("LIBDIR") or "", str(package.parent / "nvidia_pytriton.libs")]
    environment = {
        **os.environ,
        "LD_LIBRARY_PATH": ":".join(libraries),
        "PATH": f"{python.parent}:/usr/bin:/bin",
        "PYTHONPATH": path,
        "CG3D_CACHE": str(folder / "cache"),
    }
    log = folder / "log"
    with (
        log.open("wb") as said,
        subprocess.Popen([*command, "--allow-metrics=false"], stdout=said, stderr=said, env=environment) as process,
    ):
        until = time.monotonic() + 120
        while b"Started HTTPService" not in log.read_bytes():
            assert process.poll() is None and time.monotonic() < until, log.read_text()
            time.sleep(0.1)
        yield Server(grpc, log)
        process.terminate()


def run(server: Server, *arguments: object) -> tuple[int, list[dict[str, Any]]]:
    command = [sys.executable, str(CLIENT), "--url", f"127.0.0.1:{server.grpc}", *map(str, arguments)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert ran.stderr == ""
    return ran.returncode, [json.loads(line) for line in ran.stdout.splitlines()]


def untimed(told: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in told.items() if key != "ms"}


@pytest.mark.slow
def test_many_scans_at_once_are_answered_as_cg3d_infer_does(server: Server, bundle: Bundle) -> None:  # noqa: F811
    scans = sorted(SCANS.glob("*.ply")) * 2
    code, told = run(server, *scans, "--labels", ",".join(LABELS), "--at-once", 6)
    assert code == 0
    with Recognizer.open(LABELS, bundle.directory, backend="cpu", threads=1) as recognizer:
        expected = [json.loads(recognizer(str(scan)).to_json()) for scan in scans]
    for found, known in zip(told, expected, strict=True):  # of another NumPy and ONNX Runtime: not to the bit
        assert (found["file"], found["quality"]) == (known["file"], known["quality"])
        scores, others = ({each["label"]: each["score"] for each in one["top"]} for one in (found, known))
        assert scores == pytest.approx(others, abs=1e-4)


@pytest.mark.slow
def test_a_scan_that_is_none_is_told_and_stops_no_other(server: Server, tmp_path: Path) -> None:
    (tmp_path / "bad.ply").write_bytes(b"no scan")
    code, told = run(server, tmp_path / "bad.ply", tmp_path / "none.ply", SCANS / "mug.ply", "--labels", "mug")
    assert code == 1
    assert told[0]["error"].startswith(f"{tmp_path}/bad.ply: is not a PLY file")
    assert "No such file" in told[1]["error"]
    assert told[2]["label"]


@pytest.mark.slow
def test_points_options_and_what_cannot_be_asked(server: Server, bundle: Bundle) -> None:  # noqa: F811
    triton = pytest.importorskip("tritonclient.grpc")
    points = np.random.default_rng(0).standard_normal((300, 3), dtype=np.float32)

    def tensor(name: str, kind: str, array: np.ndarray) -> Any:
        made = triton.InferInput(name, list(array.shape), kind)
        made.set_data_from_numpy(array)
        return made

    def text(name: str, *values: str) -> Any:
        return tensor(name, "BYTES", np.array([value.encode() for value in values], dtype=np.object_))

    with triton.InferenceServerClient(f"127.0.0.1:{server.grpc}") as client:
        said = [text("labels", "cup: mug", "pan"), text("up", "-y"), text("units", "cm")]
        said += [tensor("top", "INT32", np.array([1], np.int32))]
        result = client.infer("cg3d", [tensor("points", "FP32", points), *said])
        with Recognizer.open(["cup: mug", "pan"], bundle.directory, backend="cpu", threads=1) as recognizer:
            expected = recognizer(points, up="-y", units="cm", top=1).to_json()
        told = json.loads(result.as_numpy("answer")[0])
        assert told["top"][0]["label"] == json.loads(expected)["label"] and len(told["top"]) == 1
        few = [text("labels", "cup")]
        for asked, words in (
            ([text("labels", "cup")], "either points"),
            ([tensor("points", "FP32", points)], "a request to this bundle has labels"),
            ([tensor("points", "FP32", points), *few, text("units", "inch")], "units must be one of"),
            ([tensor("points", "FP32", points[:3]), *few], "distinct finite points"),
            ([tensor("points", "FP32", points), *few, text("up", "north")], "up must be one of"),
            ([tensor("points", "FP32", points), *few, tensor("top", "INT32", np.array([0], np.int32))], "top must be"),
            ([*few, text("scan", "x"), text("name", "x.doc")], "x.doc: suffix .doc is not a known scan format"),
            ([tensor("points", "FP32", points), text("labels", "")], "label"),
        ):
            with pytest.raises(Exception, match=words):
                client.infer("cg3d", asked)
