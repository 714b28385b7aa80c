"""Training: what learns and what does not, what is written, and how it stops."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from cg3d.config import TrainConfig, load_config
from cg3d.data.batches.batches import Batch, ItemSpec, TrainBatches
from cg3d.data.shards import Dataset
from cg3d.machine import choose_device, choose_precision
from cg3d.models.cg3d import CG3D
from cg3d.runs.checkpoint import CHECKPOINT_FILE, build_model, load_record, load_run, towers_sha256
from cg3d.training.features import BatchEncoder, FeatureMemory
from cg3d.training.held_out import HeldOut, label_features
from cg3d.training.learner import Learner
from cg3d.training.optimisers import build_optimisers, rate_factor, set_rates
from cg3d.training.processes import Processes
from cg3d.training.progress import METRICS_FILE
from cg3d.training.train import train
from cg3d_runtime.errors import BackendError, Cg3dError, CheckpointError, DataError
from cg3d_runtime.preparation.prepare import PrepareSpec

Configure = Callable[..., TrainConfig]

CPU = torch.device("cpu")


def first_batch(packed: Path, config: TrainConfig, model: CG3D) -> Batch:
    spec = config.model.encoder.spec
    items = ItemSpec(spec, model.towers.image_size)
    return next(TrainBatches(Dataset.open(packed), config.batch_size, items).steps())


def test_run_holds_weights_record_and_metrics(run: Path) -> None:
    assert sorted(path.name for path in run.iterdir() if path.is_file()) == [CHECKPOINT_FILE, METRICS_FILE, "run.json"]
    record = load_record(run)
    assert record.step == 6
    assert record.towers == "random"
    assert 0 <= record.metrics["held_out_top1"] <= 1
    data = record.provenance["data"]
    assert (data["source"], data["objects"], data["labels"], data["licences"]) == ("three", 24, 3, {"Apache-2.0": 24})
    lines = [json.loads(line) for line in (run / METRICS_FILE).read_text().splitlines()]
    assert [line["step"] for line in lines if "loss" in line] == [2, 4, 6]
    assert [line["step"] for line in lines if "held_out_top1" in line] == [4, 6]
    first = lines[0]
    assert first["loss"] == pytest.approx(first["points_text"] + first["points_image"] + first["image_text"])


def test_same_seed_gives_the_same_weights(run: Path, packed: Path, configure: Configure, tmp_path: Path) -> None:
    first, _ = load_run(run)
    again, _ = load_run(train(configure(), packed, tmp_path / "again"))
    other, _ = load_run(train(configure("seed=1"), packed, tmp_path / "other"))
    for name, value in first.learned_state().items():
        assert torch.equal(value, again.learned_state()[name]), name
    assert not torch.equal(first.learned_state()["image.prompt"], other.learned_state()["image.prompt"])


def test_it_learns_to_tell_three_things_apart(packed: Path, configure: Configure, tmp_path: Path) -> None:
    changes = ("steps=60", "model.towers.pretrained=builtin", "weights.points_image=0", "weights.image_text=0")
    record = load_record(train(configure(*changes, "data.augmentation.partial=0"), packed, tmp_path / "run"))
    assert record.towers == "cg3d-mini/builtin"
    assert record.metrics["held_out_top1"] > 0.8


def test_only_what_learns_moves(packed: Path, configure: Configure) -> None:
    config = configure("model.prompts.text_context=2", "scale=learned", "warmup=0")
    model = build_model(config)
    before, frozen = {n: v.clone() for n, v in model.learned_state().items()}, towers_sha256(model)
    Learner(model, config, CPU, "fp32", Processes()).learn(first_batch(packed, config, model), 0)
    after = model.learned_state()
    assert towers_sha256(model) == frozen
    assert all(
        not torch.equal(before[name], after[name])
        for name in ("points.projection.weight", "image.prompt", "text.context", "log_scale")
    )


def test_frozen_scale_is_the_towers_own(packed: Path, configure: Configure) -> None:
    config = configure()
    model = build_model(config)
    Learner(model, config, CPU, "fp32", Processes()).learn(first_batch(packed, config, model), 0)
    assert model.logit_scale == pytest.approx(model.towers.logit_scale, rel=1e-6)
    assert "log_scale" not in model.learned_state()


def test_learned_scale_stops_at_a_hundred(packed: Path, configure: Configure) -> None:
    config = configure("scale=learned", "lr=0.5", "warmup=0", "final_lr=1")
    model = build_model(config)
    with torch.no_grad():
        model.log_scale.fill_(math.log(99.9))
        model.points.projection.weight.zero_()  # all objects are answered alike: only a smaller scale would help
    learner, batch = Learner(model, config, CPU, "fp32", Processes()), first_batch(packed, config, model)
    for step in range(3):
        learner.learn(batch, step)
        assert 0 < model.logit_scale <= 100.001


def test_frozen_towers_are_run_once_an_input(packed: Path, configure: Configure) -> None:
    config = configure("model.prompts.image_tokens=0")
    model = build_model(config).eval()
    batch, encoder = first_batch(packed, config, model), BatchEncoder(model, CPU, "fp32")
    first = {modality: encoder.encode(batch, modality, learning=True) for modality in ("image", "text")}
    with torch.no_grad():
        torch.testing.assert_close(first["image"], model.encode_image(batch["image"]))
        torch.testing.assert_close(first["text"], model.encode_captions(batch["captions"]), atol=1e-6, rtol=0)
        model.towers.visual.proj.zero_()
        model.towers.text.text_projection.zero_()
    for modality, features in first.items():
        assert torch.equal(encoder.encode(batch, modality, learning=False), features)


def test_memory_computes_each_new_key_once_and_keeps_to_its_capacity() -> None:
    memory, asked = FeatureMemory(capacity=2), []

    def features_of(keys: list[float]) -> list[float]:
        def compute(places: list[int]) -> torch.Tensor:
            asked.append([keys[place] for place in places])
            return torch.tensor([[keys[place]] for place in places])

        return memory.get(keys, compute).flatten().tolist()

    for keys in ([1.0, 2.0, 1.0], [2.0, 3.0], [3.0, 1.0]):
        assert features_of(keys) == keys
    assert asked == [[1.0, 2.0], [3.0], [3.0]]


def test_rates_rise_then_fall_along_a_cosine() -> None:
    factors = [rate_factor(step, steps=11, warmup=0.2, final=0.1) for step in range(11)]
    assert factors[:3] == pytest.approx([1 / 3, 2 / 3, 1.0])
    assert factors[6] == pytest.approx(0.55)
    assert factors[10] == pytest.approx(0.1)
    assert rate_factor(0, steps=1, warmup=0.0, final=0.1) == 1.0


def test_scales_and_shifts_do_not_decay(configure: Configure) -> None:
    config = configure("model.encoder.name=pointmlp-elite", "model.prompts.text_context=2")
    model = build_model(config)
    adam, sgd = build_optimisers(model, config)
    decayed, plain = ({id(p) for p in group["params"]} for group in adam.param_groups)
    names = {id(p): name for name, p in model.points.named_parameters()}
    assert {names[i].rsplit(".", 1)[-1] for i in decayed} == {"weight"}
    assert "embedding.net.0.weight" in {names[i] for i in decayed}
    assert {"embedding.net.1.weight", "projection.bias", "local_grouper_list.0.affine_alpha"} <= {
        names[i] for i in plain
    }
    assert [adam.param_groups[0]["weight_decay"], adam.param_groups[1]["weight_decay"]] == [config.weight_decay, 0]
    assert [p for group in sgd.param_groups for p in group["params"]] == [p for _, p in model.prompts()]
    set_rates([adam, sgd], config, config.steps - 1)
    assert sgd.param_groups[0]["lr"] == pytest.approx(config.prompt_lr * config.final_lr)


def test_model_without_prompts_has_one_optimiser(configure: Configure) -> None:
    config = configure("model.prompts.image_tokens=0")
    assert len(build_optimisers(build_model(config), config)) == 1


def test_label_features_are_the_mean_over_templates(configure: Configure) -> None:
    model = build_model(configure())
    torch.testing.assert_close(label_features(model, ["bowl"]), model.encode_captions(["a bowl"]))


def test_held_out_objects_are_named_by_the_nearest_label(packed: Path, configure: Configure) -> None:
    """An encoder that answers every object with one label's text is right on that third of them."""
    model, dataset = build_model(configure()), Dataset.open(packed)
    with torch.no_grad():
        model.points.projection.weight.zero_()
        model.points.projection.bias.copy_(label_features(model, ["bowl"])[0])
    scores = HeldOut(dataset, PrepareSpec(192)).scores(model, "fp32")
    assert scores == {"held_out_top1": pytest.approx(1 / 3), "held_out_top5": 1.0}
    assert not model.training


