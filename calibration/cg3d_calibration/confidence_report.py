"""A fitted confidence for people and for machines, and as files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from cg3d.evaluation.plots import save
from cg3d_calibration.confidence_plots import confidence_figure
from cg3d_calibration.measured_fit import AtLength, Figures, MeasuredFit
from cg3d_calibration.reliability import Reliability
from cg3d_calibration.usual_lengths import Gain
from cg3d_runtime.bundle.manifest import Confidence
from cg3d_runtime.errors import DataError
from cg3d_runtime.files.atomic import write_atomically
from cg3d_runtime.labels.rivals import Rivals
from cg3d_runtime.sizes.usual import UsualLengths


@dataclass(frozen=True)
class ConfidenceReport:
    """The fit of a confidence: its data, its values, and their worth.

    Attributes:
        bundle, data, split: what was fitted, and on what.
        objects, scans, labels: how many; one half of the objects fits, the other measures.
        listed: objects whose label is among the labels; the others are of no use but as unknown ones.
        backend, precision: what ran the point encoder.
        confidence: as it goes into the manifest.
        fit: the figures.
        warnings: why not to rely on them.
        rivals: what competed with the lists; their names alone are part of the report's JSON.
        lengths, gain: what the bundle is to know of usual lengths, and what they are worth; their weight and number alone are
            part of the report's JSON.
        provenance: hashes of graphs and data, configuration, versions: what it takes to repeat the figures.
    """

    bundle: str
    data: str
    split: str
    objects: int
    scans: int
    listed: int
    labels: int
    backend: str
    precision: str
    confidence: Confidence
    fit: MeasuredFit
    warnings: tuple[str, ...] = ()
    rivals: Rivals | None = None
    lengths: UsualLengths | None = None
    gain: Gain | None = None
    provenance: dict[str, Any] = field(default_factory=dict)

    def to_json(self, indent: int | None = None) -> str:
        """One JSON object; on one line without `indent`."""
        tree = asdict(replace(self, rivals=None, lengths=None)) | {
            "rivals": list(self.rivals.names) if self.rivals else [],
            "lengths": {"names": len(self.lengths.names), "weight": self.lengths.weight} if self.lengths else None,
        }
        return json.dumps(tree, ensure_ascii=False, allow_nan=False, indent=indent)

    def table(self) -> str:
        """Calibration before and after, what the threshold does to each kind of scan, list lengths, then what was fitted."""
        blocks = [_reliability_lines(self.fit), _kind_lines(self.fit), _length_lines(self.fit.lengths)]
        return "\n\n".join("\n".join(block) for block in (*blocks, _fitted_lines(self)))


def write_report(report: ConfidenceReport, out: Path) -> list[Path]:
    """Write confidence.json and confidence.png into the folder `out`; return their paths.

    Raises:
        DataError: a file cannot be written.
    """
    try:
        write_atomically(out / "confidence.json", (report.to_json(indent=1) + "\n").encode())
        title = f"{report.bundle} on {report.data}: lists of {report.fit.figures.list_length} labels"
        save(confidence_figure(report.fit, title), out / "confidence.png")
    except OSError as error:
        raise DataError(f"{out}: the report cannot be written there ({error.strerror}). Name another --out.") from error
    return [out / "confidence.json", out / "confidence.png"]


def _reliability_lines(fit: MeasuredFit) -> Iterator[str]:
    yield f"{'':22}  accuracy  mean score     ECE  ECE equal mass    NLL   Brier"
    named = {"all": fit.figures, **(fit.kinds if len(fit.kinds) == 2 else {})}
    for name, each in named.items():
        yield _reliability_line(f"{name}, temperature 1", each.before)
        yield _reliability_line(f"{name}, fitted", each.after)


def _reliability_line(name: str, each: Reliability) -> str:
    return (
        f"{name:22}  {each.accuracy:8.1%}  {each.confidence:10.1%}  {each.ece:6.1%}  {each.ece_equal_mass:14.1%}  "
        f"{each.nll:5.3f}  {each.brier:6.3f}"
    )


def _kind_lines(fit: MeasuredFit) -> Iterator[str]:
    yield "scans                     accuracy  wrong, not unknown  false rejects  false accepts"
    for name, each in {"all": fit.figures, **fit.kinds}.items():
        point = each.at_threshold
        yield (
            f"{name:24}  {each.after.accuracy:8.1%}  {point.wrong_answers:18.1%}  {point.false_rejects:13.1%}  "
            f"{point.false_accepts:13.1%}"
        )


def _length_lines(lengths: tuple[AtLength, ...]) -> Iterator[str]:
    yield "labels in list  accuracy     ECE  AUROC  false accepts  false rejects  own temperature  own threshold"
    for each in lengths:
        yield _length_line(each, each.figures)


def _length_line(each: AtLength, figures: Figures) -> str:
    point = figures.at_threshold
    return (
        f"{figures.list_length:14d}  {figures.after.accuracy:8.1%}  {figures.after.ece:6.1%}  {figures.auroc:5.3f}  "
        f"{point.false_accepts:13.1%}  {point.false_rejects:13.1%}  {_number(each.own_temperature):>15}  "
        f"{_number(each.own_threshold):>13}"
    )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _fitted_lines(report: ConfidenceReport) -> Iterator[str]:
    fit, point, other = report.fit, report.fit.figures.at_threshold, report.fit.balanced
    yield f"temperature {fit.temperature:.3f}, unknown below {fit.threshold:.3f}"
    yield (
        f"at that threshold {point.false_rejects:.1%} of right answers are withheld and {point.false_accepts:.1%} of "
        f"unknown scans answered; at {other.threshold:.3f} it would be {other.false_rejects:.1%} and "
        f"{other.false_accepts:.1%}"
    )
    if report.lengths and report.gain:
        yield (
            f"lengths weigh {report.lengths.weight:.2f}: of {report.gain.scans} scans of known length, "
            f"{report.gain.shape:.1%} are named right by their shape, {report.gain.both:.1%} with it"
        )
    yield f"fitted on {report.confidence.fitted_on}, on {report.backend} in {report.precision}"
