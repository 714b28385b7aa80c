"""Learn the point encoder and the prompts of CG3D (Hegde et al. 2023, arXiv 2303.11313) on packed or built-in objects."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from cg3d.config import TrainConfig
from cg3d.data.batches.batches import ItemSpec, TrainBatches
from cg3d.data.batches.hard_negatives import label_neighbours, require_negatives
from cg3d.data.batches.order import OrderSpec
from cg3d.data.enough_points import too_few_points
from cg3d.data.samples import ObjectSet
from cg3d.data.split import split_by_object
from cg3d.machine import choose_device, choose_precision, keep_freed_memory
from cg3d.models.cg3d import CG3D
from cg3d.runs.checkpoint import (
    CHECKPOINT_FILE,
    RunRecord,
    build_model,
    record_to_resume,
    remove_torn_files,
    restore,
    save_checkpoint,
    start_run,
    with_towers,
)
from cg3d.runs.provenance import new_record, open_objects, require_same_data
from cg3d.runs.start import begin_with
from cg3d.runs.writes import writing_run
from cg3d.training.held_out import HeldOut, label_features
from cg3d.training.interruption import Interruption
from cg3d.training.learner import Learner
from cg3d.training.processes import Processes, joined
from cg3d.training.progress import SilentLog, TrainingLog
from cg3d_runtime.errors import Cg3dError

log = logging.getLogger(__name__)

MOST_ADVISED = 0.01  # rate, where the one that failed was beyond all that works


@dataclass(frozen=True)
class Session:
    """Everything that learns together, on its device."""

    objects: ObjectSet
    batches: TrainBatches
    held_out: HeldOut | None  # of the leading process; None where no object is held out
    learner: Learner
    precision: str
    processes: Processes


def train(config: TrainConfig, data: Path | None, out: Path, start: Path | None = None) -> Path:
    """Learn, and save the run. Several processes started by torchrun share every step.

    Args:
        config: everything that decides the run.
        data: a folder that `cg3d data pack` wrote, or None for the built-in objects.
        out: the run's folder; made here.
        start: a run or a bundle whose weights this run begins with; None: fresh ones.
    Returns:
        `out`; the step of its record is below config.steps where a signal stopped the run.
    Raises:
        CheckpointError: `out` holds a run already, or the towers or the weights to start from do not fit.
        DataError: the data are missing, malformed or too few.
        BackendError: a device that is not there.
        Cg3dError: the loss became infinite or NaN, or the disk is full; the last checkpoint stays.
    """
    device = choose_device(config.device)
    with joined(device) as processes:
        session = _open_session(config, data, device, processes)
        record = new_record(config, session.learner.model, data, session.objects, start)
        if start:
            begin_with(start, session.learner.model)
        if processes.is_main_process:
            with writing_run(out):
                start_run(out, record, session.learner.model if start else None)
        _learn(out, record, session)
    return out


def resume(run: Path, data: Path | None = None, towers: str | None = None) -> Path:
    """Go on with a run from its last checkpoint, as if it had never stopped: on a CPU, to the same bits.

    Args:
        run: its folder.
        data: where its data are now; None: where they were.
        towers: as for `load_run`.
    Raises:
        CheckpointError: no run is there, or it was trained on other towers.
        DataError: other data than the run began with.
        BackendError, Cg3dError: as `train`.
    """
    record = with_towers(run, record_to_resume(run), towers)
    data = data or (Path(record.data) if record.data else None)
    require_same_data(record, data)
    device = choose_device(record.config.device)
    with joined(device) as processes:
        session = _open_session(record.config, data, device, processes)
        if processes.is_main_process:
            remove_torn_files(run)
        if (run / CHECKPOINT_FILE).is_file():
            session.learner.load_state(restore(run, record, session.learner.model))
        log.info("%s: going on after step %d of %d", run, record.step, record.config.steps)
        _learn(run, record, session)
    return run


def _open_session(config: TrainConfig, data: Path | None, device: torch.device, processes: Processes) -> Session:
    keep_freed_memory()
    precision = choose_precision(config.precision, device)
    objects = open_objects(config, data)
    require_negatives(objects, config.positives)
    if processes.is_main_process and (few := too_few_points(objects, config.model.encoder.points)):
        log.warning("%s", few)
    learned, held_out = split_by_object(objects, config.data.held_out, config.seed)
    model = build_model(config).to(device)
    batches = training_batches(config, learned, model, processes)
    if processes.is_main_process:
        _announce(model, len(learned), len(held_out), device, precision, processes.size)
    return Session(
        objects,
        batches,
        HeldOut(held_out, config.model.encoder.spec) if len(held_out) and processes.is_main_process else None,
        Learner(model, config, device, precision, processes, objects.labels),
        precision,
        processes,
    )


def training_batches(config: TrainConfig, objects: ObjectSet, model: CG3D, processes: Processes) -> TrainBatches:
    """This process's part of every step; `model` as it was built, for hard negatives depend on its texts."""
    hard = config.hard_negatives > 0
    data, spec = config.data, config.model.encoder.spec
    neighbours = label_neighbours(label_features(model, objects.labels)) if hard else None
    items = ItemSpec(spec, model.towers.image_size, data.augmentation, data.image_augmentation, data.variants)
    order = OrderSpec(data.balance, neighbours, config.hard_negatives)
    return TrainBatches(
        objects, config.batch_size, items, order, config.seed, data.workers, processes.rank, processes.size
    )


