"""CLIP goes 3D: train a point-cloud encoder in CLIP's space.

from cg3d import evaluate, load_config, train

run = train(load_config("mini"), Path("DATA"), Path("runs/mine"))
result = evaluate("bundles/mine", Path("DATA"))
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from cg3d._version import __version__ as __version__
from cg3d_runtime.errors import Cg3dError, CheckpointError, DataError

if TYPE_CHECKING:
    from cg3d.config import TrainConfig, load_config
    from cg3d.data.built_in import synthesise
    from cg3d.data.shards import Dataset
    from cg3d.evaluation.evaluate import evaluate
    from cg3d.evaluation.result import Evaluation
    from cg3d.finetune.classifier import load_classifier
    from cg3d.finetune.config import FinetuneConfig, load_finetune_config
    from cg3d.finetune.run import finetune as fine_tune
    from cg3d.runs.checkpoint import load_run
    from cg3d.training.train import resume, train

__all__ = [
    "Cg3dError",
    "CheckpointError",
    "DataError",
    "Dataset",
    "Evaluation",
    "FinetuneConfig",
    "TrainConfig",
    "evaluate",
    "fine_tune",
    "load_classifier",
    "load_config",
    "load_finetune_config",
    "load_run",
    "resume",
    "synthesise",
    "train",
]

# Imported on first use: `import cg3d` and `cg3d --help` need no torch.
_MODULES = {
    "Dataset": "data.shards",
    "Evaluation": "evaluation.result",
    "FinetuneConfig": "finetune.config",
    "TrainConfig": "config",
    "evaluate": "evaluation.evaluate",
    "fine_tune": "finetune.run",
    "load_classifier": "finetune.classifier",
    "load_config": "config",
    "load_finetune_config": "finetune.config",
    "load_run": "runs.checkpoint",
    "resume": "training.train",
    "synthesise": "data.built_in",
    "train": "training.train",
}
_NAMES_THERE = {"fine_tune": "finetune"}  # which is here the package that holds it


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), _NAMES_THERE.get(name, name))


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