def test_alternation_reports_all_terms(packed: Path, configure: Configure, tmp_path: Path) -> None:
    run = train(configure("schedule=alternate", "steps=2", "data.held_out=0"), packed, tmp_path / "run")
    (line,) = (run / METRICS_FILE).read_text().splitlines()
    assert {"points_text", "points_image", "image_text"} <= json.loads(line).keys()


def test_random_towers_are_announced(
    packed: Path, configure: Configure, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "cg3d"):
        train(configure("steps=2"), packed, tmp_path / "run")
    assert "THE TOWERS HAVE RANDOM WEIGHTS" in caplog.text
    assert "18 objects to learn from, 6 held out" in caplog.text
    assert "step 2 of 2  loss" in caplog.text


def test_diverging_run_stops_and_keeps_its_checkpoint(packed: Path, configure: Configure, tmp_path: Path) -> None:
    config = configure("steps=40", "lr=1e30", "save_every=1", "warmup=0")
    with pytest.raises(
        Cg3dError,
        match=r"or its gradient is not finite; stopped before it spoils the weights, the checkpoint of step",
    ):
        train(config, packed, tmp_path / "run")
    assert load_record(tmp_path / "run").step >= 1


def test_run_that_diverges_at_once_leaves_no_checkpoint(packed: Path, configure: Configure, tmp_path: Path) -> None:
    with pytest.raises(
        Cg3dError, match=r"nothing was saved yet. Start again with lower rates, for example --set lr=0.01"
    ):
        train(configure("steps=40", "lr=1e30", "save_every=40", "warmup=0"), packed, tmp_path / "run")
    assert not (tmp_path / "run" / CHECKPOINT_FILE).exists()


