"""What `cg3d train --dry-run` says: exactly what learns, roughly what memory it takes, and nothing written."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from typer.testing import CliRunner, Result

from cg3d.cli import app
from cg3d.config import TrainConfig, load_config
from cg3d.data.batches.batches import Batch, ItemSpec, TrainBatches
from cg3d.data.shards import Dataset
from cg3d.models.cg3d import CG3D
from cg3d.runs.checkpoint import build_model
from cg3d.training.dry_run import dry_run
from cg3d.training.features import BatchEncoder
from cg3d.training.learner import Learner
from cg3d.training.memory import activation_bytes, estimate_memory, kept_bytes
from cg3d.training.objective import batch_losses
from cg3d.training.processes import Processes

Configure = Callable[..., TrainConfig]

CPU = torch.device("cpu")


def train(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["train", *map(str, arguments)])


def options(changes: tuple[str, ...]) -> list[str]:
    return [part for change in changes for part in ("--set", change)]


def first_batch(packed: Path, config: TrainConfig, model: CG3D) -> Batch:
    dataset = Dataset.open(packed)
    items = ItemSpec(config.model.encoder.spec, model.towers.image_size)
    return next(TrainBatches(dataset, config.batch_size, items).steps())


def test_dry_run_tells_and_writes_nothing(
    packed: Path, tiny_changes: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in packed.iterdir()}
    result = train("--dry-run", "--data", packed, "--out", "run", *options(tiny_changes))
    assert result.exit_code == 0, result.output
    for words in (
        "towers          RANDOM WEIGHTS",
        f"{packed}: 24 objects of 3 labels, 18 to learn from and 6 held out; about 100% have colour",
        "licences        Apache-2.0 (24)",
        "6 clouds a step, 3 steps an epoch; 6 steps are 2.0 epochs",
        "encoder AdamW 0.002, prompts SGD 0.01; 0 warm-up steps, then a cosine down to 1%; joint schedule",
        "prompts: image.prompt 4 x 5 x 192",
        "device          cpu in fp32",
    ):
        assert words in result.stdout
    assert result.stdout.splitlines()[-1].startswith("The peak of short real runs on a CPU was within a third")
    assert list(tmp_path.iterdir()) == []
    assert {path: path.stat().st_mtime_ns for path in packed.iterdir()} == before


@pytest.mark.parametrize(
    "changes",
    [
        (),
        ("model.prompts.image_tokens=0",),
        ("model.prompts.image_depth=shallow", "model.prompts.text_context=3"),
        ("model.prompts.image_additive=true", "model.prompts.text_additive=true", "model.prompts.image_tokens=2"),
        ("scale=learned", "model.encoder.name=pointmlp-elite"),
    ],
    ids=" ".join,
)
def test_learned_weights_are_those_that_get_a_gradient(
    packed: Path, configure: Configure, changes: tuple[str, ...]
) -> None:
    config = configure(*changes)
    told = dry_run(config, packed)
    model = build_model(config).train()
    encoder, batch = BatchEncoder(model, CPU, "fp32"), first_batch(packed, config, model)
    torch.stack(list(batch_losses(encoder, batch, config, 0, Processes()).values())).sum().backward()
    moved = {name: p for name, p in model.named_parameters() if p.grad is not None}
    assert told.learned == sum(p.numel() for p in moved.values())
    assert told.prompts == {name: tuple(p.shape) for name, p in moved.items() if name.startswith(("image.", "text."))}
    assert sum(part.parameters for part in told.parts) == sum(p.numel() for p in model.parameters())


@pytest.mark.parametrize(("preset", "weights", "prompts"), [("mini", 999_360, 0), ("mini-cg3d", 573_088, 4 * 5 * 192)])
def test_presets_learn_what_the_documentation_says(packed: Path, preset: str, weights: int, prompts: int) -> None:
    parts = {part.name: part for part in dry_run(load_config(preset, ["batch_size=4"]), packed).parts}
    assert (parts["point encoder"].learned, parts["prompts"].learned) == (weights, prompts)
    assert parts["image tower"].learned == parts["text tower"].learned == parts["scale"].learned == 0
    assert parts["point encoder"].bytes == 4 * weights


@pytest.mark.parametrize("dry", [(), ("--dry-run",)], ids=["for real", "dry"])
@pytest.mark.parametrize(
    ("changes", "data", "message"),
    [
        (("batchsize=3",), True, "did you mean 'batch_size'?"),
        (("batch_size=19",), True, "18 objects do not fill one batch of 19. Lower batch_size or add data."),
        (("model.towers.model=nothing",), True, "towers 'nothing'"),
        ((), False, "nowhere: no packed data there, dataset.json is missing."),
    ],
)
def test_errors_are_those_of_training(
    packed: Path,
    tiny_changes: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    dry: tuple[str, ...],
    changes: tuple[str, ...],
    data: bool,
    message: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    result = train(*dry, "--data", packed if data else "nowhere", *options((*tiny_changes, *changes)))
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr.splitlines()[-1]
    assert list(tmp_path.iterdir()) == []


def test_resumed_run_has_no_dry_run(run: Path) -> None:
    result = train("--resume", run, "--dry-run")
    assert result.exit_code == 2
    assert "a run goes on as it was set up" in result.stderr


def test_kept_storages_are_counted_once_and_weights_not_at_all() -> None:
    """Two linear layers keep the input and what is between them, which the rectifier keeps too."""
    first, second = torch.nn.Linear(3, 4), torch.nn.Linear(4, 2)
    x = torch.rand(5, 3)
    count = kept_bytes(lambda: second(F.relu(first(x))), [*first.parameters(), *second.parameters()])
    assert count == 4 * (5 * 3 + 5 * 4)


def test_counting_keeps_nothing_alive() -> None:
    """A hook that gave back the very tensor it was given would tie its graph into a knot that nothing unties."""
    layer, outputs = torch.nn.Linear(3, 4), []

    def forward() -> Tensor:
        output = layer(torch.rand(5, 3)).exp()  # exp keeps its own output
        outputs.append(weakref.ref(output))
        return output

    kept_bytes(forward, layer.parameters())
    gc.collect()
    assert outputs[0]() is None


@pytest.mark.parametrize(
    "changes",
    [
        (),
        ("precision=bf16",),
        ("schedule=alternate",),
        ("model.prompts.image_tokens=0", "model.prompts.text_context=2"),
        ("model.encoder.name=pointmlp-elite",),
    ],
    ids=" ".join,
)
def test_activations_of_two_and_four_objects_tell_those_of_six(
    packed: Path, configure: Configure, changes: tuple[str, ...]
) -> None:
    config = configure(*changes)
    model = build_model(config).train()
    batch = first_batch(packed, config, model)
    weights = [*model.parameters(), *model.buffers()]

    def counted(step: int) -> int:
        encoder = BatchEncoder(model, CPU, config.precision)
        return kept_bytes(lambda: batch_losses(encoder, batch, config, step, Processes()), weights)

    steps = (0, 1) if config.schedule == "alternate" else (0,)
    told = activation_bytes(model, batch, config, CPU, config.precision)
    assert told == pytest.approx(max(map(counted, steps)), rel=0.02)


@pytest.mark.parametrize(
    "changes", [(), ("prompt_momentum=0",), ("model.prompts.image_tokens=0", "scale=learned")], ids=" ".join
)
def test_optimisers_remember_as_much_as_told(packed: Path, configure: Configure, changes: tuple[str, ...]) -> None:
    config = configure(*changes)
    model = build_model(config)
    batch = first_batch(packed, config, model)
    told = estimate_memory(model, batch, config, CPU, "fp32")
    learner = Learner(model, config, CPU, "fp32", Processes())
    learner.learn(batch, 0)
    memories = [value for name, value in learner.state().items() if not name.endswith(".step")]
    assert told.optimisers == sum(value.nbytes for value in memories)
    assert told.gradients == 4 * dry_run(config, packed).learned
    assert told.weights == sum(t.nbytes for t in (*model.parameters(), *model.buffers()))
    assert told.total == sum(vars(told).values())
