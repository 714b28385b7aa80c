"""The objects to fit a confidence on: those that the model has not learned from."""

from __future__ import annotations

from pathlib import Path

from cg3d.data.shards import data_sha256
from cg3d_runtime.bundle.manifest import Manifest
from cg3d_runtime.errors import DataError

UNSEEN = ("held-out", "val", "test")  # no run learns from these


def choose_split(wanted: str | None, data: Path, manifest: Manifest) -> tuple[str, tuple[str, ...]]:
    """The split to fit on, and warnings about it.

    Args:
        wanted: one of `cg3d.evaluation.task.SPLITS`; None: what the run behind the bundle held out.
        data: folder of packed data.
        manifest: of the bundle; its provenance names the data that it was trained on.
    Raises:
        DataError: these are the training data and the split holds objects that were learned from, or they are other data
            and no split was named.
    """
    source, same = _training_data(data, manifest)
    if same and wanted not in (None, *UNSEEN):
        raise DataError(
            f"split {wanted} of {data} holds objects that {manifest.name} learned from; what it knows by heart tells nothing "
            "of its confidence elsewhere. Use --split held-out, or other data."
        )
    if same:
        return wanted or "held-out", ()
    if wanted is None:
        raise DataError(
            f"{data} is not what {manifest.name} was trained on ({source}), so it has no held-out objects. If the model "
            "has learned from none of them, say so with --split all, or with --split test for the source's own test objects."
        )
    return wanted, (
        f"{data.resolve().name} is not what {manifest.name} was trained on ({source}), so nothing proves that the model has "
        "not learned from these objects; if it has, its confidence will be too high",
    )


def _training_data(data: Path, manifest: Manifest) -> tuple[str, bool]:
    """The bundle's training data, in words, and whether they are `data`."""
    known = manifest.provenance.get("data")
    if not isinstance(known, dict):
        return "unknown", False
    return " ".join(str(known.get("source", "unknown")).split()), known.get("sha256") == data_sha256(data)
