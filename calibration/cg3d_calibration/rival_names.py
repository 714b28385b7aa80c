"""Which names compete with a robot's list where "unknown" is told."""

from __future__ import annotations

from pathlib import Path

from cg3d_runtime.labels import Label, read_labels

EVERYDAY_OBJECTS = Path(__file__).with_name("everyday_objects.txt")


def read_rival_names(choice: str) -> tuple[Label, ...]:
    """Names to choose from.

    Args:
        choice: `everyday`, the list that comes with this package; `none`; or the path of a label file.
    Raises:
        LabelError: a file that cannot be read as labels.
    """
    if choice == "none":
        return ()
    return tuple(read_labels(EVERYDAY_OBJECTS if choice == "everyday" else Path(choice)))
