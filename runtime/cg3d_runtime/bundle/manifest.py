"""manifest.json: everything a robot must know about a bundle before it opens any other file of it.

The dataclasses below are the format. Reading is strict, because a field silently ignored is a model that behaves
differently: a missing, unknown or wrong-typed field is refused by its name.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from cg3d_runtime._version import __version__
from cg3d_runtime.choices import PRECISIONS
from cg3d_runtime.errors import BundleError, one_line
from cg3d_runtime.files.atomic import write_atomically
from cg3d_runtime.files.records import as_object, check_names, record_of, refuse_constant, refuse_twice
from cg3d_runtime.preparation.prepare import PrepareSpec

FORMAT = 3  # the newest that is read
RIVALS = "rivals"  # among the files; with it the threshold means something else, and the format is 2
LABELS = "labels"  # among the files; with it the labels are fixed, and the format is 3
GRAPHS = ("points", "text", "image")
MANIFEST_FILE = "manifest.json"

_SHA256 = re.compile(r"[0-9a-f]{64}")
_VERSION = re.compile(r"[0-9A-Za-z.+!_-]{1,40}")
_MOST_CHARACTERS = 255  # of a file's path inside the bundle, and of other names
# Far beyond what any model has; what is beyond these overflows somewhere on the way to an answer.
_MOST_DIM = 1 << 16  # also tokens of a text, and pixels of a side
_MOST_TEMPLATES, _MOST_TEMPLATE_CHARACTERS = 1000, 1000
_LOGIT_SCALES = (1e-3, 1e5)
_TEMPERATURES = (1e-4, 1e5)
_RESIZES = ("shortest", "longest", "squash")


@dataclass(frozen=True)
class FileEntry:
    """One file of a bundle and what its bytes must be."""

    file: str  # relative to the bundle, `/` between folders
    sha256: str  # 64 lower-case hexadecimal digits
    bytes: int

    def __post_init__(self) -> None:
        if len(self.file) > _MOST_CHARACTERS:
            raise ValueError(f"file must be a path of {_MOST_CHARACTERS} characters at most, got {len(self.file)}")
        if not _SHA256.fullmatch(self.sha256):
            raise ValueError(f"sha256 must be 64 lower-case hexadecimal digits, got {self.sha256!r}")
        if not 0 <= self.bytes < 1 << 31:  # the most that protobuf, hence ONNX in one file, can hold
            raise ValueError(f"bytes must be 0 to 2147483647, got {self.bytes}")


@dataclass(frozen=True)
class TextSpec:
    """What the text graph takes."""

    context_length: int  # tokens, start and end included
    templates: tuple[str, ...]  # each holds `{}` where the phrase goes

    def __post_init__(self) -> None:
        if not 3 <= self.context_length <= _MOST_DIM:
            raise ValueError(
                f"context_length must hold start, one word and end (3 to {_MOST_DIM}), got {self.context_length}"
            )
        if (
            len(self.templates) > _MOST_TEMPLATES
            or max(map(len, self.templates), default=0) > _MOST_TEMPLATE_CHARACTERS
        ):
            raise ValueError(f"templates must be {_MOST_TEMPLATES} of {_MOST_TEMPLATE_CHARACTERS} characters at most")
        if not self.templates or any("{}" not in template for template in self.templates):
            raise ValueError(f"templates must each hold {{}} where the phrase goes, got {list(self.templates)}")


@dataclass(frozen=True)
class ImageSpec:
    """What the image graph takes."""

    size: int  # pixels, both sides
    resize: str  # how a picture is brought to that size, in open_clip's words: shortest, longest or squash

    def __post_init__(self) -> None:
        if not 1 <= self.size <= _MOST_DIM:
            raise ValueError(f"size must be 1 to {_MOST_DIM}, got {self.size}")
        if self.resize not in _RESIZES:
            raise ValueError(f"resize must be one of {', '.join(_RESIZES)}, got {self.resize!r:.80}")


@dataclass(frozen=True)
class Confidence:
    """What was fitted on held-out scans, so that a score means something."""

    temperature: float  # divides the logits before the softmax
    unknown_threshold: float | None  # a top score, rivals competing, under it means "none of these labels"
    fitted_on: str

    def __post_init__(self) -> None:
        _check_range(self.temperature, _TEMPERATURES, "temperature")
        if self.unknown_threshold is not None:
            _check_range(self.unknown_threshold, (0.0, 1.0), "unknown_threshold")


@dataclass(frozen=True)
class Manifest:
    """The manifest of a bundle.

    Attributes:
        graphs: graph (points, text, image) -> precision (fp32, fp16, int8) -> its ONNX file.
        files: the other files by their role: tokenizer, test_vectors, calibration, report, model_card, rivals, labels.
        confidence: None where nothing was fitted; scores then use temperature 1 and nothing is ever "unknown".
        verification, licences, provenance: for people and reports; the runtime reads `provenance["cg3d_runtime"]` only,
            the version that wrote the bundle, to name the runtime that a newer format needs.
    """

    format: int
    name: str
    embedding_dim: int
    logit_scale: float  # exp already applied
    graphs: dict[str, dict[str, FileEntry]]
    files: dict[str, FileEntry]
    prepare: PrepareSpec
    text: TextSpec
    image: ImageSpec
    confidence: Confidence | None
    verification: dict[str, dict[str, dict[str, Any]]]
    licences: dict[str, Any]
    provenance: dict[str, Any]

    def __post_init__(self) -> None:
        _check_range(self.embedding_dim, (1, _MOST_DIM), "embedding_dim")
        _check_range(self.logit_scale, _LOGIT_SCALES, "logit_scale")
        for name in (self.name, *self.files):
            if len(name) > _MOST_CHARACTERS:
                raise ValueError(f"names must be {_MOST_CHARACTERS} characters at most, got {name:.80}")
        check_names(self.graphs, GRAPHS, "graphs")
        for graph, precisions in self.graphs.items():
            check_names(precisions, PRECISIONS, f"graphs.{graph}")

    @property
    def score_scale(self) -> float:
        """What cosines are multiplied by before the softmax: `logit_scale` over the temperature, which is 1 without a fit."""
        return self.logit_scale / (self.confidence.temperature if self.confidence else 1.0)

    def to_json(self) -> str:
        """The text of manifest.json: indented, so that people and diffs can read it."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes, source: str = MANIFEST_FILE) -> Manifest:
        """Read the text of a manifest; `source` names it in errors.

        Raises:
            BundleError: no JSON in UTF-8, a newer format, or a field that is missing, unknown or of the wrong type or value.
        """
        try:
            words = text if isinstance(text, str) else text.decode("utf-8-sig")
            tree = json.loads(words, parse_constant=refuse_constant, object_pairs_hook=refuse_twice)
            _check_format(tree)
            return record_of(tree, cls, "")
        except BundleError as error:
            raise BundleError(f"{source}: {one_line(error)}") from error
        except (ValueError, RecursionError) as error:
            raise BundleError(
                f"{source}: {one_line(error)}. A manifest of format {FORMAT} is expected: copy the bundle again, "
                "or write it with `cg3d export`."
            ) from error


