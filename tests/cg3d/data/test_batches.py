"""Training batches and the split into training and held-out objects."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
import torch

from cg3d.data.augment.images import ImageAugmentation
from cg3d.data.augment.points import Augmentation
from cg3d.data.batches.batches import ItemSpec, TrainBatches, image_of
from cg3d.data.batches.hard_negatives import label_neighbours
from cg3d.data.batches.order import OrderSpec
from cg3d.data.built_in import ParametricSamples, parametric_objects, synthesise
from cg3d.data.pack import pack
from cg3d.data.samples import SampleSpec
from cg3d.data.shards import Dataset
from cg3d.data.split import Selection, split_as_published, split_by_object
from cg3d_runtime.errors import DataError
from cg3d_runtime.preparation.prepare import PrepareSpec

SPEC = PrepareSpec(points=64)
LABELS = 16
NEIGHBOURS = label_neighbours(torch.eye(LABELS))
CHANGED = ImageAugmentation(flip=0.5, crop=0.5, brightness=0.3, contrast=0.3, saturation=0.3, hue=0.1)


@pytest.fixture(scope="module")
def samples() -> ParametricSamples:
    """Two objects each of sixteen categories."""
    objects = parametric_objects(2)
    names = sorted({each.category for each in objects})[:LABELS]
    spec = SampleSpec(points=512, views=2, image_size=32, drawn_points=512)
    return ParametricSamples([each for each in objects if each.category in names], spec)


def stack(batches: TrainBatches, first: int, count: int) -> list:
    return list(islice(batches.steps(first), count))


def test_batch_contents(samples: ParametricSamples) -> None:
    unplaced = Augmentation(scale=(1, 1), shift=0)
    batch = stack(TrainBatches(samples, 5, ItemSpec(SPEC, 24, unplaced)), 0, 1)[0]
    assert batch["points"].shape == (5, 64, 3) and batch["points"].dtype == torch.float32
    assert batch["points"].norm(dim=-1).amax(dim=1).numpy() == pytest.approx(1, abs=1e-5)
    assert batch["image"].shape == (5, 3, 24, 24) and batch["image"].dtype == torch.float32
    assert batch["image"].min() >= 0 and batch["image"].max() == 1
    assert batch["labels"].dtype == torch.int64
    for caption, label, own_id in zip(batch["captions"], batch["labels"], batch["ids"], strict=True):
        assert own_id.startswith(samples.labels[label]) and samples.labels[label] in caption


def test_colour_channels(samples: ParametricSamples) -> None:
    batch = stack(TrainBatches(samples, 4, ItemSpec(PrepareSpec(points=64, channels=6))), 0, 1)[0]
    assert batch["points"].shape == (4, 64, 6)
    assert batch["points"][..., 3:].min() >= 0 and batch["points"][..., 3:].max() <= 1
    assert (batch["points"][..., 3:] != 0.4).any()


def test_kept_clouds_come_again_turned_and_mirrored(samples: ParametricSamples) -> None:
    batches = TrainBatches(samples, len(samples), ItemSpec(SPEC, image_size=8, variants=2))
    first, second, again, resumed = (stack(batches, epoch, 1)[0] for epoch in (0, 1, 2, 2))
    fresh = stack(TrainBatches(samples, len(samples), ItemSpec(SPEC, image_size=8, variants=2)), 2, 1)[0]
    by_id = [dict(zip(b["ids"], b["points"], strict=True)) for b in (first, second, again, resumed, fresh)]
    for each in by_id[0]:
        one, other, turned, same, anew = (clouds[each] for clouds in by_id)
        height, radius = turned[:, 1], turned[:, [0, 2]].norm(dim=1)
        torch.testing.assert_close((height, radius), (one[:, 1], one[:, [0, 2]].norm(dim=1)), atol=1e-5, rtol=0)
        assert (turned - one).abs().max() > 1e-3 and (height - other[:, 1]).abs().max() > 1e-3
        assert torch.equal(turned, same) and torch.equal(turned, anew)


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_steps_depend_on_seed_and_number_only(samples: ParametricSamples, share: float) -> None:
    run, resumed = (
        stack(
            TrainBatches(
                samples, 6, ItemSpec(SPEC, 16, image_augmentation=CHANGED), OrderSpec("none", NEIGHBOURS, share), seed=3
            ),
            first,
            count,
        )
        for first, count in ((0, 9), (7, 2))
    )
    for one, again in zip(run[7:], resumed, strict=True):
        assert one["ids"] == again["ids"] and one["captions"] == again["captions"]
        assert torch.equal(one["points"], again["points"]) and torch.equal(one["image"], again["image"])
    other = stack(TrainBatches(samples, 6, ItemSpec(SPEC, 16), seed=4), 0, 1)[0]
    assert other["ids"] != run[0]["ids"]


def test_an_epoch_visits_each_object_once_and_changes_it(samples: ParametricSamples) -> None:
    batches = TrainBatches(samples, 8, ItemSpec(SPEC, 16))
    assert batches.steps_per_epoch == 4
    first, second = stack(batches, 0, 4), stack(batches, 4, 4)
    for epoch in (first, second):
        assert Counter(own_id for batch in epoch for own_id in batch["ids"]) == Counter(i.id for i in samples.infos)
    before, after = (
        {own_id: points for batch in epoch for own_id, points in zip(batch["ids"], batch["points"], strict=True)}
        for epoch in (first, second)
    )
    assert all(not torch.equal(before[own_id], after[own_id]) for own_id in before)


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_processes_share_the_objects_of_a_step(samples: ParametricSamples, share: float) -> None:
    order = OrderSpec("none", NEIGHBOURS, share)
    together, *alone = (
        stack(TrainBatches(samples, 8 // w, ItemSpec(SPEC, 16), order, rank=rank, world_size=w), 0, 4)
        for rank, w in ((0, 1), (0, 2), (1, 2))
    )
    for whole, *parts in zip(together, *alone, strict=True):
        assert whole["ids"] == parts[0]["ids"] + parts[1]["ids"]
        assert torch.equal(whole["points"], torch.cat([part["points"] for part in parts]))


@pytest.mark.slow
def test_loader_processes_give_the_same_batches(tmp_path: Path) -> None:
    pack(parametric_objects(1)[:12], tmp_path, SampleSpec(256, 1, 16, 256), workers=1)
    data = Dataset.open(tmp_path)
    items = ItemSpec(SPEC, 16, image_augmentation=CHANGED)
    order = OrderSpec("none", label_neighbours(torch.eye(len(data.labels))), 0.5)
    alone, helped = (stack(TrainBatches(data, 4, items, order, workers=w), 0, 3) for w in (0, 2))
    for one, other in zip(alone, helped, strict=True):
        assert one["ids"] == other["ids"]
        assert torch.equal(one["points"], other["points"]) and torch.equal(one["image"], other["image"])


def test_too_few_objects_for_a_batch(samples: ParametricSamples) -> None:
    with pytest.raises(DataError, match="32 objects do not fill one batch of 40"):
        TrainBatches(samples, 40, ItemSpec(SPEC))
    with pytest.raises(DataError, match="32 objects do not fill one batch of 20 x 2 processes"):
        TrainBatches(samples, 20, ItemSpec(SPEC), world_size=2)


def test_pictures_are_left_alone_by_default_and_changed_one_by_one(samples: ParametricSamples) -> None:
    plain, changed = (
        stack(TrainBatches(samples, 16, ItemSpec(SPEC, 32, image_augmentation=how)), 0, 1)[0]
        for how in (ImageAugmentation(), CHANGED)
    )
    assert plain["captions"] == changed["captions"] and torch.equal(plain["points"], changed["points"])
    views = {tuple(view.reshape(-1)) for sample in samples for view in sample.views}
    found = [
        sum(tuple((image * 255).round().byte().permute(1, 2, 0).reshape(-1).tolist()) in views for image in images)
        for images in (plain["image"], changed["image"])
    ]
    assert found == [16, 0]
    white = changed["image"].amax(dim=(2, 3))
    assert len({tuple(corner) for corner in white.tolist()}) > 4


def test_image_is_resized_and_scaled(samples: ParametricSamples) -> None:
    same, half = image_of(samples[0], 1, 32), image_of(samples[0], 1, 16)
    assert torch.equal((same * 255).round().byte().permute(1, 2, 0), torch.from_numpy(samples[0].views[1]))
    assert half.shape == (3, 16, 16) and half.mean() == pytest.approx(float(same.mean()), abs=0.01)


def test_split_is_stratified_disjoint_and_stable(samples: ParametricSamples) -> None:
    many = synthesise(5)
    train, held = split_by_object(many, 0.2)
    assert len(train) == 4 * len(many.labels) and len(held) == len(many.labels)
    assert Counter(info.label for info in held.infos) == dict.fromkeys(many.labels, 1)
    assert not {i.id for i in train.infos} & {i.id for i in held.infos}
    assert train.labels == held.labels == many.labels
    shuffled = Selection(many, list(range(len(many)))[::-1])
    assert {i.id for i in split_by_object(shuffled, 0.2)[1].infos} == {i.id for i in held.infos}
    assert {i.id for i in split_by_object(many, 0.2, seed=1)[1].infos} != {i.id for i in held.infos}


def test_split_never_takes_the_last_object_of_a_label() -> None:
    labels = len(synthesise(1).labels)
    train, held = split_by_object(synthesise(1), 0.9)
    assert len(held) == 0 and len(train) == labels
    train, held = split_by_object(synthesise(3), 1.0)
    assert len(train) == labels and len(held) == 2 * labels


def test_objects_that_the_source_sets_aside_are_never_learned() -> None:
    many = synthesise(
        4, spec=SampleSpec(points=64, views=1, image_size=16, drawn_points=64), categories=["mug", "bowl"]
    )
    splits = ("train", "test", "val", "")
    many.infos = [replace(info, split=splits[place % 4]) for place, info in enumerate(many.infos)]
    train, held = split_by_object(many, 0.5)
    assert {info.split for info in [*train.infos, *held.infos]} == {"train", ""} and len(train) == len(held) == 2
    learned, tested = split_as_published(many, 0.5)
    assert [info.split for info in tested.infos] == ["test", "test"] and len(learned) == 4
    many.infos = [replace(info, split="test") for info in many.infos]
    for split in (split_by_object, split_as_published):
        with pytest.raises(DataError, match="all 8 objects are of split val or test; pack what is to be learned"):
            split(many, 0.5)
