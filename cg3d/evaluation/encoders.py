"""A bundle's graphs on packed objects and their words, as the robot runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import islice
from typing import TypeVar

import numpy as np

from cg3d.data.batches.batches import image_of
from cg3d.data.samples import Sample, sample_cloud
from cg3d_runtime.backends import Backend, encode, open_backend
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.errors import ScanError
from cg3d_runtime.labels import Label
from cg3d_runtime.labels.encoder import LabelEncoder, TextEncoder
from cg3d_runtime.labels.rivals import Rivals
from cg3d_runtime.labels.tokenizer import ClipTokenizer
from cg3d_runtime.labels.vocabulary import Vocabulary
from cg3d_runtime.preparation.prepare import prepare
from cg3d_runtime.scans.cloud import PointCloud

BATCH = 32  # objects a run of a graph
CPU_BATCH = 4  # clouds: of 32 the activations leave the cache, and a cloud takes three times as long

Item = TypeVar("Item")
Encode = Callable[[Sequence[PointCloud]], np.ndarray]
Track = Callable[[Iterable[Sample], int, str], Iterable[Sample]]  # passes objects through and shows how many are done


def batches(items: Iterable[Item], size: int = BATCH) -> Iterator[list[Item]]:
    """Lists of up to `size` items, in order."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def with_templates(bundle: Bundle, texts: tuple[str, ...]) -> Bundle:
    """The bundle as if it had been exported with these templates."""
    text = replace(bundle.manifest.text, templates=texts)
    return replace(bundle, manifest=replace(bundle.manifest, text=text))


def embed_labels(bundle: Bundle, labels: Sequence[Label], backend: str) -> np.ndarray:
    """(L, D) float32 unit rows, kept in the runtime's cache of labels.

    Raises:
        LabelError: a label that is too long in one of the templates.
    """
    return LabelEncoder(bundle, backend).matrix(labels)


def vocabulary_of(bundle: Bundle, labels: Sequence[Label], matrix: np.ndarray) -> Vocabulary:
    """What a recogniser makes of a list, the names that compete with it included; no label is ever dropped.

    Args:
        matrix: (L, D), as `embed_labels` gives it.
    """
    rivals = Rivals.of(bundle)
    return Vocabulary(tuple(labels), matrix, rivals.apart_from(matrix) if rivals else None)


def embed_captions(bundle: Bundle, captions: Sequence[str], backend: str) -> np.ndarray:
    """(n, D) float32 unit rows of texts as they are, each one that `fits`."""
    with closing(open_backend(bundle, "text", backend)) as session:
        return TextEncoder(bundle, session).encode(captions)


def fits(bundle: Bundle, texts: Iterable[str]) -> list[bool]:
    """Whether each text has no more tokens than the text graph reads."""
    tokenizer, most = ClipTokenizer(bundle.file("tokenizer")), bundle.manifest.text.context_length
    return [len(tokenizer.encode(text)) <= most for text in texts]


def readable(bundle: Bundle, labels: Sequence[Label]) -> list[Label]:
    """Those whose phrases all have room in the text graph, in every template."""
    templates = bundle.manifest.text.templates
    texts = [[t.replace("{}", phrase) for phrase in label.phrases for t in templates] for label in labels]
    spoken = [text for each in texts for text in each]
    read = {text for text, has_room in zip(spoken, fits(bundle, spoken), strict=True) if has_room}
    return [label for label, each in zip(labels, texts, strict=True) if read.issuperset(each)]


def clouds_encoder(bundle: Bundle, session: Backend) -> Encode:
    """A function from M clouds to (M, D) float32 unit rows, through `prepare` and an opened points graph."""
    spec, dim = bundle.manifest.prepare, bundle.manifest.embedding_dim
    size = CPU_BATCH if session.name == "onnxruntime-cpu" else BATCH

    def run(clouds: Sequence[PointCloud]) -> np.ndarray:
        return encode(session, {"points": np.stack([prepare(cloud, spec) for cloud in clouds])}, dim)

    return lambda clouds: np.concatenate([run(batch) for batch in batches(clouds, size)])


def embed_scans(encode_clouds: Encode, samples: Iterable[Sample]) -> np.ndarray:
    """(M, D) float32 unit rows of whole objects.

    Raises:
        ScanError: an object with too few points; the message names it.
    """
    return np.concatenate([_embed_batch(encode_clouds, batch) for batch in batches(samples)])


def embed_accepted(encode_clouds: Encode, clouds: Sequence[PointCloud]) -> list[np.ndarray | None]:
    """A (D,) float32 unit row for each scan; None for one that the runtime refuses, as it refuses it on a robot."""
    try:
        return list(encode_clouds(clouds))
    except ScanError:
        if len(clouds) == 1:
            return [None]
        return [row for cloud in clouds for row in embed_accepted(encode_clouds, [cloud])]


def embed_views(bundle: Bundle, samples: Iterable[Sample], backend: str) -> np.ndarray:
    """(M, D) float32 unit rows of the first view of each object, resized as for training.

    Raises:
        BundleError: no image graph in the bundle.
    """
    size, dim = bundle.manifest.image.size, bundle.manifest.embedding_dim
    with closing(open_backend(bundle, "image", backend)) as session:
        rows = [
            encode(session, {"image": np.stack([image_of(sample, 0, size).numpy() for sample in batch])}, dim)
            for batch in batches(samples)
        ]
    return np.concatenate(rows)


def _embed_batch(encode_clouds: Encode, samples: Sequence[Sample]) -> np.ndarray:
    try:
        return encode_clouds([sample_cloud(sample) for sample in samples])
    except ScanError as error:
        if len(samples) == 1:
            raise ScanError(f"object {samples[0].id}: {error}") from error
        return np.concatenate([_embed_batch(encode_clouds, [sample]) for sample in samples])
