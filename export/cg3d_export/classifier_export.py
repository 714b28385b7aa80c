"""From a classifier that `cg3d finetune` learned to a verified bundle with fixed labels."""

from __future__ import annotations

import copy
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from cg3d.data.samples import sample_cloud
from cg3d.finetune.classifier import CLASSIFIER_FILE, Classifier, load_classifier_record
from cg3d.finetune.run import RESULT_FILE
from cg3d.models.cg3d import ModelConfig, unit_rows
from cg3d.models.encoders.point_encoder import EncoderConfig
from cg3d_export.bundles.model_card import model_card
from cg3d_export.bundles.provenance import versions
from cg3d_export.bundles.writer import bundle_directory, npz_bytes
from cg3d_export.exporting import TEST_VECTORS, graph_entries, write_files
from cg3d_export.graph_export import export_graph, graph_file
from cg3d_export.graph_inputs import Arrays, held_out_objects
from cg3d_export.judging.agreement import FeatureAgreement, onnx_features, top1_share
from cg3d_export.judging.reference import JudgementData
from cg3d_export.judging.samples import make_point_samples
from cg3d_export.report import ExportReport
from cg3d_runtime.backends.onnx import devices
from cg3d_runtime.bundle.manifest import FORMAT, ImageSpec, Manifest, TextSpec
from cg3d_runtime.errors import BundleError, CheckpointError
from cg3d_runtime.labels.fixed import FixedLabels
from cg3d_runtime.preparation.prepare import prepare

log = logging.getLogger(__name__)

SCORE_TOLERANCE = 1e-5  # of one score, FP32 file against the classifier
ROUNDING = (
    1e-6  # length that rounding may add to features: weights longer than 10 take more than the tolerance out of it
)
NO_TEXT, NO_IMAGE = TextSpec(3, ("{}",)), ImageSpec(1, "squash")  # the smallest values: there are no such graphs


def is_classifier(folder: Path) -> bool:
    """Whether `cg3d finetune` wrote the folder.

    Raises:
        CheckpointError: it did, and learned no classifier there.
    """
    if (folder / CLASSIFIER_FILE).is_file():
        return True
    if (folder / RESULT_FILE).is_file():
        raise CheckpointError(
            f"{folder}: few-shot learns nothing that lasts; fine-tune with --mode linear or full to export a classifier."
        )
    return False


def export_classifier(folder: Path, out: Path, fp16: bool = False, data: JudgementData | None = None) -> ExportReport:
    """Export what `cg3d finetune` learned; an older bundle at `out` is replaced.

    Args:
        folder: holds classifier.safetensors.
        out: folder of the bundle, which is named after it.
        fp16: also write an FP16 graph.
        data: objects, on which the answers of every file are compared with the classifier's.
    Raises:
        CheckpointError: no classifier there.
        BundleError: a graph fails its verification, answers differ, or `out` may not be replaced; nothing is written then.
        BackendError: ONNX Runtime is missing; its message holds the line that installs it.
    """
    classifier, record = load_classifier_record(folder / CLASSIFIER_FILE)
    origin = _origin(folder, record)
    devices()  # without ONNX Runtime nothing can be verified
    encoder = _Encoder(classifier.encoder, ModelConfig(EncoderConfig(**record["encoder"])))
    reference = _ClassifierReference(classifier, encoder, data)
    labels = _labels(classifier, record)
    with bundle_directory(out) as directory:
        precisions = ("fp32", "fp16") if fp16 else ("fp32",)
        graphs = tuple(export_graph(directory, encoder, "points", precision, reference) for precision in precisions)
        error = reference.score_error((directory / graph_file("points", "fp32")).read_bytes(), labels)
        objects = 0 if data is None else len(reference.objects["points"])
        report = ExportReport(
            Path(out).resolve().name, graphs, versions(), None if data is None else data.name, objects
        )
        manifest = _manifest(directory, report, encoder, origin, error)
        write_files(directory, manifest, _contents(manifest, report, labels, reference))
    return report


@dataclass(frozen=True)
class _Encoder:
    """As much of a model as a points graph is made from."""

    points: nn.Module
    config: ModelConfig


