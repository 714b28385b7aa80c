"""calibration.json: the range of every activation that INT8 rounds, apart from the graphs so that it can be read and reused.

A range belongs to one FP32 graph, since its tensors are found by their names there; the file holds the graph's SHA-256.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cg3d_runtime.bundle.manifest import GRAPHS
from cg3d_runtime.errors import BundleError
from cg3d_runtime.files.atomic import write_atomically

FORMAT = 1
METHODS = ("minmax", "percentile", "entropy")
CALIBRATION_FILE = "calibration.json"
REMEDY = "Write it again with `cg3d int8-ranges`."

Range = tuple[float, float]


@dataclass(frozen=True)
class GraphRanges:
    """Ranges observed in one graph.

    Attributes:
        graph_sha256: of the FP32 graph's file.
        data_sha256: of the packed data's index; None for the built-in objects.
        samples: objects that were run.
        ranges: tensor -> (least, greatest) value to be told apart, in the tensor's own unit; least <= greatest.
    """

    graph_sha256: str
    data_sha256: str | None
    samples: int
    ranges: Mapping[str, Range]


@dataclass(frozen=True)
class Int8Ranges:
    """The content of calibration.json.

    Attributes:
        method: one of METHODS.
        graphs: points, text or image -> its ranges.
    """

    method: str
    graphs: Mapping[str, GraphRanges]

    def to_json(self) -> str:
        """Text with one tensor a line, so that two files can be compared by eye and by diff."""
        lines = json.dumps({"format": FORMAT, **asdict(self)}, indent=1, allow_nan=False).splitlines()
        return _ranges_on_one_line(lines)

    @classmethod
    def from_json(cls, text: str | bytes, source: str = CALIBRATION_FILE) -> Int8Ranges:
        """Read the text of a calibration; `source` names it in errors.

        Raises:
            BundleError: not JSON, a newer format, or a field that is missing, unknown or of the wrong kind.
        """
        try:
            tree = json.loads(text)
            if set(tree) != {"format", "method", "graphs"}:
                raise ValueError(f"its fields are {', '.join(sorted(tree))}; format, method and graphs are expected")
            _require_known(tree)
            return cls(tree["method"], {name: _graph_ranges(entry) for name, entry in tree["graphs"].items()})
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise BundleError(f"{source}: is no calibration of format {FORMAT} ({error}). {REMEDY}") from error

    def ranges_of(self, graph: str, graph_sha256: str) -> Mapping[str, Range]:
        """The ranges of a graph, provided that they were collected in this very one.

        Raises:
            BundleError: none for this graph, or those of another one.
        """
        if graph not in self.graphs:
            raise BundleError(
                f"the calibration holds no ranges of the {graph} graph, only of {', '.join(self.graphs)}. {REMEDY}"
            )
        made_for = self.graphs[graph].graph_sha256
        if made_for != graph_sha256:
            raise BundleError(
                f"the calibration was made for the FP32 {graph} graph {made_for[:12]}..., and this one is "
                f"{graph_sha256[:12]}...: other weights, or another exporter. Run `cg3d int8-ranges` on this one."
            )
        return self.graphs[graph].ranges


def read_ranges(path: Path) -> Int8Ranges:
    """Read a calibration.json, or the one inside a bundle's directory.

    Raises:
        BundleError: as `Int8Ranges.from_json`, or nothing to read there.
    """
    path = Path(path)
    path = path / CALIBRATION_FILE if path.is_dir() else path
    try:
        return Int8Ranges.from_json(path.read_bytes(), str(path))
    except OSError as error:
        raise BundleError(f"{path}: no calibration can be read there ({error.strerror}). {REMEDY}") from error


def write_ranges(calibration: Int8Ranges, path: Path) -> None:
    """Write it whole or not at all."""
    write_atomically(Path(path), calibration.to_json().encode())


def _require_known(tree: dict[str, Any]) -> None:
    if tree["format"] != FORMAT:
        raise ValueError(f"format {tree['format']!r}")
    if tree["method"] not in METHODS:
        raise ValueError(f"method {tree['method']!r}; one of {', '.join(METHODS)} is expected")
    if unknown := sorted(set(tree["graphs"]) - set(GRAPHS)):
        raise ValueError(f"graph {unknown[0]!r}; {', '.join(GRAPHS)} are known")


def _graph_ranges(entry: dict[str, Any]) -> GraphRanges:
    ranges = {name: _range(name, pair) for name, pair in entry["ranges"].items()}
    return GraphRanges(**{**entry, "samples": int(entry["samples"]), "ranges": ranges})


def _range(name: str, pair: Any) -> Range:
    least, greatest = (float(value) for value in pair)
    if not (math.isfinite(least) and math.isfinite(greatest) and least <= greatest):
        raise ValueError(f"the range of {name} is {pair}; two finite numbers in ascending order are expected")
    return least, greatest


def _ranges_on_one_line(lines: list[str]) -> str:
    """Join what json.dumps spread over four lines: a name with its bracket, two numbers, the closing bracket."""
    text, number = [], 0
    while number < len(lines):
        if lines[number].endswith("["):
            first, second, close = (line.strip() for line in lines[number + 1 : number + 4])
            text.append(f"{lines[number]}{first} {second}{close}")
            number += 4
        else:
            text.append(lines[number])
            number += 1
    return "\n".join(text) + "\n"
