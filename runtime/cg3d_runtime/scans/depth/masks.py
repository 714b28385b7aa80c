"""Masks: which pixels of a depth image are the object."""

from __future__ import annotations

import numpy as np

_WHOLE = 0.98  # share of the pixels from which a mask is none


def object_pixels(mask: np.ndarray, is_lossy: bool = False) -> np.ndarray:
    """Which pixels a mask names, (H, W) bool.

    Of a picture that is fully transparent in a part: those that are more opaque than half. Else those above 0 in any channel;
    in lossy pictures, whose zeros ring, and in floats that are no whole numbers, those above half of the largest
    value, or above 0 where there are negative ones, as in the logits of a network.

    Args:
        mask: (H, W) or (H, W, 1 to 4) of any number type or bool; channel 2 or 4 is alpha.
        is_lossy: whether compression may have changed its values, as that of JPEG does.
    """
    if mask.ndim == 3 and mask.shape[2] in (2, 4):
        alpha = mask[..., -1]
        if alpha.min() == 0 and alpha.any():
            return _upper_half(alpha)
        mask = mask[..., :-1]
    values = np.fmax.reduce(mask, axis=2) if mask.ndim == 3 else mask  # fmax passes over NaN
    with np.errstate(invalid="ignore"):
        inside: np.ndarray = _upper_half(values) if is_lossy or _is_soft(values) else values > 0
    return inside


def mask_note(inside: np.ndarray, name: str) -> tuple[str, ...]:
    """What is odd about a mask that names these pixels, as `PointCloud.notes`."""
    share = np.count_nonzero(inside) / inside.size
    if share <= _WHOLE:
        return ()
    return (f"has a mask, {name}, that takes in {share:.1%} of the pixels; its pixels above 0 are the object.",)


def _upper_half(values: np.ndarray) -> np.ndarray:
    inside: np.ndarray = values > np.fmax.reduce(values, axis=None, initial=0) / 2
    return inside


def _is_soft(values: np.ndarray) -> bool:
    """Whether these are shares of opacity or probabilities, not numbers of objects."""
    if values.dtype.kind != "f" or np.fmin.reduce(values, axis=None, initial=0) < 0:
        return False
    finite = values[np.isfinite(values)]
    return bool((finite != np.rint(finite)).any())
