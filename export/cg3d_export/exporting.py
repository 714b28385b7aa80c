"""From a trained model to a verified bundle."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from cg3d.models.cg3d import CG3D
from cg3d.runs.checkpoint import RunRecord, load_record, load_run
from cg3d_export.bundles.model_card import model_card
from cg3d_export.bundles.provenance import full_provenance, tower_licence, tower_weights, versions
from cg3d_export.bundles.writer import bundle_directory, npz_bytes
from cg3d_export.graph_export import export_graph, graph_file
from cg3d_export.graph_inputs import Arrays, InputSpec
from cg3d_export.int8.export import Int8Options, Int8Result, export_int8
from cg3d_export.judging.reference import JudgementData, ModelReference, input_spec
from cg3d_export.report import ExportReport, GraphReport
from cg3d_runtime.backends.onnx import devices
from cg3d_runtime.bundle.manifest import FORMAT, GRAPHS, FileEntry, Manifest, file_entry, write_manifest
from cg3d_runtime.errors import BundleError
from cg3d_runtime.labels.unfamiliar import UNFAMILIAR

log = logging.getLogger(__name__)

FILES = {
    "tokenizer": "tokenizer.json",
    "test_vectors": "test_vectors.npz",
    "report": "report.json",
    "model_card": "MODEL_CARD.md",
    "calibration": "calibration.json",
    "labels": "labels.npz",
    UNFAMILIAR: "unfamiliar.npz",
}
CONVERTED = ("fp32", "fp16")  # straight from the model; INT8 is made from the FP32 file
TEST_VECTORS = 2  # samples of each graph that travel with the bundle


def export_run(
    run: Path,
    out: Path,
    fp16: bool = True,
    keep: Mapping[str, Sequence[str]] | None = None,
    notes: str = "",
    int8: Int8Options | None = None,
    data: JudgementData | None = None,
    towers: str | None = None,
) -> ExportReport:
    """Export a run, trained or imported, to a bundle named after its directory; arguments as `export_bundle` and `load_run`.

    Raises:
        CheckpointError: no readable run there.
        BundleError, BackendError: as `export_bundle`.
    """
    record = load_record(run)
    model, _ = load_run(run, towers)
    _warn_unfinished(run, record)
    provenance = {
        **record.provenance,
        "towers": {"sha256": record.towers_sha256},
        "steps": record.step,
        "metrics": record.metrics,
    }
    licences = {"towers": tower_licence(model), "training data": record.trained_on["licences"]}
    name = Path(out).resolve().name
    return export_bundle(
        model,
        out,
        name=name,
        licences=licences,
        provenance=provenance,
        fp16=fp16,
        keep=keep,
        notes=notes,
        int8=int8,
        data=data,
    )


def _warn_unfinished(run: Path, record: RunRecord) -> None:
    steps, imported = record.config.steps, record.provenance.get("imported")
    if imported is None and record.step < steps:
        log.warning(
            "%s is not finished: step %d of %d. Go on with: cg3d train --resume %s", run, record.step, steps, run
        )
    if imported and "untrained" in imported:
        log.warning("%s was imported, and %s is untrained: the bundle recognises nothing.", run, imported["untrained"])


def export_bundle(
    model: CG3D,
    out: Path,
    *,
    name: str,
    licences: Mapping[str, Any],
    provenance: Mapping[str, Any],
    fp16: bool = True,
    keep: Mapping[str, Sequence[str]] | None = None,
    templates: Sequence[str] | None = None,
    notes: str = "",
    int8: Int8Options | None = None,
    data: JudgementData | None = None,
) -> ExportReport:
    """Bake, convert and verify the three graphs, and write them as a bundle; an older bundle at `out` is replaced.

    Args:
        model: on the CPU; it is put into evaluation mode.
        name: of the bundle.
        licences, provenance: JSON objects for the manifest and the model card.
        fp16: also write FP16 graphs.
        keep: precisions of single graphs, such as {"text": ["fp16"]}, instead of what `fp16` says; none leaves a graph out.
        templates: texts around a label, each with `{}`; None means the usual ones of the towers.
        notes: Markdown for the model card.
        int8: also try INT8 graphs, and keep those that are faster here than FP32 and near enough to it; needs `data`.
        data: labelled objects, on which the answers of every file are compared with the model's.
    Raises:
        BundleError: a graph fails its verification, or `out` may not be replaced; nothing is written then.
        DataError: INT8 without data.
        BackendError: ONNX Runtime is missing; its message holds the line that installs it.
        CheckpointError: towers that cannot be exported.
    """
    model.eval()
    wanted = _wanted(fp16, keep or {})
    devices()  # without ONNX Runtime nothing can be verified: fail before the minutes of work
    reference = ModelReference(model, input_spec(model, templates), data)
    if int8:
        reference.require_data()
    with bundle_directory(out) as folder:
        graphs = [export_graph(folder, model, graph, precision, reference) for graph, precision in wanted]
        result = (
            export_int8(folder, model, int8, sorted({graph for graph, _ in wanted}, key=GRAPHS.index), reference)
            if int8
            else None
        )
        report = ExportReport(
            name, _in_order(graphs, result), versions(), *_judged(reference), result.trials if result else ()
        )
        manifest = _manifest(folder, model, report, reference.spec, licences, provenance)
        contents = _contents(model, manifest, report, _test_vectors(reference.samples, reference.expected), notes)
        if result:
            contents["calibration"] = result.calibration.to_json().encode()
        write_files(folder, manifest, contents)
    return report


def _in_order(graphs: Sequence[GraphReport], int8: Int8Result | None) -> tuple[GraphReport, ...]:
    """Graph by graph, each from the most exact precision on."""
    return tuple(sorted([*graphs, *(int8.reports if int8 else ())], key=lambda entry: GRAPHS.index(entry.graph)))


def _judged(reference: ModelReference) -> tuple[str | None, int]:
    """The data that answers were compared on, and the number of objects."""
    return (None, 0) if reference.data is None else (reference.data.name, len(reference.held_out("points")["points"]))


def _wanted(fp16: bool, keep: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """Graph and precision of every file to write."""
    default = CONVERTED if fp16 else CONVERTED[:1]
    wanted = [(graph, precision) for graph in GRAPHS for precision in keep.get(graph, default)]
    if unknown := sorted({*keep} - {*GRAPHS}) + sorted({precision for _, precision in wanted} - {*CONVERTED}):
        raise BundleError(
            f"keep names {unknown[0]!r}; it takes graphs ({', '.join(GRAPHS)}) and their precisions ({', '.join(CONVERTED)})."
        )
    return wanted


def _manifest(
    folder: Path,
    model: CG3D,
    report: ExportReport,
    spec: InputSpec,
    licences: Mapping[str, Any],
    provenance: Mapping[str, Any],
) -> Manifest:
    """Everything the robot must know, but the files beside the graphs, whose content depends on it."""
    return Manifest(
        format=FORMAT,
        name=report.name,
        embedding_dim=model.towers.embed_dim,
        logit_scale=model.logit_scale,
        graphs=graph_entries(folder, report),
        files={},
        prepare=spec.prepare,
        text=spec.text,
        image=spec.image,
        confidence=None,
        verification=report.verification(),
        licences=dict(licences),
        provenance=full_provenance(model, provenance),
    )


def _contents(model: CG3D, manifest: Manifest, report: ExportReport, vectors: Arrays, notes: str) -> dict[str, bytes]:
    """The files beside the graphs, by their roles in FILES."""
    # A learned context moves every text, also those that mean nothing.
    unfamiliar = None if model.config.prompts.has_text_prompts else model.towers.unfamiliar
    return {
        **({UNFAMILIAR: unfamiliar.to_bytes()} if unfamiliar else {}),
        "tokenizer": tokenizer_json(model.towers.tokenizer),
        "test_vectors": npz_bytes(vectors),
        "report": json.dumps(report.to_json(), indent=2).encode(),
        "model_card": model_card(manifest, report, tower_weights(model), notes).encode(),
    }


def tokenizer_json(tokenizer: Tokenizer) -> bytes:
    """A tokenizer as a file that the robot reads: merges as "a b", which parse in half the time of ["a", "b"]."""
    content = json.loads(tokenizer.to_str())
    content["model"]["merges"] = [" ".join(pair) for pair in content["model"]["merges"]]
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def write_files(folder: Path, manifest: Manifest, contents: Mapping[str, bytes]) -> None:
    """Write the files beside the graphs, and the manifest that then lists them."""
    entries: dict[str, FileEntry] = {}
    for role, content in contents.items():
        path = folder / FILES[role]
        path.write_bytes(content)
        entries[role] = file_entry(path)
    write_manifest(replace(manifest, files=entries), folder)


def graph_entries(folder: Path, report: ExportReport) -> dict[str, dict[str, FileEntry]]:
    """The manifest's entries of the graphs that a report is about."""
    entries: dict[str, dict[str, FileEntry]] = {}
    for entry in report.graphs:
        file = folder / graph_file(entry.graph, entry.precision)
        entries.setdefault(entry.graph, {})[entry.precision] = file_entry(file)
    return entries


def _test_vectors(samples: Mapping[str, Arrays], expected: Mapping[str, np.ndarray]) -> Arrays:
    """Inputs by their names in the graphs, and `<graph>_features`: the model's own, in float32."""
    vectors = {f"{graph}_features": features[:TEST_VECTORS] for graph, features in expected.items()}
    return vectors | {name: array[:TEST_VECTORS] for inputs in samples.values() for name, array in inputs.items()}
