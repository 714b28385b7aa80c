"""The repository is what Triton's own protobuf accepts, and its warm-up requests are ones that the graphs answer."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import onnx
import pytest
from google.protobuf import text_format

from cg3d_export.bundles.triton import _warmups, write_triton
from cg3d_runtime.backends.onnx import OnnxBackend
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.bundle.manifest import file_entry
from cg3d_runtime.errors import BundleError

DTYPES = {"TYPE_FP32": np.dtype("<f4"), "TYPE_INT32": np.dtype("<i4")}


@pytest.fixture(scope="module")
def messages() -> ModuleType:
    """Triton's messages, without the package around them, which would need gRPC."""
    package = importlib.util.find_spec("tritonclient")
    if package is None or not package.submodule_search_locations:
        pytest.skip("needs tritonclient, for Triton's protobuf")
    path = Path(package.submodule_search_locations[0]) / "grpc" / "model_config_pb2.py"
    spec = importlib.util.spec_from_file_location("model_config_pb2", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def bundle(exported) -> Bundle:
    return Bundle.open(exported[0])


@pytest.fixture(scope="module")
def repository(bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("triton") / "repository"
    assert write_triton(bundle, out, max_batch=8) == ["tiny-points", "tiny-text", "tiny-image", "cg3d"]
    return out


def read(messages: ModuleType, model: Path) -> Any:
    """The configuration of a model; raises on any field or value that Triton does not know."""
    return text_format.Parse((model / "config.pbtxt").read_text(), messages.ModelConfig())


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_the_layout_is_tritons(repository: Path, bundle: Bundle) -> None:
    assert sorted(path.name for path in repository.iterdir()) == ["cg3d", "tiny-image", "tiny-points", "tiny-text"]
    assert files(repository / "tiny-points") == [
        "1/model.onnx",
        "config.pbtxt",
        "warmup/largest.points",
        "warmup/smallest.points",
    ]
    assert (repository / "tiny-points" / "1" / "model.onnx").read_bytes() == bundle.graph("points", "fp16")


@pytest.mark.parametrize(
    ("graph", "inputs"),
    [
        ("points", [("points", "TYPE_FP32", [256, 3], None)]),
        ("text", [("token_ids", "TYPE_INT32", [-1], None), ("eot", "TYPE_INT32", [1], [])]),
        ("image", [("image", "TYPE_FP32", [3, 64, 64], None)]),
    ],
)
def test_the_configuration_describes_the_graph(messages: ModuleType, repository: Path, graph: str, inputs) -> None:
    config = read(messages, repository / f"tiny-{graph}")
    kinds = messages.DataType

    assert (config.name, config.backend, config.max_batch_size) == (f"tiny-{graph}", "onnxruntime", 8)
    found = [
        (i.name, kinds.Name(i.data_type), list(i.dims), list(i.reshape.shape) if i.HasField("reshape") else None)
        for i in config.input
    ]
    assert found == inputs
    assert [(o.name, kinds.Name(o.data_type), list(o.dims)) for o in config.output] == [("features", "TYPE_FP32", [64])]
    assert config.HasField("dynamic_batching")
    assert config.dynamic_batching.max_queue_delay_microseconds > 0
    assert [(group.count, group.kind) for group in config.instance_group] == [
        (1, messages.ModelInstanceGroup.KIND_AUTO)
    ]


@pytest.mark.parametrize("tensorrt", [False, True])
def test_accelerators_leave_precision_to_the_graph(
    messages: ModuleType, bundle: Bundle, tmp_path: Path, tensorrt: bool
) -> None:
    write_triton(bundle, tmp_path / "new", tensorrt=tensorrt)
    config = read(messages, tmp_path / "new" / "tiny-points")
    accelerators = {
        entry.name: dict(entry.parameters)
        for entry in config.optimization.execution_accelerators.gpu_execution_accelerator
    }

    assert list(accelerators) == ["tensorrt", "cuda"] if tensorrt else ["cuda"]
    assert accelerators["cuda"] == {"use_tf32": "0"}
    # With no parameter at all, the backend would not even tell TensorRT which GPU to take.
    assert not tensorrt or accelerators["tensorrt"].keys() == {"max_workspace_size_bytes"}


@pytest.mark.parametrize("graph", ["points", "text", "image"])
def test_warm_up_requests_are_test_vectors(messages: ModuleType, repository: Path, bundle: Bundle, graph: str) -> None:
    """Read as model_config.proto says: raw little-endian data of one sample, repeated to the batch."""
    model = repository / f"tiny-{graph}"
    config = read(messages, model)
    shapes = {entry.name: list(entry.reshape.shape) for entry in config.input if entry.HasField("reshape")}
    backend = OnnxBackend((model / "1" / "model.onnx").read_bytes(), "cpu", "fp16")
    expected = bundle.test_vectors()[f"{graph}_features"][0]

    assert [(request.name, request.batch_size) for request in config.model_warmup] == [("smallest", 1), ("largest", 8)]
    for request in config.model_warmup:
        inputs = {}
        for name, entry in request.inputs.items():
            content = (model / "warmup" / entry.input_data_file).read_bytes()
            sample = np.frombuffer(content, DTYPES[messages.DataType.Name(entry.data_type)]).reshape(entry.dims)
            sample = sample.reshape(shapes.get(name, sample.shape))
            inputs[name] = np.repeat(sample[None], request.batch_size, axis=0)
        features = backend.run(inputs)["features"]
        assert features.shape == (request.batch_size, 64)
        assert (features @ expected).min() > 0.999


def test_texts_are_warmed_up_at_both_ends_of_their_length(
    messages: ModuleType, repository: Path, bundle: Bundle
) -> None:
    config = read(messages, repository / "tiny-text")
    lengths = [request.inputs["token_ids"].dims[0] for request in config.model_warmup]

    assert lengths == [bundle.test_vectors()["eot"][0] + 1, bundle.manifest.text.context_length]


def test_an_older_repository_is_replaced(bundle: Bundle, tmp_path: Path) -> None:
    out = tmp_path / "repository"
    write_triton(bundle, out, "fp32")
    write_triton(bundle, out, "fp16")

    assert (out / "tiny-points" / "1" / "model.onnx").read_bytes() == bundle.graph("points", "fp16")
    assert [path.name for path in tmp_path.iterdir()] == ["repository"]


def edit(path: Path) -> None:
    path.write_text(path.read_text().replace("count: 1", "count: 4"))


CHANGES = {
    "tuned configuration": lambda out: edit(out / "tiny-text" / "config.pbtxt"),
    "no configuration": lambda out: (out / "tiny-text" / "config.pbtxt").unlink(),
    "other graph": lambda out: (out / "tiny-text" / "1" / "model.onnx").write_bytes(b"retrained"),
    "second version": lambda out: shutil.copytree(out / "tiny-text" / "1", out / "tiny-text" / "2"),
    "own warm-up": lambda out: (out / "tiny-text" / "warmup" / "mine").write_bytes(b"0"),
    "model beside": lambda out: (out / "other").mkdir(),
    "file beside": lambda out: (out / "README").write_text("ours"),
    "link to a model": lambda out: (out / "link").symlink_to(out / "tiny-text"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_somebody_else_wrote_is_not_replaced(
    bundle: Bundle, repository: Path, tmp_path: Path, change: str
) -> None:
    out = Path(shutil.copytree(repository, tmp_path / "repository"))
    CHANGES[change](out)
    before = {file: (out / file).read_bytes() for file in files(out)}
    with pytest.raises(BundleError, match=r"repository exists and holds what .* did not write.*not replaced"):
        write_triton(bundle, out)

    assert {file: (out / file).read_bytes() for file in files(out)} == before


def test_a_failure_leaves_nothing(exported, tmp_path: Path) -> None:
    spoilt = Path(shutil.copytree(exported[0], tmp_path / "bundle"))
    (spoilt / "image.fp16.onnx").write_bytes(b"")
    with pytest.raises(BundleError, match=r"image.fp16.onnx: .*altered or cut short"):
        write_triton(Bundle.open(spoilt), tmp_path / "new")
    with pytest.raises(BundleError, match="no int8 points graph in this bundle; it has: fp16, fp32"):
        write_triton(Bundle.open(spoilt), tmp_path / "new", "int8")
    with pytest.raises(BundleError, match=r"no Triton repository can be written there .*Choose another --out"):
        write_triton(Bundle.open(spoilt), spoilt / "manifest.json" / "new")

    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def test_a_bundle_with_another_graph_in_its_place_is_refused(exported, tmp_path: Path) -> None:
    copied = Path(shutil.copytree(exported[0], tmp_path / "bundle"))
    tree = json.loads((copied / "manifest.json").read_text())
    for file, problem in (("text.fp16.onnx", "takes .*token_ids"), ("points.fp32.onnx", "0.0% of the weight bytes")):
        tree["graphs"]["points"]["fp16"] = vars(file_entry(copied / file))
        (copied / "manifest.json").write_text(json.dumps(tree))
        with pytest.raises(BundleError, match=problem):
            write_triton(Bundle.open(copied), tmp_path / "out")

    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def relist(bundle: Path, model: onnx.ModelProto) -> Bundle:
    """The bundle with another points graph, its hash made to fit."""
    (bundle / "points.fp16.onnx").write_bytes(model.SerializeToString())
    tree = json.loads((bundle / "manifest.json").read_text())
    tree["graphs"]["points"]["fp16"] = vars(file_entry(bundle / "points.fp16.onnx"))
    (bundle / "manifest.json").write_text(json.dumps(tree))
    return Bundle.open(bundle)


INJECTED = """x" data_type: TYPE_FP32 dims: [ 512 ] } ]
parameters { key: "EVIL" value { string_value: "1" } }
output [ { name: "y"""


@pytest.mark.parametrize("end", ["input", "output"])
@pytest.mark.parametrize("name", [INJECTED, "features\n", "", 'a"b', "points\x00"])
def test_names_of_tensors_cannot_write_a_configuration(exported, tmp_path: Path, end: str, name: str) -> None:
    copied = Path(shutil.copytree(exported[0], tmp_path / "bundle"))
    model = onnx.load(copied / "points.fp16.onnx")
    getattr(model.graph, end)[0].name = name
    with pytest.raises(BundleError, match=r"graph (takes|must give one output)") as caught:
        write_triton(relist(copied, model), tmp_path / "out")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def change_type(model: onnx.ModelProto) -> None:
    model.graph.initializer[0].data_type = 99


def change_input(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.elem_type = 99


def drop_shape(model: onnx.ModelProto) -> None:
    model.graph.output[0].type.tensor_type.ClearField("shape")


@pytest.mark.parametrize("change", [change_type, change_input, drop_shape])
def test_odd_types_and_shapes_are_refused_in_words(exported, tmp_path: Path, change: Any) -> None:
    copied = Path(shutil.copytree(exported[0], tmp_path / "bundle"))
    model = onnx.load(copied / "points.fp16.onnx")
    change(model)
    with pytest.raises(BundleError, match=r"type that ONNX does not know|of type 99|batch of features is fixed"):
        write_triton(relist(copied, model), tmp_path / "out")


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("points", np.float32(1)),
        ("points", np.zeros((0, 256, 3), np.float32)),
        ("points", np.zeros((2, 256), np.float32)),
        ("points", np.array([["a"]])),
        ("eot", np.array([2**31 - 1] * 2)),
        ("token_ids", np.zeros((2, 7), np.int64)),
    ],
)
def test_test_vectors_that_are_no_samples_are_refused(exported, tmp_path: Path, name: str, array: np.ndarray) -> None:
    copied = Path(shutil.copytree(exported[0], tmp_path / "bundle"))
    vectors = Bundle.open(copied).test_vectors() | {name: array}
    np.savez(copied / "test_vectors.npz", **vectors)
    tree = json.loads((copied / "manifest.json").read_text())
    tree["files"]["test_vectors"] = vars(file_entry(copied / "test_vectors.npz"))
    (copied / "manifest.json").write_text(json.dumps(tree))
    with pytest.raises(BundleError, match=rf"test vectors hold .* as {name}, which the graph does not take"):
        write_triton(Bundle.open(copied), tmp_path / "out")


@pytest.mark.parametrize("end", [-5, 2**31 - 1])
def test_an_end_outside_the_text_costs_no_memory(exported, tmp_path: Path, end: int) -> None:
    vectors = Bundle.open(exported[0]).test_vectors() | {"eot": np.full(2, end, np.int32)}
    smallest, largest = _warmups("text", vectors, 8, 77)
    assert 1 <= len(smallest.arrays["token_ids"]) <= len(largest.arrays["token_ids"]) == 77


def test_a_precision_that_is_missing_comes_with_the_option_that_helps(exported, tmp_path: Path) -> None:
    copied = Path(shutil.copytree(exported[0], tmp_path / "bundle"))
    tree = json.loads((copied / "manifest.json").read_text())
    del tree["graphs"]["points"]["fp16"]
    (copied / "manifest.json").write_text(json.dumps(tree))
    with pytest.raises(BundleError, match=r"no fp16 points graph.*has: fp32\. Choose --precision fp32 or auto\.$"):
        write_triton(Bundle.open(copied), tmp_path / "out")


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("mug & bowl v1.2", "mug-bowl-v1.2"),
        ("../../etc", "etc"),
        ("日本", "cg3d"),
        ('a"b', "a-b"),
        ("a" * 255, "a" * 100),
    ],
)
def test_any_bundle_name_gives_a_plain_model_name(exported, tmp_path: Path, name: str, folder: str) -> None:
    copied = Path(shutil.copytree(exported[0], tmp_path / "bundle"))
    tree = json.loads((copied / "manifest.json").read_text())
    tree["name"] = name
    (copied / "manifest.json").write_text(json.dumps(tree))

    assert write_triton(Bundle.open(copied), tmp_path / "out")[0] == f"{folder}-points"
    models = {path.name for path in (tmp_path / "out").iterdir()}
    assert models == {"cg3d", *(f"{folder}-{graph}" for graph in ("image", "points", "text"))}
