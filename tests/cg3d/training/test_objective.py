"""The terms of a step: what they are worth, who learns from them, and who is whose positive."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from cg3d.config import TrainConfig
from cg3d.data.batches.batches import Batch, ItemSpec, TrainBatches
from cg3d.data.shards import Dataset
from cg3d.models.cg3d import CG3D
from cg3d.runs.checkpoint import build_model
from cg3d.training.features import BatchEncoder
from cg3d.training.held_out import label_features
from cg3d.training.objective import batch_losses, positive_keys
from cg3d.training.processes import Processes
from cg3d_runtime.errors import CheckpointError

Configure = Callable[..., TrainConfig]

CPU = torch.device("cpu")


def first_batch(packed: Path, config: TrainConfig, model: CG3D) -> Batch:
    spec = config.model.encoder.spec
    items = ItemSpec(spec, model.towers.image_size)
    return next(TrainBatches(Dataset.open(packed), config.batch_size, items).steps())


def losses_of(model: CG3D, batch: Batch, config: TrainConfig, step: int = 0) -> dict[str, torch.Tensor]:
    return batch_losses(BatchEncoder(model, CPU, "fp32"), batch, config, step, Processes())


def learned_by(packed: Path, config: TrainConfig, step: int) -> set[str]:
    """The parameters that get a gradient in one step."""
    model = build_model(config).train()
    torch.stack(list(losses_of(model, first_batch(packed, config, model), config, step).values())).sum().backward()
    return {name.split(".")[0] for name, p in model.named_parameters() if p.grad is not None and p.grad.abs().sum() > 0}


@pytest.mark.parametrize(
    ("changes", "step", "learned"),
    [
        (("schedule=joint",), 0, {"points", "image"}),
        (("schedule=joint", "model.prompts.text_context=2"), 1, {"points", "image", "text"}),
        (("schedule=joint", "scale=learned"), 1, {"points", "image", "log_scale"}),
        (("schedule=alternate",), 0, {"points"}),
        (("schedule=alternate",), 1, {"image"}),
        (("schedule=alternate", "model.prompts.text_context=2"), 1, {"image", "text"}),
        (("schedule=alternate", "scale=learned"), 0, {"points", "log_scale"}),
        (("schedule=alternate", "scale=learned"), 1, {"image"}),
        (("schedule=joint", "weights.points_image=0", "weights.image_text=0"), 0, {"points"}),
    ],
)
def test_schedule_decides_who_learns(
    packed: Path, configure: Configure, changes: tuple[str, ...], step: int, learned: set[str]
) -> None:
    assert learned_by(packed, configure(*changes), step) == learned


def test_losses_are_those_of_the_modalities(packed: Path, configure: Configure) -> None:
    """Points-text by hand, with the pairs of one label as positives."""
    config = configure()
    model = build_model(config).eval()
    batch = first_batch(packed, config, model)
    with torch.no_grad():
        points, text = model.encode_points(batch["points"]), model.encode_captions(batch["captions"])
    logits = model.logit_scale * points @ text.T
    same = (batch["labels"][:, None] == batch["labels"]).float()
    one_way = -(F.log_softmax(logits, 1) * same).sum(1) / same.sum(1)
    other_way = -(F.log_softmax(logits, 0) * same).sum(0) / same.sum(0)
    losses = losses_of(model, batch, config)
    torch.testing.assert_close(losses["points_text"].detach(), (one_way.mean() + other_way.mean()) / 2)


@pytest.mark.parametrize(
    ("kind", "equal"), [("label", [[0, 1]]), ("caption", [[1, 2]]), ("self", [])], ids=["label", "caption", "self"]
)
def test_positives_are_chosen_by_name(kind: str, equal: list[list[int]]) -> None:
    batch = Batch(
        points=torch.zeros(3, 1, 3),
        image=torch.zeros(3, 3, 1, 1),
        captions=["a", "b", "b"],
        labels=torch.tensor([7, 7, 2]),
        ids=["x", "y", "z"],
    )
    keys = positive_keys(batch, kind)
    assert [[i, j] for i in range(3) for j in range(i + 1, 3) if keys[i] == keys[j]] == equal


def test_two_processes_never_share_a_key_of_their_own(packed: Path, configure: Configure) -> None:
    config = configure()
    batch = first_batch(packed, config, build_model(config))
    keys = torch.cat([positive_keys(batch, "self", rank) for rank in range(2)])
    assert len(keys.unique()) == 2 * config.batch_size


def test_every_cloud_is_told_from_all_labels(packed: Path, configure: Configure) -> None:
    config = configure("schedule=joint", "weights.points_label=1")
    model = build_model(config).eval()
    batch, labels = first_batch(packed, config, model), [*Dataset.open(packed).labels, "zebra", "windmill"]
    with torch.no_grad():
        found = batch_losses(BatchEncoder(model, CPU, "fp32", labels), batch, config, 0, Processes())["points_label"]
        logits = model.logit_scale * model.encode_points(batch["points"]) @ label_features(model, labels).T
        by_hand = [torch.logsumexp(row, 0) - row[truth] for row, truth in zip(logits, batch["labels"], strict=True)]

    torch.testing.assert_close(found, torch.stack(by_hand).mean())


def test_labels_alone_are_enough_to_learn_from(packed: Path, configure: Configure) -> None:
    none = [f"weights.{term}=0" for term in ("points_text", "points_image", "image_text")]
    config = configure("schedule=joint", "weights.points_label=1", *none)
    model = build_model(config)
    encoder = BatchEncoder(model, CPU, "fp32", Dataset.open(packed).labels)
    losses = batch_losses(encoder, first_batch(packed, config, model), config, 0, Processes())
    assert losses.keys() == {"points_label"}
    losses["points_label"].backward()
    assert all(weight.grad is not None for weight in model.points.parameters())
    with pytest.raises(CheckpointError, match="points_text, points_image or points_label"):
        configure("schedule=joint", *none)


def test_all_labels_are_of_no_use_to_the_prompts(packed: Path, configure: Configure) -> None:
    config = configure("schedule=alternate", "weights.points_label=1")
    model = build_model(config)
    batch, encoder = first_batch(packed, config, model), BatchEncoder(model, CPU, "fp32", Dataset.open(packed).labels)

    assert "points_label" in batch_losses(encoder, batch, config, 0, Processes())
    assert batch_losses(encoder, batch, config, 1, Processes()).keys() == {"image_text"}


def test_labels_that_prompts_change_are_refused(configure: Configure) -> None:
    with pytest.raises(CheckpointError, match=r"weights\.points_label .*0 where text prompts learn"):
        configure("weights.points_label=1", "model.prompts.text_context=2")
