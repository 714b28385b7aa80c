"""The features of a batch, each tower run only where something can have changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Sequence
from functools import cached_property

import torch
from torch import Tensor

from cg3d.data.batches.batches import Batch
from cg3d.machine import autocast
from cg3d.models.cg3d import CG3D
from cg3d.training.held_out import label_features


class BatchEncoder:
    """Encodes batches on a device; what a tower without prompts has seen before is remembered.

    Args:
        model: on `device`.
        device, precision: see `cg3d.machine`.
        labels: all labels of the data, in the order of their ids.
    """

    def __init__(self, model: CG3D, device: torch.device, precision: str, labels: Sequence[str] = ()) -> None:
        self._model, self.device, self._precision = model, device, precision
        self._label_names = labels
        # On a CPU the last bits of a row depend on the rows that share its matrix product. Alone, an input has the same
        # features in whichever batch it turns up first: a resumed run repeats the bits of one that was never stopped.
        at_once = 1 if device.type == "cpu" else None
        self._images, self._texts = FeatureMemory(at_once), FeatureMemory(at_once)

    @property
    def scale(self) -> Tensor:
        """Factor on cosines, with its gradient where it learns."""
        return self._model.log_scale.exp()

    def encode(self, batch: Batch, modality: str, learning: bool) -> Tensor:
        """(B, D) float32 unit rows of one modality, with gradients where it is `learning`."""
        encode = {"points": self._points, "image": self._image, "text": self._text}[modality]
        with torch.set_grad_enabled(learning), autocast(self.device, self._precision):
            return encode(batch)

    @cached_property
    def labels(self) -> Tensor:
        """(L, D) float32 unit rows of all labels; for texts that no prompt changes."""
        return label_features(self._model, self._label_names)

    def _points(self, batch: Batch) -> Tensor:
        return self._model.encode_points(batch["points"].to(self.device))

    def _image(self, batch: Batch) -> Tensor:
        images = batch["image"]
        if self._model.image.has_prompts:
            return self._model.encode_image(images.to(self.device))
        keys = [hashlib.blake2b(image.numpy(), digest_size=16).digest() for image in images]
        return self._images.get(keys, lambda new: self._model.encode_image(images[new].to(self.device)))

    def _text(self, batch: Batch) -> Tensor:
        captions = batch["captions"]
        if self._model.text.has_prompts:
            return self._model.encode_captions(captions)
        return self._texts.get(captions, lambda new: self._model.encode_captions([captions[index] for index in new]))


class FeatureMemory:
    """Features of a frozen tower by their input, each computed once.

    Args:
        at_once: inputs that are computed together; None: all that are new.
        capacity: features kept, 2 KB each at D = 512; beyond that, new ones are computed every time.
    """

    def __init__(self, at_once: int | None = None, capacity: int = 1 << 18) -> None:
        self._at_once, self._capacity = at_once, capacity
        self._kept: dict[Hashable, Tensor] = {}

    def get(self, keys: Sequence[Hashable], compute: Callable[[list[int]], Tensor]) -> Tensor:
        """(B, D) features of the keys; `compute` gets the indices of those that are new."""
        indices = {key: index for index, key in enumerate(keys) if key not in self._kept}
        new = dict(zip(indices, self._compute(list(indices.values()), compute), strict=True))
        rows = torch.stack([new[key] if key in new else self._kept[key] for key in keys])
        if len(self._kept) + len(new) <= self._capacity:
            self._kept |= new
        return rows

    def _compute(self, indices: list[int], compute: Callable[[list[int]], Tensor]) -> list[Tensor]:
        size = self._at_once or max(1, len(indices))
        return [row for start in range(0, len(indices), size) for row in compute(indices[start : start + size])]
