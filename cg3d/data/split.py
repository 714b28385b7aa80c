"""Hold objects back for evaluation, always the same ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from cg3d.data.samples import ObjectInfo, ObjectSet, Sample, number_of
from cg3d_runtime.errors import DataError

SET_ASIDE = ("val", "test")


class Selection:
    """Some objects of a data set, in order; its labels, and so the label ids, are those of the whole."""

    def __init__(self, dataset: ObjectSet, indices: Sequence[int]) -> None:
        self.dataset = dataset
        self.indices = indices
        self.infos: Sequence[ObjectInfo] = [dataset.infos[index] for index in indices]
        self.labels = dataset.labels

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: int) -> Sample:
        return self.dataset[self.indices[index]]

    def __iter__(self) -> Iterator[Sample]:
        return (self[index] for index in range(len(self)))


def split_by_object(dataset: ObjectSet, fraction: float, seed: int = 0) -> tuple[Selection, Selection]:
    """Split into training and held-out objects.

    Each label gives `fraction` of its objects, rounded, but never its last one. Which ones depends on `seed` and their ids
    only: adding objects of other labels moves none. Objects that their source counts among val or test are in neither part.

    Args:
        dataset: what to split.
        fraction: part held out, 0 to 1.
        seed: another seed, another choice.
    Raises:
        DataError: all objects are of val or test.
    """
    by_label = defaultdict(list)
    learnable = _learnable(dataset)
    for index in learnable:
        info = dataset.infos[index]
        by_label[info.label].append((number_of(f"{seed} {info.id}"), index))
    held = {
        index
        for members in by_label.values()
        for _, index in sorted(members)[: min(round(fraction * len(members)), len(members) - 1)]
    }
    kept = [index for index in learnable if index not in held]
    return Selection(dataset, kept), Selection(dataset, sorted(held))


def split_as_published(dataset: ObjectSet, fraction: float, seed: int = 0) -> tuple[Selection, Selection]:
    """As `split_by_object`, but where the source has test objects of its own, those are the ones held out."""
    tested = [index for index, info in enumerate(dataset.infos) if info.split == "test"]
    if not tested:
        return split_by_object(dataset, fraction, seed)
    return Selection(dataset, _learnable(dataset)), Selection(dataset, tested)


def _learnable(dataset: ObjectSet) -> list[int]:
    """The objects that their source does not set aside to measure on."""
    indices = [index for index, info in enumerate(dataset.infos) if info.split not in SET_ASIDE]
    if len(dataset) and not indices:
        raise DataError(
            f"all {len(dataset)} objects are of split val or test; pack what is to be learned: --split train."
        )
    return indices