def _learn(run: Path, record: RunRecord, session: Session) -> None:
    """Take the steps that are left; report, evaluate and save at their intervals."""
    config, learner, processes = record.config, session.learner, session.processes
    latest: dict[str, float] = {}  # by term: in alternation a step has only some of them
    steps = range(record.step, config.steps)
    clouds = config.batch_size * processes.size
    say = TrainingLog(run, config.steps, clouds, record.step) if processes.is_main_process else SilentLog()
    with say as progress, Interruption() as interruption:
        for step, batch in zip(steps, session.batches.steps(record.step), strict=False):
            try:
                latest |= learner.learn(batch, step)
            except FloatingPointError as error:
                raise _diverged(error, record) from error
            done, last = step + 1, step + 1 == config.steps
            stop = processes.any(interruption.wanted, learner.device)
            progress.advance(done)
            if last or done % config.log_every == 0:
                progress.report(done, {**latest, **learner.settings()})
            if session.held_out and (last or done % config.evaluate_every == 0):
                record = replace(record, metrics=session.held_out.scores(learner.model, session.precision))
                progress.report(done, record.metrics)
            if processes.is_main_process and (last or stop or done % config.save_every == 0):
                record = replace(record, step=done)
                with writing_run(run):
                    save_checkpoint(run, learner.model, record, {} if last else learner.state())
            if stop:
                break


def _diverged(error: FloatingPointError, record: RunRecord) -> Cg3dError:
    kept = f"the checkpoint of step {record.step} stays" if record.step else "nothing was saved yet"
    lr, prompt_lr = (min(rate / 3, MOST_ADVISED) for rate in (record.config.lr, record.config.prompt_lr))
    return Cg3dError(
        f"{error}; stopped before it spoils the weights, {kept}. Start again with lower rates, for example "
        f"--set lr={lr:.1g} --set prompt_lr={prompt_lr:.1g}."
    )


def _announce(model: CG3D, learned: int, held_out: int, device: torch.device, precision: str, processes: int) -> None:
    weights = sum(p.numel() for p in model.points.parameters())
    prompts = sum(p.numel() for _, p in model.prompts())
    log.info(
        "%s: %s weights, %s in prompts; on %s in %s%s",
        model.config.encoder.name,
        f"{weights:,}",
        f"{prompts:,}",
        device,
        precision,
        f", {processes} processes" if processes > 1 else "",
    )
    log.info("%d objects to learn from, %d held out", learned, held_out)
    if model.towers.weights == "random":
        log.warning(
            "THE TOWERS HAVE RANDOM WEIGHTS: this run tries the line out, it learns nothing that recognises objects."
        )
