"""Zero-shot recognition of packed objects, measured through the robot's own runtime."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

import cg3d_runtime
from cg3d.data.samples import Sample
from cg3d.data.shards import Dataset, data_sha256
from cg3d.evaluation.condition_figures import condition_report
from cg3d.evaluation.encoders import (
    Track,
    clouds_encoder,
    embed_labels,
    embed_scans,
    vocabulary_of,
    with_templates,
)
from cg3d.evaluation.metrics import answers, class_mean, confused, confusion_matrix, label_scores, ranks, share_within
from cg3d.evaluation.protocols import PROTOCOLS
from cg3d.evaluation.result import Evaluation
from cg3d.evaluation.retrieval import retrieve
from cg3d.evaluation.robustness import robustness_curves
from cg3d.evaluation.task import EvaluationRequest, Task, make_task
from cg3d.runs.provenance import library_versions
from cg3d_runtime.backends import Backend, open_backend
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.errors import DataError
from cg3d_runtime.labels import Labels, to_labels
from cg3d_runtime.labels.fixed import require_free_labels

TOPS = (1, 3, 5)


def evaluate(
    bundle: str | os.PathLike[str] | None,
    data: Path,
    *,
    protocol: str = "own",
    templates: str | None = None,
    spelling: str | None = None,
    split: str | None = None,
    objects: int | None = None,
    seed: int = 0,
    retrieval: bool = False,
    robustness: bool = False,
    labels: Labels | None = None,
    conditions: bool = False,
    seeds: int = 1,
    backend: str = "auto",
    precision: str = "auto",
    public_key: Path | None = None,
    track: Track = lambda samples, count, what: samples,
) -> Evaluation:
    """Recognise every object of a split among all labels of a protocol.

    Args:
        bundle: its directory; None means the one that CG3D_BUNDLE names, else the one inside the wheel.
        data: a folder that `cg3d data pack` wrote.
        protocol: a key of `PROTOCOLS`; own: all labels of the data set.
        templates, spelling, split: None for the protocol's own; see `cg3d.evaluation.task.EvaluationRequest`.
        objects: a random subset of so many; None: all.
        seed: of the subset, of the perturbations and of the conditions.
        retrieval: also find scans by label, caption, image and scan.
        robustness: also recognise perturbed objects, 23 times as much work.
        labels: a robot's own list, as in `Recognizer.open`, see `cg3d.evaluation.own_labels`; None: those of the protocol.
        conditions: also recognise every object as a robot scans it, see `cg3d.evaluation.conditions`.
        seeds: how many scans of each object in a condition that leaves something to chance; from `seed` on.
        backend, precision, public_key: as in `Recognizer.open`.
        track: shows progress; gets the objects, their number and what is done with them.
    Raises:
        DataError: no packed data there, or they do not fit the protocol; see `make_task`. Several seeds without conditions.
        ScanError: an object with fewer than 16 distinct points.
        BundleError, LabelError, BackendError: as `Recognizer.open`.
    """
    if seeds != 1 and not conditions:
        raise DataError(
            f"{seeds} seeds, but only conditions scan an object several times: ask for --conditions as well."
        )
    own = () if labels is None else tuple(to_labels(labels))
    dataset, opened = Dataset.open(data), Bundle.open(bundle, public_key)
    require_free_labels(opened)
    request = EvaluationRequest(protocol, templates, spelling, split, objects, seed, own)
    task = make_task(request, dataset, data, opened.manifest)
    opened = with_templates(opened, task.texts)
    words = task.label_texts()
    matrix = embed_labels(opened, words, backend)

    def show(what: str) -> Iterable[Sample]:
        return track(task.objects, len(task.objects), what)

    with closing(open_backend(opened, "points", backend, precision)) as session:
        encode_clouds = clouds_encoder(opened, session)
        scans = embed_scans(encode_clouds, show("recognising"))
        result = _recognition(task, scans @ matrix.T, data, opened, session)
        if retrieval:
            found = retrieve(task, matrix, scans, opened, backend, show("encoding pictures"))
            result = replace(result, retrieval=found)
        if robustness:
            curves = robustness_curves(show("perturbing"), encode_clouds, matrix, task.truth, result.top1, seed)
            result = replace(result, robustness=curves)
        if conditions:
            vocabulary, chances = vocabulary_of(opened, words, matrix), range(seed, seed + seeds)
            samples, manifest = show("in each condition"), opened.manifest
            report = condition_report(samples, encode_clouds, vocabulary, task.truth, manifest, chances)
            result = replace(result, conditions=report)
    return result


def _recognition(task: Task, scores: np.ndarray, data: Path, bundle: Bundle, session: Backend) -> Evaluation:
    """The figures of zero-shot recognition for scores (M, L)."""
    rank = ranks(scores, task.truth)
    top1, top3, top5 = (share_within(rank, k) for k in TOPS)
    confusion = confusion_matrix(task.truth, answers(scores), len(task.labels))
    labels = label_scores(confusion, task.labels)
    return Evaluation(
        bundle=bundle.manifest.name,
        data=data.resolve().name,
        split=task.split,
        backend=session.name,
        precision=session.precision,
        objects=len(task.objects),
        top1=top1,
        top3=top3,
        top5=top5,
        class_mean=class_mean(labels),
        chance=1 / len(task.labels),
        labels=labels,
        confusion=confused(confusion, task.labels),
        warnings=task.warnings,
        protocol=_protocol(task),
        provenance=_provenance(task, data, bundle, session.precision),
    )


def _protocol(task: Task) -> dict[str, Any]:
    expected = PROTOCOLS[task.request.protocol]
    return {
        "name": expected.name,
        "split": task.split,
        "spelling": task.spelling,
        "templates": {"name": task.templates, "texts": task.texts},
        "labels": {label.name: "; ".join(label.phrases) for label in task.label_texts()},
        "expected": {"objects": expected.objects, "labels": expected.label_count or len(task.labels)},
    }


def _provenance(task: Task, data: Path, bundle: Bundle, precision: str) -> dict[str, Any]:
    import onnxruntime

    used = {name: bundle.precision(name, "auto") for name in bundle.manifest.graphs} | {"points": precision}
    graphs = {name: {"precision": held, "sha256": bundle.graph_entry(name, held).sha256} for name, held in used.items()}
    return {
        "graphs": graphs,
        "data_sha256": data_sha256(data),
        "prepare": asdict(bundle.manifest.prepare),
        "seed": task.request.seed,
        "subset": task.request.objects,
        "versions": library_versions(cg3d_runtime, onnxruntime, np),
    }
