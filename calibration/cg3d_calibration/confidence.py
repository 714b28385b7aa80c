"""Calibration of a bundle's scores, fitted and measured on packed objects through the robot's own runtime."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import cg3d
import cg3d_runtime
from cg3d.data.shards import Dataset, data_sha256
from cg3d.evaluation.encoders import Track, embed_labels
from cg3d.evaluation.names import require_known
from cg3d.evaluation.task import EvaluationRequest, make_task
from cg3d_calibration.candidate_labels import FEWEST_LABELS, candidates
from cg3d_calibration.confidence_report import ConfidenceReport
from cg3d_calibration.labelled_scans import KINDS, LabelledScans, kept_kinds, recognise_scans
from cg3d_calibration.measured_fit import measured_fit
from cg3d_calibration.rival_names import embed_rivals
from cg3d_calibration.unseen_objects import choose_split
from cg3d_calibration.usual_lengths import Gain, usual_lengths, weighed
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.bundle.manifest import Confidence
from cg3d_runtime.errors import DataError
from cg3d_runtime.labels import Label
from cg3d_runtime.labels.fixed import require_free_labels
from cg3d_runtime.labels.rivals import Rivals
from cg3d_runtime.sizes.usual import UsualLengths

LIST_LENGTH = 26  # of the example list; robots know dozens of words
FEWEST_SCANS = 50  # in both halves together
FEW_SCANS = 500  # fewer give rough figures
MOST_NAMED = 2  # kinds of scans in a sentence
POOR_AUROC = 0.7  # below it the best label's score hardly tells an unknown scan from a known one


@dataclass(frozen=True)
class FitConfig:
    """Options of a fit.

    Attributes:
        keep: share of right answers that the threshold accepts, above 0 and at most 1; of "robot" scans, of the clean ones.
        labels: those that a robot chooses from; empty: those of the data.
        list_length: how many of them at a time, 3 or more; None: all of `labels`, or 26 of the data's.
        scans: both, whole, partial, clear or robot; see `cg3d_calibration.labelled_scans`.
        split: see `cg3d_calibration.unseen_objects`; None: what the run held out.
        objects: a random subset of so many; None: all.
        rivals: names that compete with every list where "unknown" is told, see `cg3d_runtime.labels.rivals`; empty: none do.
        sizes: names with usual lengths; empty: nothing is to be known of lengths.
        seed: of subset, halves, label lists and partial scans.
    Raises:
        DataError: keep or list_length out of range, or an unknown kind of scans.
    """

    keep: float = 0.95
    labels: tuple[Label, ...] = ()
    list_length: int | None = None
    scans: str = "both"
    split: str | None = None
    objects: int | None = None
    rivals: tuple[Label, ...] = ()
    sizes: tuple[Label, ...] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        require_known("kind of scans", self.scans, KINDS)
        if not 0 < self.keep <= 1:
            raise DataError(
                f"keep must be above 0 and at most 1, got {self.keep}; 0.95 withholds one right answer in 20."
            )
        if self.list_length is not None and self.list_length < FEWEST_LABELS:
            raise DataError(f"list_length must be {FEWEST_LABELS} or more, got {self.list_length}.")


def fit_confidence(
    bundle: Bundle,
    data: Path,
    config: FitConfig,
    *,
    backend: str = "auto",
    precision: str = "auto",
    track: Track = lambda samples, count, what: samples,
) -> ConfidenceReport:
    """Fit and measure; the bundle is not changed (`cg3d_calibration.bundle_update` does that).

    Args:
        data: a folder that `cg3d data pack` wrote.
        backend, precision: as in `Recognizer.open`.
        track: shows progress; gets the objects, their number and what is done with them.
    Raises:
        DataError: no packed data there, objects that the model learned from, fewer than 50 scans of listed objects, fewer than
            3 labels, or answers that are all right or no better than guesses.
        ScanError: an object with fewer than 16 distinct points.
        BundleError, LabelError, BackendError: as `Recognizer.open`.
    """
    require_free_labels(bundle)
    dataset = Dataset.open(data)
    split, warnings = choose_split(config.split, data, bundle.manifest)
    request = EvaluationRequest("own", split=split, objects=config.objects, seed=config.seed)
    task = make_task(request, dataset, data, bundle.manifest)
    labels, truth = candidates(task, config.labels)
    listed, kept = int((truth >= 0).sum()), kept_kinds(config.scans)
    warnings += _require_scans(listed * len(kept), listed, f"{data}, split {split}")
    rivals = embed_rivals(bundle, config.rivals, backend)
    scans = recognise_scans(
        bundle, task.objects, labels, truth, config.scans, config.seed, backend, precision, track, rivals
    )
    length = config.list_length or (len(labels) if config.labels else LIST_LENGTH)
    fit = measured_fit(scans, length, config.keep, config.seed, kept)
    lengths, gain = _lengths(bundle, config, scans, labels, fit.temperature, backend)
    warnings += (*_unread(config.rivals, rivals), *_weak_model_warning(fit.figures.auroc))
    description = f"{data.resolve().name} (dataset.json SHA-256 {data_sha256(data)[:12]}), split {split}: "
    description += _fit_description(scans, fit.figures.list_length, listed if config.labels else None, rivals)
    return ConfidenceReport(
        bundle=bundle.manifest.name,
        data=data.resolve().name,
        split=split,
        objects=len(task.objects),
        scans=len(scans),
        listed=listed,
        labels=len(labels),
        backend=scans.backend,
        precision=scans.precision,
        confidence=Confidence(fit.temperature, fit.threshold, description),
        fit=fit,
        warnings=warnings,
        rivals=rivals,
        lengths=lengths,
        gain=gain,
        provenance=_provenance(bundle, data, scans, config),
    )


def _lengths(
    bundle: Bundle, config: FitConfig, scans: LabelledScans, labels: list[Label], temperature: float, backend: str
) -> tuple[UsualLengths | None, Gain | None]:
    known = usual_lengths(bundle, config.sizes, backend)
    if known is None:
        return None, None
    matrix = embed_labels(bundle, labels, backend)
    usual = known.of_names([label.phrases for label in labels], matrix, [label.length for label in labels])
    return weighed(known, scans, usual, temperature, config.seed)


def _fit_description(scans: LabelledScans, list_length: int, listed: int | None, rivals: Rivals | None) -> str:
    """The part of `fitted_on` that tells scans, lists (of a robot's own, how many objects they name) and rivals."""
    kinds = list(dict.fromkeys(scans.kinds.tolist()))
    told = f"as robots take them in {len(kinds)} conditions" if len(kinds) > MOST_NAMED else " and ".join(kinds)
    return (
        f"{len(scans)} scans, {told}, of {len(set(scans.ids.tolist()))} objects, half of them to fit and half to measure; "
        f"lists of {list_length} of {len(scans.labels)} labels"
        + (f", the robot's own, which name {listed} of the objects" if listed is not None else "")
        + (f"; {len(rivals.names)} rivals" if rivals else "")
    )


def _unread(names: tuple[Label, ...], rivals: Rivals | None) -> tuple[str, ...]:
    left_out = len(names) - (len(rivals.names) if rivals else 0)
    return (f"{left_out} of {len(names)} rivals are too long for the text encoder and left out",) if left_out else ()


def _require_scans(scans: int, objects: int, where: str) -> tuple[str, ...]:
    """Warnings about the number of scans; raises DataError where a fit would be chance."""
    if scans < FEWEST_SCANS:
        raise DataError(
            f"{where}: {scans} scans of {objects} objects with a label in the list; at least {FEWEST_SCANS} scans are needed, "
            f"and {FEW_SCANS} for figures to rely on. Name more data with --data, or hold more back when you train: "
            "--set data.held_out=0.2."
        )
    if scans < FEW_SCANS:
        return (
            f"only {scans} scans of {objects} objects: the figures are rough; {FEW_SCANS} scans or more are better",
        )
    return ()


def _weak_model_warning(auroc: float) -> tuple[str, ...]:
    if auroc >= POOR_AUROC:
        return ()
    return (
        f"the best score hardly tells scans of unlisted objects from others (AUROC {auroc:.2f}; 0.5 is a guess): do not rely "
        "on `unknown` with this model",
    )


def _provenance(bundle: Bundle, data: Path, scans: LabelledScans, config: FitConfig) -> dict[str, Any]:
    """Everything needed to repeat the figures."""
    entries = {"points": bundle.graph_entry("points", scans.precision), "text": bundle.graph_entry("text")}
    return {
        "graphs": {name: entry.sha256 for name, entry in entries.items()},
        "data_sha256": data_sha256(data),
        "config": asdict(replace(config, sizes=())) | {"sizes": len(config.sizes)},
        "versions": {library.__name__: library.__version__ for library in (cg3d, cg3d_runtime)},
    }