def write_manifest(manifest: Manifest, directory: Path) -> Path:
    """Write `directory`/manifest.json in one step, with its format and a runtime version that reads it; return its path."""
    provenance = {**manifest.provenance, "cg3d_runtime": __version__}
    stamped = replace(manifest, format=_format_for(manifest.files), provenance=provenance)
    path = Path(directory) / MANIFEST_FILE
    write_atomically(path, stamped.to_json().encode())
    return path


def _format_for(files: dict[str, FileEntry]) -> int:
    """The oldest format that says what these files mean: runtimes in the field read no newer one than theirs."""
    return 3 if LABELS in files else 2 if RIVALS in files else 1


def file_entry(path: Path) -> FileEntry:
    """Describe a file that lies at the top of a bundle: its name, SHA-256 and size."""
    digest, size = hashlib.sha256(), 0
    with Path(path).open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
            size += len(block)
    return FileEntry(Path(path).name, digest.hexdigest(), size)


def _check_format(tree: object) -> None:
    """Look at `format` alone: the other fields of a newer format may mean anything."""
    number = as_object(tree, "the manifest").get("format")
    if type(number) is not int or number < 1:
        raise ValueError(f"format must be an integer from 1 on, got {number!r}")
    if number <= FORMAT:
        return
    provenance = tree.get("provenance") if isinstance(tree, dict) else None
    writer = provenance.get("cg3d_runtime") if isinstance(provenance, dict) else None
    needed = f"cg3d-runtime>={writer}" if isinstance(writer, str) and _VERSION.fullmatch(writer) else "cg3d-runtime"
    raise BundleError(
        f"the bundle has format {number}; this runtime, cg3d-runtime {__version__}, reads up to {FORMAT}. "
        f"It needs a newer one, {needed}: a newer wheel, or pip install ./runtime in a newer checkout."
    )


def _check_range(value: float, ends: tuple[float, float], field: str) -> None:
    if not ends[0] <= value <= ends[1]:
        sign = "above 0, " if ends[0] > 0 else ""
        raise ValueError(f"{field} must be {sign}{ends[0]:g} to {ends[1]:g}, got {value}")
