"""A small bundle that is real in every part, and small real scans."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from cg3d_runtime.bundle.manifest import FORMAT, ImageSpec, Manifest, TextSpec, file_entry, write_manifest
from cg3d_runtime.preparation.prepare import PrepareSpec

WIDTH, POINTS, CONTEXT, IMAGE = 16, 64, 32, 8
START, END = "<|startoftext|>", "<|endoftext|>"
# The pattern of OpenAI's CLIP tokenizer.
WORDS = (
    START.replace("|", r"\|")
    + "|"
    + END.replace("|", r"\|")
    + r"|'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+"
)


def tokenizer() -> Tokenizer:
    """CLIP's byte pair encoding with a vocabulary of bytes and three merges."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = [("m", "u"), ("mu", "g</w>"), ("b", "o")]
    tokens = [*letters, *(f"{letter}</w>" for letter in letters), *("".join(pair) for pair in merges), START, END]
    made = Tokenizer(
        models.BPE(
            {token: index for index, token in enumerate(tokens)}, merges, end_of_word_suffix="</w>", unk_token=END
        )
    )
    made.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Split(Regex(WORDS), "removed", invert=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    ends = [(token, made.token_to_id(token)) for token in (START, END)]
    made.post_processor = processors.TemplateProcessing(single=f"{START} $0 {END}", special_tokens=ends)
    return made


def graph(nodes: list[Any], weights: dict[str, np.ndarray], inputs: dict[str, tuple[int, list[Any]]]) -> bytes:
    """Serialise a graph whose last value, `raw` (B, D), is cast and normalised as `features`."""
    nodes = [
        *nodes,
        helper.make_node("Cast", ["raw"], ["raw32"], to=TensorProto.FLOAT),
        helper.make_node("LpNormalization", ["raw32"], ["features"], axis=-1, p=2),
    ]
    made = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info(name, kind, shape) for name, (kind, shape) in inputs.items()],
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["B", WIDTH])],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


def points_graph(weights: dict[str, np.ndarray], kind: int) -> bytes:
    """PointNet in miniature: a per-point layer, a maximum over the points, a projection."""
    dtype = helper.tensor_dtype_to_np_dtype(kind)
    nodes = [
        helper.make_node("Cast", ["points"], ["typed"], to=kind),
        helper.make_node("MatMul", ["typed", "point_layer"], ["lifted"]),
        helper.make_node("Relu", ["lifted"], ["hidden"]),
        helper.make_node("ReduceMax", ["hidden", "axis"], ["pooled"], keepdims=0),
        helper.make_node("MatMul", ["pooled", "point_head"], ["raw"]),
    ]
    typed = {name: weights[name].astype(dtype) for name in ("point_layer", "point_head")}
    return graph(nodes, {**typed, "axis": np.array([1])}, {"points": (TensorProto.FLOAT, ["B", "N", 3])})


def text_graph(weights: dict[str, np.ndarray]) -> bytes:
    """A causal text tower in miniature: running sums of token embeddings, read at the end token."""
    nodes = [
        helper.make_node("Gather", ["embedding", "token_ids"], ["tokens"]),
        helper.make_node("CumSum", ["tokens", "one"], ["sums"]),
        helper.make_node("Tanh", ["sums"], ["hidden"]),
        helper.make_node("Cast", ["eot"], ["eot64"], to=TensorProto.INT64),
        helper.make_node("Unsqueeze", ["eot64", "axis"], ["index"]),
        helper.make_node("GatherND", ["hidden", "index"], ["last"], batch_dims=1),
        helper.make_node("MatMul", ["last", "text_head"], ["raw"]),
    ]
    constants = {"one": np.array(1), "axis": np.array([1])}
    inputs = {"token_ids": (TensorProto.INT32, ["B", "L"]), "eot": (TensorProto.INT32, ["B"])}
    return graph(nodes, {name: weights[name] for name in ("embedding", "text_head")} | constants, inputs)


def image_graph(weights: dict[str, np.ndarray]) -> bytes:
    nodes = [
        helper.make_node("ReduceMean", ["image", "axes"], ["colour"], keepdims=0),
        helper.make_node("MatMul", ["colour", "image_head"], ["raw"]),
    ]
    inputs = {"image": (TensorProto.FLOAT, ["B", 3, IMAGE, IMAGE])}
    return graph(nodes, {"image_head": weights["image_head"], "axes": np.array([2, 3])}, inputs)


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=-1, keepdims=True)).astype(np.float32)