class _ClassifierReference:
    """The classifier's own features and answers; see `cg3d_export.judging.reference.ModelReference`."""

    def __init__(self, classifier: Classifier, encoder: _Encoder, data: JudgementData | None) -> None:
        self._classifier, self._encoder, self._data = classifier, encoder, data
        self.samples: dict[str, Arrays] = {"points": make_point_samples(encoder.config.encoder.spec)}
        self.expected = {"points": _features(classifier.encoder, self.samples["points"], torch.float32)}

    def against_float64(self, graph: str, features: Mapping[str, np.ndarray]) -> dict[str, FeatureAgreement]:
        """Agreement of several computations of the samples with float64."""
        wide = copy.deepcopy(self._classifier.encoder).double()
        exact = _features(wide, self.samples[graph], torch.float64)
        return {name: FeatureAgreement.between(found, exact) for name, found in features.items()}

    @cached_property
    def objects(self) -> Arrays:
        """Prepared clouds: held-out objects of the data, else the samples."""
        if self._data is None:
            return self.samples["points"]
        spec = self._encoder.config.encoder.spec
        held_out = held_out_objects(self._data.objects, self._data.held_out)
        return {"points": np.stack([prepare(sample_cloud(sample), spec) for sample in held_out])}

    @cached_property
    def logits(self) -> np.ndarray:
        """(M, L) of `objects`, by the classifier itself."""
        with torch.no_grad():
            parts = torch.from_numpy(self.objects["points"]).split(8)
            return torch.cat([self._classifier(part) for part in parts]).numpy()

    def top1_agreement(self, graph: str, encode: Callable[[Arrays], np.ndarray]) -> float | None:
        """Share of the objects that get the label which the classifier gives them; None without data."""
        if self._data is None:
            return None
        weight, bias = (part.numpy() for part in self._classifier.linear_map())
        return top1_share(encode(self.objects) @ weight.T + bias, self.logits)

    def score_error(self, content: bytes, labels: FixedLabels) -> float:
        """The largest difference of a score, as the robot computes it from the FP32 file, from the classifier's.

        Raises:
            BundleError: it is above SCORE_TOLERANCE, or above what the classifier's weights make of ROUNDING; or a best label
                is another, which led by more than that.
        """
        allowed = max(SCORE_TOLERANCE, ROUNDING * float(np.linalg.norm(labels.weight, axis=1).max()))
        vocabulary, features = labels.choose(), onnx_features(content, "fp32", self.objects)
        found = np.stack([vocabulary.judge(row, 1.0).scores for row in features])
        expected = torch.from_numpy(self.logits).double().softmax(dim=1).numpy()
        error, same = float(np.abs(found - expected).max()), top1_share(found, expected)
        best, second = np.sort(expected, axis=1)[:, ::-1][:, :2].T
        told_apart = best - second > allowed
        if not (error <= allowed and (found.argmax(axis=1) == expected.argmax(axis=1))[told_apart].all()):
            raise BundleError(
                f"the exported classifier answers {same:.2%} of {len(found)} objects like the one that was learned, and its "
                f"scores differ by up to {error:.1e}; 100% and {allowed:.0e} are needed. No bundle was written. Please "
                "report it."
            )
        log.info("%.2f%% of %d answers are the classifier's, scores to %.1e", 100 * same, len(found), error)
        return error


@torch.no_grad()
def _features(encoder: nn.Module, inputs: Arrays, precision: torch.dtype) -> np.ndarray:
    """(B, D) unit rows by the encoder as it learned, batch normalisation unfolded."""
    return unit_rows(encoder(torch.from_numpy(inputs["points"]).to(precision))).numpy()


def _labels(classifier: Classifier, record: Mapping[str, Any]) -> FixedLabels:
    names, (weight, bias) = record["labels"], classifier.linear_map()
    if unprintable := next((name for name in names if not name.isprintable()), None):
        raise BundleError(
            f"the label {unprintable!r} holds what cannot be printed. Rename it in the data, and learn again."
        )
    return FixedLabels(tuple(names), weight.numpy(), bias.numpy())


def _manifest(
    directory: Path, report: ExportReport, encoder: _Encoder, origin: Mapping[str, Any], error: float
) -> Manifest:
    config = encoder.config.encoder
    return Manifest(
        format=FORMAT,
        name=report.name,
        embedding_dim=origin["embedding_dim"],
        logit_scale=1.0,  # the classifier's weights hold it
        graphs=graph_entries(directory, report),
        files={},
        prepare=config.spec,
        text=NO_TEXT,
        image=NO_IMAGE,
        confidence=None,
        verification={**report.verification(), "labels": {"fp32": {"max_abs_error": error}}},
        licences=origin["licences"],
        provenance={**origin["provenance"], "exported_with": versions()},
    )


def _origin(folder: Path, record: Mapping[str, Any]) -> dict[str, Any]:
    """Origin of the classifier for the bundle, gathered before the minutes of work.

    Raises:
        CheckpointError: the record, a stranger's, lacks what this program writes.
    """
    try:
        about = {"licences": _licences(record), "provenance": _provenance(record)}
        return {**about, "embedding_dim": record["embed_dim"]}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CheckpointError(
            f"{folder / CLASSIFIER_FILE}: its record is not what `cg3d finetune` writes ({error!r:.200}). Fine-tune again."
        ) from error


def _licences(record: Mapping[str, Any]) -> dict[str, Any]:
    """Of all that the weights learned from; "unknown" where the record is older than they are in it."""
    licences = {"training data": record["data"].get("licences", "unknown")}
    if record["weights"] != "fresh":
        licences["pretraining data"] = record.get("pretraining", {}).get("licences") or "unknown"
    return licences


def _provenance(record: Mapping[str, Any]) -> dict[str, Any]:
    """Provenance of the fine-tuning."""
    origin = {} if record["weights"] == "fresh" else {key: record[key] for key in ("run", "bundle") if key in record}
    return {
        "mode": record["config"]["mode"],
        "started_from": origin or "fresh weights",
        "data": record["data"],
        "learned": record["learned"],
        "held_out": record["held_out"],
        "top1": float(record["scores"]["top"]["1"]),
        "versions": record["versions"],
        "written": record["written"],
        "model": {"encoder": record["encoder"]},
    }


def _contents(
    manifest: Manifest, report: ExportReport, labels: FixedLabels, reference: _ClassifierReference
) -> dict[str, bytes]:
    """The files beside the graph, by their roles."""
    features = reference.expected["points"][:TEST_VECTORS]
    vocabulary = labels.choose()
    vectors = {
        "points": reference.samples["points"]["points"][:TEST_VECTORS],
        "points_features": features,
        "label_scores": np.stack([vocabulary.judge(row, 1.0).scores for row in features]).astype(np.float32),
    }
    return {
        "labels": labels.to_bytes(),
        "test_vectors": npz_bytes(vectors),
        "report": json.dumps(report.to_json(), indent=2).encode(),
        "model_card": model_card(manifest, report, "", _accuracy(manifest), labels.names).encode(),
    }


def _accuracy(manifest: Manifest) -> str:
    provenance = manifest.provenance
    return (
        f"On the {provenance['held_out']} objects that the fine-tuning held out it was right in {provenance['top1']:.1%}; "
        f"{provenance['learned']} were learned."
    )
