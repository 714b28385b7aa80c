"""A warning where packed objects hold fewer points than a model reads."""

from __future__ import annotations

from cg3d.data.samples import ObjectSet
from cg3d.data.shards import Dataset


def too_few_points(objects: ObjectSet, read: int) -> str:
    """A warning where packed data hold fewer points an object than a model reads; empty where they hold enough.

    Args:
        read: points that the model reads of a cloud.
    """
    held = objects.index["points"] if isinstance(objects, Dataset) else read
    if held >= read:
        return ""
    return (
        f"the data hold {held:,} points an object and the model reads {read:,}: the rest repeat others, so figures are not "
        f"those of clouds with {read:,} points. Pack the data again with --points {read}."
    )
