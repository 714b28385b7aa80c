"""Bundles whose answers are known by construction, and packed objects that ask for them.

The points graph reads a number from an object's red channel and looks its embedding up in a table; the image graph does so
with a picture's; the text graph knows a list of whole texts by heart and gives anything else an embedding of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from cg3d.data.samples import ObjectInfo, Sample, SampleSpec
from cg3d.data.shards import write_index, write_shard
from cg3d.models.towers.tokenizer import clip_tokenizer
from cg3d_runtime.bundle.manifest import FORMAT, ImageSpec, Manifest, TextSpec, file_entry, write_manifest
from cg3d_runtime.labels.tokenizer import ClipTokenizer
from cg3d_runtime.preparation.prepare import PrepareSpec

POINTS, SIDE, CONTEXT = 64, 16, 128
UPRIGHT = 128  # added to the number of an object that is taller than half its radius
SPEC = SampleSpec(points=POINTS, views=1, image_size=SIDE, drawn_points=POINTS)


@dataclass
class KnownBundle:
    """What a bundle answers.

    Attributes:
        texts: embeddings (D,) by text; any other text gets the last axis of the space.
        objects, pictures: embeddings by number, below 128; an upright object has its number + 128, where that is there.
    """

    texts: Mapping[str, np.ndarray]
    objects: Mapping[int, np.ndarray]
    pictures: Mapping[int, np.ndarray] = field(default_factory=dict)
    templates: tuple[str, ...] = ("{}",)

    def write(self, folder: Path) -> Path:
        folder.mkdir(parents=True)
        clip_tokenizer(514).save(str(folder / "tokenizer.json"))
        tokenizer = ClipTokenizer((folder / "tokenizer.json").read_bytes())
        dim = len(next(iter(self.texts.values())))
        graphs = {"points": points_graph(self.objects, dim), "text": text_graph(self.texts, dim, tokenizer)}
        graphs |= {"image": image_graph(self.pictures, dim)} if self.pictures else {}
        entries = {}
        for name, model in graphs.items():
            (folder / f"{name}.fp32.onnx").write_bytes(model)
            entries[name] = {"fp32": file_entry(folder / f"{name}.fp32.onnx")}
        manifest = Manifest(
            format=FORMAT,
            name="known",
            embedding_dim=dim,
            logit_scale=10.0,
            graphs=entries,
            files={"tokenizer": file_entry(folder / "tokenizer.json")},
            prepare=PrepareSpec(points=POINTS, channels=6),
            text=TextSpec(CONTEXT, self.templates),
            image=ImageSpec(SIDE, "shortest"),
            confidence=None,
            verification={},
            licences={},
            provenance={},
        )
        write_manifest(manifest, folder)
        return folder


def graph(
    nodes: list[Any], weights: dict[str, np.ndarray], inputs: dict[str, tuple[int, list[Any]]], dim: int
) -> bytes:
    """Serialise a graph whose last value, `raw` (B, D), is normalised as `features`."""
    made = helper.make_graph(
        [*nodes, helper.make_node("LpNormalization", ["raw"], ["features"], axis=-1, p=2)],
        "known",
        [helper.make_tensor_value_info(name, kind, shape) for name, (kind, shape) in inputs.items()],
        [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["B", dim])],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


def table(rows: Mapping[int, np.ndarray], dim: int) -> np.ndarray:
    """(384, D): row `number`; rows that are not given are the last axis of the space."""
    made = np.tile(np.eye(dim, dtype=np.float32)[-1], (256 + UPRIGHT, 1))
    for number, row in rows.items():
        made[number] = row
        if number < UPRIGHT:
            made[number + UPRIGHT] = rows.get(number + UPRIGHT, row)
    return made


def points_graph(rows: Mapping[int, np.ndarray], dim: int) -> bytes:
    nodes = [
        helper.make_node("Gather", ["points", "three"], ["red"], axis=2),
        helper.make_node("ReduceMean", ["red", "axis"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "most"], ["scaled"]),
        helper.make_node("Round", ["scaled"], ["rounded"]),
        helper.make_node("Gather", ["points", "one"], ["heights"], axis=2),
        helper.make_node("Abs", ["heights"], ["distances"]),
        helper.make_node("ReduceMax", ["distances", "axis"], ["tallest"], keepdims=0),
        helper.make_node("Greater", ["tallest", "half"], ["is_upright"]),
        helper.make_node("Cast", ["is_upright"], ["flag"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["flag", "upright"], ["offset"]),
        helper.make_node("Add", ["rounded", "offset"], ["number"]),
        helper.make_node("Cast", ["number"], ["index"], to=TensorProto.INT64),
        helper.make_node("Gather", ["table", "index"], ["raw"]),
    ]
    scalars = {"most": 255.0, "half": 0.5, "upright": float(UPRIGHT)}
    weights = {name: np.array(value, dtype=np.float32) for name, value in scalars.items()}
    weights |= {"one": np.array(1), "three": np.array(3), "axis": np.array([1]), "table": table(rows, dim)}
    return graph(nodes, weights, {"points": (TensorProto.FLOAT, ["B", "N", 6])}, dim)


def image_graph(rows: Mapping[int, np.ndarray], dim: int) -> bytes:
    nodes = [
        helper.make_node("ReduceMean", ["image", "axes"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "most"], ["scaled"]),
        helper.make_node("Round", ["scaled"], ["number"]),
        helper.make_node("Cast", ["number"], ["index"], to=TensorProto.INT64),
        helper.make_node("Gather", ["table", "index"], ["raw"]),
    ]
    weights = {"axes": np.array([1, 2, 3]), "most": np.array(255, dtype=np.float32), "table": table(rows, dim)}
    return graph(nodes, weights, {"image": (TensorProto.FLOAT, ["B", 3, SIDE, SIDE])}, dim)


def text_graph(rows: Mapping[str, np.ndarray], dim: int, tokenizer: ClipTokenizer) -> bytes:
    """Tell texts apart by a sum of their token ids with one large weight a position."""
    weights = np.random.default_rng(0).integers(1, 2**40, CONTEXT)
    ids = [tokenizer.encode(text) for text in rows]
    known = np.array([(np.array(each) * weights[: len(each)]).sum() for each in ids])
    assert len(set(known.tolist())) == len({tuple(each) for each in ids})
    nodes = [
        helper.make_node("Cast", ["token_ids"], ["ids"], to=TensorProto.INT64),
        helper.make_node("Shape", ["token_ids"], ["length"], start=1),
        helper.make_node("Slice", ["weights", "zero", "length"], ["used"]),
        helper.make_node("Mul", ["ids", "used"], ["products"]),
        helper.make_node("ReduceSum", ["products", "axis"], ["sums"]),
        helper.make_node("Equal", ["sums", "known"], ["equal"]),
        helper.make_node("Cast", ["equal"], ["match"], to=TensorProto.FLOAT),
        helper.make_node("MatMul", ["match", "table"], ["found"]),
        helper.make_node("ReduceMax", ["match", "axis"], ["any"]),
        helper.make_node("Sub", ["unit", "any"], ["missing"]),
        helper.make_node("Mul", ["missing", "other"], ["fallback"]),
        helper.make_node("Cast", ["eot"], ["eot32"], to=TensorProto.FLOAT),  # every input of the contract is used
        helper.make_node("Unsqueeze", ["eot32", "axis"], ["ends"]),
        helper.make_node("Mul", ["ends", "nothing"], ["zeros"]),
        helper.make_node("Sum", ["found", "fallback", "zeros"], ["raw"]),
    ]
    constants = {"weights": weights, "zero": np.array([0]), "axis": np.array([1]), "known": known}
    floats = {
        "table": np.stack(list(rows.values())),
        "other": np.eye(dim)[-1],
        "unit": np.array(1.0),
        "nothing": np.array(0.0),
    }
    inputs = {"token_ids": (TensorProto.INT32, ["B", "L"]), "eot": (TensorProto.INT32, ["B"])}
    return graph(nodes, constants | {name: value.astype(np.float32) for name, value in floats.items()}, inputs, dim)


def flat(info: ObjectInfo, number: int, picture: int = 0) -> Sample:
    """A horizontal ring of 64 points that tells `number`, and a picture that tells `picture`."""
    angle = np.arange(POINTS) * (2 * np.pi / POINTS)
    colour = np.full(POINTS, number / 255)
    points = np.stack([np.cos(angle), 0 * angle, np.sin(angle), colour, colour, colour], axis=1)
    return Sample(info, points.astype(np.float32), np.full((1, SIDE, SIDE, 3), picture, dtype=np.uint8), True)


def pack_samples(folder: Path, samples: Sequence[Sample]) -> Path:
    """A data set of these samples, in their order."""
    folder.mkdir(parents=True)
    write_shard(folder / "shard-000000.tar", samples)
    write_index(folder, [folder / "shard-000000.tar"], SPEC)
    return folder


@pytest.fixture(scope="session")
def known() -> type[KnownBundle]:
    return KnownBundle


@pytest.fixture(scope="session")
def make_flat() -> Any:
    return flat


@pytest.fixture(scope="session")
def pack() -> Any:
    return pack_samples


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the user's cache of labels."""
    monkeypatch.setenv("CG3D_CACHE", str(tmp_path / "cache"))
