"""The report of an export: a table and report.json."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from cg3d_export.graphs.half_islands import Islands
from cg3d_export.judging.agreement import TOLERANCES, FeatureAgreement
from cg3d_export.judging.structure import Structure

ENOUGH_OBJECTS = 100  # among which changes of 3 % of the answers show with probability 95 %
_COLUMNS = (
    "graph",
    "precision",
    "MB",
    "max abs error",
    "mean",
    "cosine",
    "same answer",
    "FP16/INT8 weights",
    "ms, batch 1",
)


@dataclass(frozen=True)
class GraphReport:
    """One exported file.

    Attributes:
        graph: points, text or image.
        precision: fp32, fp16 or int8.
        bytes: size of the file.
        structure: what it is made of.
        onnxruntime: agreement of the file with the model.
        torch_half: agreement of the same module in torch's half precision; None at fp32 and int8.
        ms: median time of a batch of one in ONNX Runtime on the exporting machine's CPU.
        top1_agreement: share of labelled held-out objects that get the label which the model gives; None without such.
        ladder: library and device -> agreement with the model in float64, which tells rounding from a wrong graph.
        islands: what had to leave half precision, and why; None where nothing had to.
    """

    graph: str
    precision: str
    bytes: int
    structure: Structure
    onnxruntime: FeatureAgreement
    torch_half: FeatureAgreement | None
    ms: float
    top1_agreement: float | None = None
    ladder: Mapping[str, FeatureAgreement] = field(default_factory=dict)
    islands: Islands | None = None

    def warnings(self) -> Iterator[str]:
        """Warnings for its user, a sentence each."""
        name, least = f"{self.graph} {self.precision}", TOLERANCES[self.precision].top1_agreement
        if self.islands:
            yield f"{name}: {len(self.islands.widened)} nodes left half precision, from {self.islands.first} on."
        if least is not None and self.top1_agreement is not None and self.top1_agreement < least:
            yield f"{name}: {self.top1_agreement:.1%} the same answer as the model; {least:.1%} is expected of a trained one."


@dataclass(frozen=True)
class Int8Trial:
    """The decision on one graph in INT8, and the figures behind it.

    Attributes:
        graph: points, text or image.
        dropped: why it is not in the bundle; None where it is.
        cosine: to the FP32 graph's features, of the worst held-out object; `mean_cosine` of all.
        top1_agreement: share of those objects whose nearest label is that of FP32.
        samples: how many they were.
        fp32_ms, int8_ms: threads -> median time of a batch of one in ONNX Runtime on the exporting machine's CPU.
        left_in_float32: names of the products with weights that lost too much in INT8.
    """

    graph: str
    dropped: str | None
    cosine: float
    mean_cosine: float
    top1_agreement: float
    samples: int
    fp32_ms: dict[str, float]
    int8_ms: dict[str, float]
    left_in_float32: tuple[str, ...]

    def line(self) -> str:
        """One sentence for people."""
        speed = ", ".join(f"{self.fp32_ms[t] / self.int8_ms[t]:.2f} times as fast with {t}" for t in self.fp32_ms)
        fate = f"dropped, {self.dropped}" if self.dropped else "kept"
        return (
            f"{self.graph} int8: {fate}. Against fp32 on {self.samples} held-out objects: cosine {self.cosine:.4f} at least, "
            f"{self.mean_cosine:.4f} on average, {self.top1_agreement:.1%} the same answer; {speed}; "
            f"{len(self.left_in_float32)} products left in float32."
        )


@dataclass(frozen=True)
class ExportReport:
    """A whole export.

    Attributes:
        name: of the bundle.
        graphs: one entry a file.
        versions: of the libraries that took part.
        judged_on: the data that answers were compared on; None where none were.
        judged_objects: how many objects of it.
        int8: what was tried in INT8, kept or not.
    """

    name: str
    graphs: tuple[GraphReport, ...]
    versions: dict[str, str]
    judged_on: str | None = None
    judged_objects: int = 0
    int8: tuple[Int8Trial, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """A JSON object: everything, with the tolerances that were applied."""
        tolerances = {precision: asdict(tolerance) for precision, tolerance in TOLERANCES.items()}
        return {**asdict(self), "tolerances": tolerances}

    def verification(self) -> dict[str, Any]:
        """A JSON object for the manifest: graph -> precision -> its figures."""
        figures: dict[str, Any] = {}
        for entry in self.graphs:
            figures.setdefault(entry.graph, {})[entry.precision] = {
                **asdict(entry.onnxruntime),
                "torch_half_cosine": entry.torch_half and entry.torch_half.cosine,
                "top1_agreement": entry.top1_agreement,
                "widened": list(entry.islands.widened) if entry.islands else [],
            }
        return figures

    def rows(self) -> list[tuple[str, ...]]:
        """The table's cells, the heading first."""
        return [_COLUMNS, *map(_cells, self.graphs)]

    def table(self) -> str:
        """The table for a terminal, and the notes below it."""
        widths = [max(map(len, column)) for column in zip(*self.rows(), strict=True)]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in self.rows()]
        return "\n".join([*(line.rstrip() for line in lines), *self.notes()])

    def notes(self) -> Iterator[str]:
        """Notes beyond the table's cells, a sentence each."""
        if self.judged_on:
            yield f"same answer: nearest label, {self.judged_objects} held-out objects of {self.judged_on}, FP16 in torch."
            if self.judged_objects < ENOUGH_OBJECTS:
                yield f"{self.judged_objects} objects are few to tell a small loss by: judge on {ENOUGH_OBJECTS} or more."
        for entry in self.graphs:
            yield from entry.warnings()
        yield from (trial.line() for trial in self.int8)


def _cells(entry: GraphReport) -> tuple[str, ...]:
    worst = entry.torch_half or entry.onnxruntime  # FP16 as a GPU computes it
    return (
        entry.graph,
        entry.precision,
        f"{entry.bytes / 1e6:.2f}",
        f"{worst.max_abs_error:.1e}",
        f"{worst.mean_abs_error:.1e}",
        f"{worst.cosine:.6f}",
        "-" if entry.top1_agreement is None else f"{entry.top1_agreement:.1%}",
        f"{entry.structure.small_share():.1%}",
        f"{entry.ms:.1f}",
    )
