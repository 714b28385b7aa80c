"""What an export did, for people (a table) and machines (report.json)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from cg3d_export.int8_trial import Int8Trial
from cg3d_export.precision import Structure
from cg3d_export.verify import TOLERANCES, Agreement

_COLUMNS = ("graph", "precision", "MB", "max abs error", "cosine", "FP16/INT8 weights", "ms, batch 1")


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
    """

    graph: str
    precision: str
    bytes: int
    structure: Structure
    onnxruntime: Agreement
    torch_half: Agreement | None
    ms: float


@dataclass(frozen=True)
class ExportReport:
    """A whole export.

    Attributes:
        name: of the bundle.
        graphs: one entry a file.
        versions: of the libraries that took part.
        int8: what was tried in INT8, kept or not.
    """

    name: str
    graphs: tuple[GraphReport, ...]
    versions: dict[str, str]
    int8: tuple[Int8Trial, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """A JSON object: everything, with the tolerances that were applied."""
        tolerances = {precision: asdict(tolerance) for precision, tolerance in TOLERANCES.items()}
        return {**asdict(self), "tolerances": tolerances}

    def verification(self) -> dict[str, Any]:
        """A JSON object for the manifest: graph -> precision -> its figures."""
        figures: dict[str, Any] = {}
        for entry in self.graphs:
            half = entry.torch_half and entry.torch_half.cosine
            figures.setdefault(entry.graph, {})[entry.precision] = {
                **asdict(entry.onnxruntime),
                "torch_half_cosine": half,
            }
        return figures

    def rows(self) -> list[tuple[str, ...]]:
        """The table's cells, the heading first."""
        return [_COLUMNS, *map(_cells, self.graphs)]

    def table(self) -> str:
        """The table for a terminal."""
        widths = [max(map(len, column)) for column in zip(*self.rows(), strict=True)]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in self.rows()]
        return "\n".join([line.rstrip() for line in lines] + [trial.line() for trial in self.int8])


def _cells(entry: GraphReport) -> tuple[str, ...]:
    return (
        entry.graph,
        entry.precision,
        f"{entry.bytes / 1e6:.2f}",
        f"{entry.onnxruntime.max_abs_error:.1e}",
        f"{entry.onnxruntime.cosine:.6f}",
        f"{entry.structure.small_share():.1%}",
        f"{entry.ms:.1f}",
    )
