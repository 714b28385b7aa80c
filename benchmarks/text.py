"""The sides of `scripts/bench text`: labels through our text graph, and through open_clip's own tower of the same weights."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from cg3d.models.cg3d import CG3D, ModelConfig
from cg3d.models.towers.open_clip_import import import_open_clip
from cg3d.models.towers.towers import TowerConfig
from cg3d.objects import CATEGORIES
from cg3d_export.graphs.convert import build_graph, to_onnx
from cg3d_runtime.backends import open_backend
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.bundle.manifest import FORMAT, ImageSpec, Manifest, TextSpec, file_entry, write_manifest
from cg3d_runtime.labels import to_labels
from cg3d_runtime.labels.encoder import TextEncoder
from cg3d_runtime.preparation.prepare import PrepareSpec

TOWER = "ViT-B-32"
TEMPLATE = "a {}"


@dataclass(frozen=True)
class TextTimes:
    """Medians of sides that took turns, tokenizing included, and how far their embeddings are apart."""

    labels: int
    open_clip_ms: float  # 77 tokens a label, whatever its length
    ours_ms: float
    ours_open_s: float  # to open the graph, which a cold cache pays once
    least_cosine: float


def label_times(count: int = 40, repeats: int = 9) -> TextTimes:
    """Encode `count` labels with a cold cache, random weights: speed depends on the shapes alone."""
    names = sorted(CATEGORIES)[:count]
    model = CG3D(ModelConfig(towers=TowerConfig(TOWER, "random"))).eval()
    theirs = _open_clip_side(model, names)
    with _bundle(model) as bundle:
        started = time.perf_counter()
        encoder = TextEncoder(bundle, open_backend(bundle, "text", "cpu"))
        opened = time.perf_counter() - started
        labels = to_labels(names)
        cosine = float((theirs() * encoder.embed(labels)).sum(axis=-1).min())
        their_ms, our_ms = _in_turn([theirs, lambda: encoder.embed(labels)], repeats)
    return TextTimes(len(names), their_ms, our_ms, opened, cosine)


def _open_clip_side(model: CG3D, names: Sequence[str]) -> Callable[[], np.ndarray]:
    """open_clip's tokenizer and encode_text, with the weights of `model`."""
    open_clip = import_open_clip()
    clip = open_clip.create_model(TOWER, pretrained=None, force_custom_text=True).eval()
    clip.text.load_state_dict(model.towers.text.state_dict())
    tokenizer = open_clip.get_tokenizer(TOWER)
    texts = [TEMPLATE.format(name) for name in names]

    @torch.inference_mode()
    def encode() -> np.ndarray:
        features: np.ndarray = clip.encode_text(tokenizer(texts), normalize=True).numpy()
        return features

    return encode


@contextmanager
def _bundle(model: CG3D) -> Iterator[Bundle]:
    """A bundle with the text graph alone."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "text.fp32.onnx").write_bytes(to_onnx(build_graph(model, "text", "fp32"), "text", model))
        model.towers.tokenizer.save(str(folder / "tokenizer.json"))
        manifest = Manifest(
            format=FORMAT,
            name=TOWER,
            embedding_dim=model.towers.embed_dim,
            logit_scale=model.towers.logit_scale,
            graphs={"text": {"fp32": file_entry(folder / "text.fp32.onnx")}},
            files={"tokenizer": file_entry(folder / "tokenizer.json")},
            prepare=PrepareSpec(),
            text=TextSpec(model.text.context_length, (TEMPLATE,)),
            image=ImageSpec(model.towers.image_size, model.towers.image_resize),
            confidence=None,
            verification={},
            licences={},
            provenance={},
        )
        write_manifest(manifest, folder)
        yield Bundle.open(folder)


def _in_turn(runs: Sequence[Callable[[], object]], repeats: int) -> list[float]:
    """Median milliseconds of each, in turn, so that other work on the machine meets all sides alike."""
    durations: list[list[float]] = [[] for _ in runs]
    for _ in range(repeats):
        for run, found in zip(runs, durations, strict=True):
            started = time.perf_counter()
            run()
            found.append((time.perf_counter() - started) * 1e3)
    return [statistics.median(found) for found in durations]
