"""Names that an option chooses: those that come with this package, none, or those of a file."""

from __future__ import annotations

from pathlib import Path

from cg3d_runtime.labels import Label, read_labels


def read_names(choice: str, everyday: Path) -> tuple[Label, ...]:
    """Read names.

    Args:
        choice: `everyday`, `none`, or the path of a label file.
        everyday: the label file that comes with this package.
    Raises:
        LabelError: a file that cannot be read as labels.
    """
    if choice == "none":
        return ()
    return tuple(read_labels(everyday if choice == "everyday" else Path(choice)))