def vectors(weights: dict[str, np.ndarray], rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Test vectors whose features are computed by numpy, not by the graphs under test."""
    points = rng.standard_normal((2, POINTS, 3), dtype=np.float32)
    token_ids, eot = rng.integers(0, 500, (2, 7), dtype=np.int32), np.array([6, 3], dtype=np.int32)
    image = rng.random((2, 3, IMAGE, IMAGE), dtype=np.float32)
    last = np.stack([weights["embedding"][ids[: end + 1]].sum(0) for ids, end in zip(token_ids, eot, strict=True)])
    return {
        "points": points,
        "points_features": unit(np.maximum(points @ weights["point_layer"], 0).max(1) @ weights["point_head"]),
        "token_ids": token_ids,
        "eot": eot,
        "text_features": unit(np.tanh(last) @ weights["text_head"]),
        "image": image,
        "image_features": unit(image.mean((2, 3)) @ weights["image_head"]),
    }


def write_tiny_bundle(folder: Path) -> Path:
    rng = np.random.default_rng(7)
    words = tokenizer()
    shapes = {"point_layer": (3, 32), "point_head": (32, WIDTH), "embedding": (words.get_vocab_size(), 32)}
    shapes |= {"text_head": (32, WIDTH), "image_head": (3, WIDTH)}
    weights = {name: rng.standard_normal(shape, dtype=np.float32) for name, shape in shapes.items()}
    folder.mkdir(parents=True)
    words.save(str(folder / "tokenizer.json"))
    np.savez(folder / "test_vectors.npz", **vectors(weights, rng))
    graphs = {
        ("points", "fp32"): points_graph(weights, TensorProto.FLOAT),
        ("points", "fp16"): points_graph(weights, TensorProto.FLOAT16),
        ("text", "fp32"): text_graph(weights),
        ("image", "fp32"): image_graph(weights),
    }
    entries: dict[str, dict[str, Any]] = {}
    for (name, precision), model in graphs.items():
        path = folder / f"{name}.{precision}.onnx"
        path.write_bytes(model)
        entries.setdefault(name, {})[precision] = file_entry(path)
    write_manifest(
        Manifest(
            format=FORMAT,
            name="tiny",
            embedding_dim=WIDTH,
            logit_scale=10.0,
            graphs=entries,
            files={role.split(".")[0]: file_entry(folder / role) for role in ("tokenizer.json", "test_vectors.npz")},
            prepare=PrepareSpec(points=POINTS),
            text=TextSpec(CONTEXT, ("a {}.", "a scan of a {}.")),
            image=ImageSpec(IMAGE, "shortest"),
            confidence=None,
            verification={},
            licences={"weights": "Apache-2.0"},
            provenance={"seed": 7},
        ),
        folder,
    )
    return folder


@pytest.fixture(autouse=True)
def own_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the user's bundle, or touches the user's cache."""
    monkeypatch.setenv("CG3D_CACHE", str(tmp_path / "cache"))
    for variable in ("CG3D_BUNDLE", "CG3D_REQUIRE_SIGNATURE"):
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture(scope="session")
def tiny_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle, to be read only."""
    return write_tiny_bundle(tmp_path_factory.mktemp("bundles") / "tiny")


@pytest.fixture
def own_bundle(tiny_bundle: Path, tmp_path: Path) -> Path:
    """A copy of the bundle, to be spoilt."""
    return Path(shutil.copytree(tiny_bundle, tmp_path / "own"))


@pytest.fixture
def edit_manifest(own_bundle: Path) -> Callable[[Callable[[dict[str, Any]], object]], Path]:
    """A function that changes the JSON of `own_bundle`'s manifest and returns the bundle."""

    def edit(change: Callable[[dict[str, Any]], object]) -> Path:
        path = own_bundle / "manifest.json"
        tree = json.loads(path.read_text())
        change(tree)
        path.write_text(json.dumps(tree))
        return own_bundle

    return edit


@pytest.fixture
def labels_file(tmp_path: Path) -> Path:
    path = tmp_path / "labels.txt"
    path.write_text("# kitchen\nbowl\nmug: coffee mug; cup with a handle\n\nplate # flat\n")
    return path


@pytest.fixture
def make_scan(tmp_path: Path) -> Callable[..., Path]:
    """A function that writes a scan of random points in a box, as .npy, and returns its path."""

    def make(name: str = "scan.npy", seed: int = 0, count: int = 500) -> Path:
        points = np.random.default_rng(seed).random((count, 3), dtype=np.float32) * [1.0, 0.5, 0.2 + seed]
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:  # given a path, np.save would add .npy to .NPY
            np.save(file, points.astype(np.float32))
        return path

    return make


@pytest.fixture
def as_a_user() -> list[str]:
    """What to put before a command so that permissions hold for it, also where the tests are run by root."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return []
    less = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--"]
    if shutil.which("setpriv") is None or subprocess.run([*less, "true"], capture_output=True).returncode:
        pytest.skip("root may read everything, and setpriv, which could change that, does not work here")
    return less
