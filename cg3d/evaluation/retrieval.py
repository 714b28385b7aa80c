"""Retrieval among the evaluated objects: by label, by caption, by picture, by scan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from cg3d.data.samples import Sample
from cg3d.evaluation.encoders import embed_captions, embed_views, fits
from cg3d.evaluation.ranking import Ranking, rank_gallery
from cg3d.evaluation.task import Task
from cg3d_runtime.bundle import Bundle


@dataclass(frozen=True)
class Retrieval:
    """One kind of query.

    Attributes:
        query: what is asked with: label, caption, image (one view of an object) or scan.
        relevant: what counts as found: "same label" or "same object"; the gallery is the scans of all evaluated objects.
        left_out: queries of this kind that have nothing to find, or cannot be asked: labels without an object here, captions
            of several objects or with too many tokens, scans that are the only one of their label.
        ranking: the figures; None where no query is left.
    """

    query: str
    relevant: str
    left_out: int
    ranking: Ranking | None


def by_label(task: Task, matrix: np.ndarray, scans: np.ndarray) -> Retrieval:
    """Query: the text embedding of each label. Relevant: scans of that label.

    Args:
        matrix: (L, D) unit rows, the label embeddings of the zero-shot classifier.
        scans: (M, D) unit rows, in the order of the task's objects, here and below.
    """
    asked = np.unique(task.truth)
    ranking = rank_gallery(matrix[asked], scans, asked, task.truth)
    return Retrieval("label", "same label", len(task.labels) - len(asked), ranking)


def by_caption(task: Task, scans: np.ndarray, bundle: Bundle, backend: str) -> Retrieval:
    """Query: each caption that one object alone has, as it is, in no template. Relevant: that object."""
    owners = [(caption, index) for index, info in enumerate(task.objects.infos) for caption in set(info.captions)]
    shared = Counter(caption for caption, _ in owners)
    unique = sorted((index, caption) for caption, index in owners if shared[caption] == 1)
    fitting = fits(bundle, (caption for _, caption in unique))
    asked = [pair for pair, short in zip(unique, fitting, strict=True) if short]
    if not asked:
        return Retrieval("caption", "same object", len(shared), None)
    rows = embed_captions(bundle, [caption for _, caption in asked], backend)
    indices = np.array([index for index, _ in asked])
    return Retrieval(
        "caption", "same object", len(shared) - len(asked), rank_gallery(rows, scans, indices, np.arange(len(scans)))
    )


def by_image(task: Task, scans: np.ndarray, views: np.ndarray) -> list[Retrieval]:
    """Query: one view of each object through the image graph. Relevant: that object; or all scans of its label.

    Args:
        views: (M, D) unit rows, in the order of the task's objects.
    """
    objects = np.arange(len(scans))
    return [
        Retrieval("image", "same object", 0, rank_gallery(views, scans, objects, objects)),
        Retrieval("image", "same label", 0, rank_gallery(views, scans, task.truth, task.truth)),
    ]


def by_scan(task: Task, scans: np.ndarray) -> Retrieval:
    """Query: each scan, which is itself not among the items. Relevant: the other scans of its label."""
    numbers = np.bincount(task.truth)
    asked = np.flatnonzero(numbers[task.truth] > 1)
    if not len(asked):
        return Retrieval("scan", "same label", len(scans), None)
    ranking = rank_gallery(scans[asked], scans, task.truth[asked], task.truth, own_indices=asked)
    return Retrieval("scan", "same label", len(scans) - len(asked), ranking)


def retrieve(
    task: Task,
    matrix: np.ndarray,
    scans: np.ndarray,
    bundle: Bundle,
    backend: str,
    pictured: Iterable[Sample],
) -> tuple[Retrieval, ...]:
    """Every kind of query that the bundle can answer; those by image need its image graph.

    Args:
        matrix: (L, D), as in `by_label`.
        scans: (M, D).
        pictured: the task's objects, gone through where there are pictures to encode.
    """
    found = [by_label(task, matrix, scans), by_caption(task, scans, bundle, backend)]
    if "image" in bundle.manifest.graphs:
        found += by_image(task, scans, embed_views(bundle, pictured, backend))
    return (*found, by_scan(task, scans))
