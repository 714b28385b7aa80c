"""The protocols by which zero-shot recognition is reported: which labels, in which spelling, on which objects.

Sources: class names, their order and their spelling with spaces from salesforce/ULIP, data/labels.json (ModelNet40); numbers of
objects of the published test sets (ModelNet: Wu et al. 2015; ScanObjectNN: Uy et al. 2019; Objaverse-LVIS as evaluated by
OpenShape: Liu et al. 2023).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cg3d.data.formats.modelnet import MODELNET10, MODELNET40
from cg3d.data.formats.scanobjectnn import CLASSES as SCANOBJECTNN
from cg3d.evaluation.names import nearest
from cg3d_runtime.errors import DataError


@dataclass(frozen=True)
class Protocol:
    """The conditions of a published figure besides the model.

    Attributes:
        name: also what `ObjectInfo.set` holds for objects of this set.
        labels: the names in label order, as packed data spell them; None: those of the data set, sorted.
        split: which objects, see `cg3d.evaluation.task.SPLITS`.
        templates: default of the texts around a label, see `cg3d.evaluation.templates`.
        spelling: default of how a label is written in them, a key of `SPELLINGS`.
        objects: how many the whole set has, None where anything goes.
        label_count: likewise for labels, where `labels` is None.
    """

    name: str
    labels: tuple[str, ...] | None
    split: str = "test"
    templates: str = "ulip-64"
    spelling: str = "spaces"
    objects: int | None = None
    label_count: int | None = None


_ALL = (
    Protocol("own", None, split="all", templates="bundle", spelling="packed"),
    Protocol("modelnet10", MODELNET10, objects=908),
    Protocol("modelnet40", MODELNET40, objects=2468),
    Protocol("scanobjectnn-obj-bg", SCANOBJECTNN, objects=581),
    Protocol("scanobjectnn-obj-only", SCANOBJECTNN, objects=581),
    Protocol("scanobjectnn-pb-t50-rs", SCANOBJECTNN, objects=2882),
    Protocol("objaverse-lvis", None, split="all", objects=46205, label_count=1156),  # a test set as a whole
)
PROTOCOLS: dict[str, Protocol] = {protocol.name: protocol for protocol in _ALL}

# ULIP writes "night stand", CG3D and LVIS "night_stand": other tokens, other figures.
SPELLINGS: dict[str, Callable[[str], str]] = {
    "packed": lambda label: label,
    "spaces": lambda label: label.replace("_", " "),
    "underscores": lambda label: label.replace(" ", "_"),
}


def require_labels(protocol: Protocol, found: Iterable[str]) -> None:
    """Raises: DataError: labels that the protocol does not have, each beside the nearest that it has."""
    if protocol.labels is None:
        return
    foreign = sorted(set(found) - set(protocol.labels))
    if foreign:
        listed = "; ".join(f"{label!r} (nearest: {nearest(label, protocol.labels)!r})" for label in foreign[:10])
        more = f"; and {len(foreign) - 10} more" if len(foreign) > 10 else ""
        raise DataError(
            f"the data have labels that are not among the {len(protocol.labels)} of {protocol.name}: "
            f"{listed}{more}. Rename them where you pack the data, or use --protocol own."
        )