def test_existing_run_is_not_overwritten(run: Path, packed: Path, configure: Configure) -> None:
    with pytest.raises(CheckpointError, match=r"holds a run already. Choose another --out"):
        train(configure(), packed, run)


def test_too_few_objects_leave_no_folder(packed: Path, configure: Configure, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="18 objects do not fill one batch of 19"):
        train(configure("batch_size=19"), packed, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_nothing_held_out_means_nothing_evaluated(packed: Path, configure: Configure, tmp_path: Path) -> None:
    assert load_record(train(configure("data.held_out=0"), packed, tmp_path / "run")).metrics == {}


@pytest.mark.parametrize(
    "changes",
    [
        ("model.encoder.name=pointmlp-elite", "precision=bf16"),
        ("model.encoder.channels=6",),
        ("schedule=alternate", "model.prompts.text_context=2", "model.prompts.image_depth=shallow"),
        ("positives=caption", "model.prompts.image_tokens=0"),
    ],
    ids=" ".join,
)
def test_variants_train(packed: Path, configure: Configure, tmp_path: Path, changes: tuple[str, ...]) -> None:
    record = load_record(train(configure("steps=3", *changes), packed, tmp_path / "run"))
    assert record.step == 3


def test_device_asked_for_by_name_never_falls_back() -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has CUDA")
    with pytest.raises(BackendError, match="device cuda is not there"):
        choose_device("cuda")
    assert choose_device("auto") == CPU


def test_precision_asked_for_by_name_is_kept() -> None:
    assert [choose_precision(wanted, CPU) for wanted in ("fp32", "bf16")] == ["fp32", "bf16"]
    assert choose_precision("auto", CPU) in ("fp32", "bf16")


@pytest.mark.gpu
def test_trains_on_a_gpu(packed: Path, configure: Configure, tmp_path: Path) -> None:
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    changes = ("device=cuda", "precision=auto", "model.encoder.name=pointmlp-elite", "model.prompts.text_context=2")
    assert load_record(train(configure(*changes), packed, tmp_path / "run")).step == 6


@pytest.mark.slow
def test_paper_preset_takes_two_steps(packed: Path, tmp_path: Path) -> None:
    changes = ("steps=2", "batch_size=4", "log_every=1", "model.towers.pretrained=random")
    config = load_config("paper", changes)
    run = train(config, packed, tmp_path / "run")
    losses = [json.loads(line).get("loss") for line in (run / METRICS_FILE).read_text().splitlines()]
    assert all(math.isfinite(loss) for loss in losses if loss is not None)
    state = load_run(run, towers="random")[0].learned_state()
    assert state["image.prompt"].shape == (12, 5, 768)
    assert sum(
        v.numel() for n, v in state.items() if n.startswith("points.") and "running" not in n and "num_" not in n
    ) == pytest.approx(13.1e6, rel=0.01)
