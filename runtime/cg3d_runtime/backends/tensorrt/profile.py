"""The shapes that an engine must serve: TensorRT tunes for the middle one and refuses what lies outside."""

from __future__ import annotations

from dataclasses import dataclass

from cg3d_runtime.bundle.manifest import Manifest
from cg3d_runtime.errors import BackendError

Shape = tuple[int, ...]

# (tuned for, largest) batch. A robot names one scan at a time; texts come in batches once per label list.
BATCHES = {"points": (1, 32), "text": (32, 64), "image": (1, 32)}
SHORTEST_TEXT, USUAL_TEXT = 2, 16  # tokens, start and end included


@dataclass(frozen=True)
class ShapeRange:
    """The shapes of one input."""

    min: Shape
    opt: Shape
    max: Shape

    def holds(self, shape: Shape) -> bool:
        """Whether the engine serves this shape."""
        return len(shape) == len(self.min) and all(
            low <= size <= high for low, size, high in zip(self.min, shape, self.max, strict=True)
        )


Profile = dict[str, ShapeRange]  # by the names of the graph's inputs; the batch is axis 0 of each


def graph_profile(manifest: Manifest, graph: str) -> Profile:
    """The profile of a bundle's graph: any batch up to BATCHES, texts of 2 tokens to the context length.

    Args:
        graph: points, text or image.
    """
    opt, most = BATCHES[graph]
    batches = (1, opt, most)
    if graph == "points":
        spec = manifest.prepare
        return {"points": _range(*((batch, spec.points, spec.channels) for batch in batches))}
    if graph == "image":
        size = manifest.image.size
        return {"image": _range(*((batch, 3, size, size) for batch in batches))}
    longest = manifest.text.context_length
    lengths = (SHORTEST_TEXT, min(USUAL_TEXT, longest), longest)
    return {
        "token_ids": _range(*zip(batches, lengths, strict=True)),
        "eot": _range(*((batch,) for batch in batches)),
    }


def require_served(profile: Profile, shapes: dict[str, Shape]) -> None:
    """Raises: BackendError: inputs by other names, or of shapes that no batch of the profile has."""
    if set(shapes) != set(profile):
        raise BackendError(f"the engine takes {', '.join(profile)}; got {', '.join(shapes) or 'nothing'}.")
    for name, shape in shapes.items():
        served = profile[name]
        if not shape or shape[0] < 1 or not served.holds((1, *shape[1:])):
            raise BackendError(
                f"{name} of shape {shape} does not fit the engine: {served.min} to {served.max} is expected "
                "(larger batches are split)."
            )


def _range(low: Shape, opt: Shape, high: Shape) -> ShapeRange:
    return ShapeRange(low, opt, high)
