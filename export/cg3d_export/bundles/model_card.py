"""MODEL_CARD.md: what a bundle is, from what it was made, and how far to trust it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cg3d_export.report import ExportReport
from cg3d_runtime.bundle.manifest import Manifest

RANDOM_TOWERS = (
    "> **THE TOWERS HAVE RANDOM WEIGHTS.** This bundle shows that the line from training to robot works. "
    "It recognises nothing: its answers are noise. Train again on towers with weights."
)


def model_card(
    manifest: Manifest, report: ExportReport, tower_weights: str, notes: str = "", fixed: Sequence[str] = ()
) -> str:
    """The card as Markdown.

    Args:
        manifest: of the bundle; its licences and provenance are shown as they are.
        report: figures of the export.
        tower_weights: where the towers' weights came from; "random" is stated loudly.
        notes: Markdown about accuracy and limits that only the one who trained knows.
        fixed: the labels of a classifier; none where they are free.
    """
    parts = [
        f"# {manifest.name}",
        RANDOM_TOWERS if tower_weights == "random" else "",
        _classifier(manifest, fixed) if fixed else _open_vocabulary(manifest),
        notes,
        "## Made from",
        "\n".join(_bullets(manifest.provenance)) or "Not stated.",
        "## Licences",
        "\n".join(_bullets(manifest.licences)) or "Not stated: ask whoever gave you this bundle before you pass it on.",
        "## Limits",
        _limits(manifest, fixed),
        "## Agreement with the trained model",
        "Each file against the model in PyTorch float32, on built-in objects; times are those of the exporting machine's CPU.",
        _markdown_table(report.rows()),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _open_vocabulary(manifest: Manifest) -> str:
    return (
        "Names 3D scans with words chosen at run time: a point encoder, a text encoder and an image encoder with one "
        f"{manifest.embedding_dim}-dimensional space, by the method of CG3D (Hegde et al. 2023, arXiv 2303.11313). "
        f"Made for `cg3d-infer` and `cg3d_runtime`.\n\n{_inputs(manifest)}"
    )


def _classifier(manifest: Manifest, labels: Sequence[str]) -> str:
    return (
        f"**Answers with {len(labels)} fixed labels**, learned from examples: no other word can be asked of it. A point "
        "encoder (CG3D, Hegde et al. 2023, arXiv 2303.11313) with a linear classifier, made for `cg3d-infer` and "
        f"`cg3d_runtime`. It reads {_points(manifest)}.\n\nIts labels: {', '.join(labels)}."
    )


def _points(manifest: Manifest) -> str:
    colour = "with colour" if manifest.prepare.channels == 6 else "without colour"
    return f"{manifest.prepare.points} points {colour}"


def _inputs(manifest: Manifest) -> str:
    text, image = manifest.text, manifest.image
    templates = ", ".join(f'"{template}"' for template in text.templates)
    return (
        f"It reads {_points(manifest)}, texts of up to {text.context_length} tokens in the "
        f"template {templates}, and pictures of {image.size} by {image.size} pixels."
    )


def _limits(manifest: Manifest, fixed: Sequence[str]) -> str:
    fitted = manifest.confidence
    if fixed:
        return (
            "It sees one object at a time, upright, cut out from its surroundings, and gives each one of its labels: it cannot "
            'tell "unknown", and a thing of another kind gets the label it is most like. Try it on your own scans before a '
            "robot acts on its answers."
        )
    trust = (
        f"Scores were fitted on {fitted.fitted_on}."
        if fitted
        else (
            "Unless manifest.json holds a confidence (`cg3d calibrate` writes it there), scores mean nothing but their order: "
            'compare them within one answer, not between scans, and expect no "unknown".'
        )
    )
    return (
        f"It sees one object at a time, upright, cut out from its surroundings. {trust} It knows shapes like those it was "
        "trained on; try it on your own scans before a robot acts on its answers."
    )


def _bullets(tree: dict[str, Any], indent: str = "") -> Iterator[str]:
    for key, value in tree.items():
        if isinstance(value, dict):
            yield f"{indent}* {key}:"
            yield from _bullets(value, indent + "  ")
        elif value is not None:
            yield f"{indent}* {key}: {value}"


def _markdown_table(rows: list[tuple[str, ...]]) -> str:
    heading, *body = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([heading, "|" + " --- |" * len(rows[0]), *body])
