"""Inputs of a bundle's three graphs, made from objects of a data set exactly as on the robot."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from cg3d.data.samples import ObjectSet, sample_cloud
from cg3d.data.split import Selection, split_as_published
from cg3d_runtime.bundle.manifest import ImageSpec, TextSpec
from cg3d_runtime.errors import DataError
from cg3d_runtime.labels.tokenizer import ClipTokenizer, cut_tokens, padded_tokens
from cg3d_runtime.preparation.prepare import PrepareSpec, prepare

Arrays = dict[str, np.ndarray]
HELD_OUT_SHARE = 0.25  # of each label's objects: INT8 is judged on these, so no range is taken from them


@dataclass(frozen=True)
class InputSpec:
    """Specification of the graphs' inputs; a manifest holds all of it."""

    prepare: PrepareSpec
    text: TextSpec
    image: ImageSpec
    tokenizer: ClipTokenizer


def graph_inputs(graph: str, objects: ObjectSet, spec: InputSpec) -> Arrays:
    """The inputs of a graph by their names, a row an object; one a distinct label for the text graph.

    Args:
        graph: points, text or image.
    Raises:
        DataError: no objects, or an image graph and objects without pictures.
    """
    if not len(objects):
        raise DataError("no objects to run the graphs on. Pack more data: every label needs two objects or more.")
    return _MAKERS[graph](objects, spec)


def _points(objects: ObjectSet, spec: InputSpec) -> Arrays:
    return {"points": np.stack([prepare(sample_cloud(objects[i]), spec.prepare) for i in range(len(objects))])}


def _text(objects: ObjectSet, spec: InputSpec) -> Arrays:
    return label_tokens(sorted({info.label for info in objects.infos}), spec)


def label_tokens(labels: Sequence[str], spec: InputSpec) -> Arrays:
    """Token ids (L, longest) int32, zero after the end, and end positions (L,) int32 of labels in the first template."""
    texts = [spec.text.templates[0].replace("{}", label) for label in labels]
    tokens = [cut_tokens(spec.tokenizer.encode(text), spec.text.context_length) for text in texts]
    token_ids, eot = padded_tokens(tokens)
    return {"token_ids": token_ids, "eot": eot}


def _image(objects: ObjectSet, spec: InputSpec) -> Arrays:
    side = spec.image.size
    views = [objects[i].views for i in range(len(objects))]
    if any(not len(pictures) for pictures in views):
        raise DataError("the data hold no pictures, which the image graph needs. Pack them with views.")
    pictures = [Image.fromarray(np.asarray(first[0])).resize((side, side), Image.Resampling.BICUBIC) for first in views]
    return {"image": np.stack([np.asarray(p, np.float32).transpose(2, 0, 1) / 255 for p in pictures])}


_MAKERS: dict[str, Callable[[ObjectSet, InputSpec], Arrays]] = {"points": _points, "text": _text, "image": _image}


def range_objects(objects: ObjectSet, samples: int) -> Selection:
    """`samples` objects, or as many as there are, spread over those that no judgement uses."""
    if samples < 1:
        raise DataError(f"calibration needs 1 object or more, got {samples}.")
    return _spread(split_as_published(objects, HELD_OUT_SHARE)[0], samples)


def held_out_objects(objects: ObjectSet, samples: int) -> Selection:
    """`samples` objects, or as many as there are, spread over those that no calibration uses."""
    return _spread(split_as_published(objects, HELD_OUT_SHARE)[1], samples)


def _spread(objects: Selection, count: int) -> Selection:
    chosen = np.linspace(0, len(objects) - 1, min(count, len(objects))).round().astype(int)
    return Selection(objects.dataset, [objects.indices[k] for k in chosen])
