"""The names that compete with a robot's list where "unknown" is told: read, and embedded for a bundle."""

from __future__ import annotations

from pathlib import Path

from cg3d.evaluation.encoders import embed_labels, readable
from cg3d_calibration.chosen_names import read_names
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.errors import LabelError
from cg3d_runtime.labels import Label
from cg3d_runtime.labels.rivals import Rivals

EVERYDAY_OBJECTS = Path(__file__).with_name("everyday_objects.txt")


def read_rival_names(choice: str) -> tuple[Label, ...]:
    """The names of rivals.

    Args:
        choice: `everyday`, the list that comes with this package; `none`; or the path of a label file.
    Raises:
        LabelError: a file that cannot be read as labels.
    """
    return read_names(choice, EVERYDAY_OBJECTS)


def embed_rivals(bundle: Bundle, names: tuple[Label, ...], backend: str) -> Rivals | None:
    """Embed those names that the text encoder can read, as the robot embeds its labels; None where there are no names.

    Raises:
        LabelError: it can read none of them.
    """
    fitting = readable(bundle, names)
    if names and not fitting:
        most = bundle.manifest.text.context_length
        raise LabelError(f"all {len(names)} rivals are too long for the text encoder, which reads {most} tokens.")
    return Rivals(tuple(name.name for name in fitting), embed_labels(bundle, fitting, backend)) if fitting else None
