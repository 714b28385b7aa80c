"""A dry run of `cg3d train`: nothing is learned, nothing is written."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from torch import Tensor

from cg3d.config import TrainConfig
from cg3d.data.batches.hard_negatives import require_negatives
from cg3d.data.enough_points import too_few_points
from cg3d.data.samples import ObjectSet
from cg3d.data.split import Selection, split_by_object
from cg3d.machine import choose_device, choose_precision
from cg3d.models.cg3d import CG3D
from cg3d.runs.checkpoint import build_model
from cg3d.runs.provenance import open_objects
from cg3d.runs.start import begin_with, described
from cg3d.training.memory import Memory, byte_count, estimate_memory
from cg3d.training.optimisers import build_optimisers, parameters_of
from cg3d.training.processes import Processes
from cg3d.training.train import training_batches

log = logging.getLogger(__name__)

LOOKED_AT = 64  # objects that the share with colour is told from: built-in ones have to be made first


@dataclass(frozen=True)
class Part:
    """One part of the model: how many weights, of which so many learn."""

    name: str
    parameters: int
    learned: int
    bytes: int


@dataclass(frozen=True)
class DataFacts:
    """The data to learn from.

    Attributes:
        source: the packed data's folder, or "built-in objects".
        objects, labels: how many; the objects in two parts, `learned` and `held_out`.
        coloured: share with colour, of up to 64 objects looked at.
        licences: objects by licence, the most frequent first.
        steps_per_epoch: steps that visit each object once.
    """

    source: str
    objects: int
    labels: int
    learned: int
    held_out: int
    coloured: float
    licences: dict[str, int]
    steps_per_epoch: int


@dataclass(frozen=True)
class DryRun:
    """Everything that decides how a run goes, and what it will take.

    Attributes:
        config: of the run.
        towers: where the frozen towers' weights came from, "random" where nothing was loaded.
        parts: of the model.
        prompts: shape by name.
        data: what there is to learn from.
        device, precision: where and in what the run would compute.
        memory: at the peak of a step.
        start: what the weights begin with; None: fresh ones.
    """

    config: TrainConfig
    towers: str
    parts: tuple[Part, ...]
    prompts: dict[str, tuple[int, ...]]
    data: DataFacts
    device: str
    precision: str
    memory: Memory
    start: str | None = None

    @property
    def learned(self) -> int:
        """Weights that learn."""
        return sum(part.learned for part in self.parts)

    def table(self) -> str:
        """For a terminal: the parts of the model, then a line for each other thing to know."""
        facts = {
            "learned": self._learned(),
            "start": self.start or "fresh weights",
            "towers": "RANDOM WEIGHTS: nothing will be recognised" if self.towers == "random" else self.towers,
            "data": self._data(),
            "licences": ", ".join(f"{name} ({count:,})" for name, count in self.data.licences.items()),
            "batches": self._batches(),
            "rates": self._rates(),
            "device": f"{self.device} in {self.precision}",
            "memory": self._memory(),
        }
        lines = [f"{name:{_NAME}}{text}" for name, text in facts.items()]
        return "\n".join([*self._parts(), "", *lines, "", _ACCURACY[self.device]])

    def _parts(self) -> list[str]:
        rows = [("part", "weights", "learned", "MB")]
        rows += [(p.name, f"{p.parameters:,}", f"{p.learned:,}", f"{p.bytes / 1e6:,.1f}") for p in self.parts]
        return [f"{name:{_NAME}}{weights:>14}{learned:>14}{size:>9}" for name, weights, learned, size in rows]

    def _learned(self) -> str:
        shapes = [f"{name} {' x '.join(map(str, shape))}" for name, shape in self.prompts.items()]
        frozen = sum(part.parameters for part in self.parts) - self.learned
        return f"{self.learned:,} weights, {frozen:,} stay frozen; prompts: {', '.join(shapes) or 'none'}"

    def _data(self) -> str:
        data = self.data
        return (
            f"{data.source}: {data.objects:,} objects of {data.labels:,} labels, {data.learned:,} to learn from and "
            f"{data.held_out:,} held out; about {data.coloured:.0%} have colour"
        )

    def _batches(self) -> str:
        steps, size, epoch = self.config.steps, self.config.batch_size, self.data.steps_per_epoch
        return f"{size} clouds a step, {epoch:,} steps an epoch; {steps:,} steps are {steps / epoch:,.1f} epochs"

    def _rates(self) -> str:
        config = self.config
        prompts = f", prompts SGD {config.prompt_lr:g}" if self.prompts else ""
        return (
            f"encoder AdamW {config.lr:g}{prompts}; {int(config.warmup * config.steps):,} warm-up steps, then a cosine down "
            f"to {config.final_lr:.0%}; {config.schedule} schedule"
        )

    def _memory(self) -> str:
        shares = [f"{name} {_size(size)}" for name, size in asdict(self.memory).items() if size]
        return f"about {_size(self.memory.total)} at the peak of a step: {', '.join(shares)}"


_NAME = 16  # width of the first column
_ACCURACY = {
    "cpu": "The peak of short real runs on a CPU was within a third of such an estimate.",
    "cuda": "On a GPU this estimate has not been compared with real runs yet; what CUDA itself takes comes on top.",
}


def dry_run(config: TrainConfig, data: Path | None, start: Path | None = None) -> DryRun:
    """Build what a run would learn, open its data, and run one forward pass on four objects.

    Args:
        config, data, start: as `cg3d.training.train.train`.
    Raises:
        CheckpointError, DataError, BackendError: as `cg3d.training.train.train`.
    """
    device = choose_device(config.device)
    precision = choose_precision(config.precision, device)
    objects = open_objects(config, data)
    require_negatives(objects, config.positives)
    if few := too_few_points(objects, config.model.encoder.points):
        log.warning("%s", few)
    learned, held_out = split_by_object(objects, config.data.held_out, config.seed)
    model = build_model(config).to(device)
    if start:
        begin_with(start, model)
    batches = training_batches(replace(config, data=replace(config.data, workers=0)), learned, model, Processes())
    return DryRun(
        config,
        model.towers.weights,
        tuple(_parts_of(model, config)),
        {name: tuple(prompt.shape) for name, prompt in model.prompts()},
        _facts(data, objects, learned, held_out, batches.steps_per_epoch),
        device.type,
        precision,
        estimate_memory(model, next(batches.steps()), config, device, precision),
        described(start) if start else None,
    )


def _parts_of(model: CG3D, config: TrainConfig) -> list[Part]:
    """The parts, with what the run's own optimisers move of each."""
    moved = {id(parameter) for optimiser in build_optimisers(model, config) for parameter in parameters_of(optimiser)}
    parts: dict[str, list[Tensor]] = {
        "point encoder": list(model.points.parameters()),
        "image tower": list(model.towers.visual.parameters()),
        "text tower": list(model.towers.text.parameters()),
        "prompts": [prompt for _, prompt in model.prompts()],
        "scale": [model.log_scale],
    }
    return [_part(name, parameters, moved) for name, parameters in parts.items()]


def _part(name: str, parameters: list[Tensor], moved: set[int]) -> Part:
    sizes = {id(parameter): parameter.numel() for parameter in parameters}
    learned = sum(size for key, size in sizes.items() if key in moved)
    return Part(name, sum(sizes.values()), learned, byte_count(parameters))


def _facts(data: Path | None, objects: ObjectSet, learned: Selection, held_out: Selection, epoch: int) -> DataFacts:
    looked_at = [learned[index] for index in range(0, len(learned), -(-len(learned) // LOOKED_AT))]
    return DataFacts(
        source=str(data or "built-in objects"),
        objects=len(objects),
        labels=len(objects.labels),
        learned=len(learned),
        held_out=len(held_out),
        coloured=sum(sample.has_colour for sample in looked_at) / len(looked_at),
        licences=dict(Counter(info.licence for info in objects.infos).most_common()),
        steps_per_epoch=epoch,
    )


def _size(count: int) -> str:
    """Bytes, for people."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:,.0f} MB"
