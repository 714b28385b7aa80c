"""Detection in scenes of which it is known what is in them, measured through the robot's own runtime."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import scipy

import cg3d_runtime
from cg3d.evaluation.own_labels import key
from cg3d.runs.provenance import library_versions
from cg3d.scene_evaluation.annotated import AnnotatedScene, Scenes
from cg3d.scene_evaluation.findings import Findings, find
from cg3d.scene_evaluation.layouts import read_annotated
from cg3d.scene_evaluation.result import SceneEvaluation, evaluation_of
from cg3d.scene_evaluation.simulation.scenes import Simulation, simulate
from cg3d.scene_evaluation.simulation.stock import built_in_stock, packed_stock
from cg3d_runtime.errors import DataError
from cg3d_runtime.labels import Label, Labels, to_labels
from cg3d_runtime.recognizer import Recognizer

Track = Callable[[Iterable[AnnotatedScene], int, str], Iterable[AnnotatedScene]]


def evaluate_simulated(
    bundle: str | os.PathLike[str] | None,
    simulation: Simulation,
    data: Path | None = None,
    *,
    labels: Labels | None = None,
    backend: str = "auto",
    precision: str = "auto",
    public_key: Path | None = None,
    track: Track = lambda scenes, count, what: scenes,
) -> SceneEvaluation:
    """Find and name the objects of simulated scenes.

    Args:
        bundle: its directory; None means the one that CG3D_BUNDLE names, else the one inside the wheel.
        simulation: what to simulate.
        data: a folder that `cg3d data pack` wrote, of the objects; None: the built-in ones.
        labels: to choose from, as in `Recognizer.open`; only objects that one of their phrases names are used. None: the names
            of the objects.
        backend, precision, public_key: as in `Recognizer.open`.
        track: shows progress; gets the scenes, their number and what is done with them.
    Raises:
        DataError: as `simulate`, or no packed data there. BundleError, LabelError, BackendError: as `Recognizer.open`.
    """
    stock = built_in_stock() if data is None else packed_stock(data)
    wanted = None if labels is None else to_labels(labels)
    names = None if wanted is None else _named(stock.names, wanted)
    scenes = simulate(simulation, stock, names)
    settings = {"simulation": asdict(simulation)}
    return _evaluate(bundle, scenes, wanted, settings, simulation.seed, (backend, precision, public_key), track)


def evaluate_annotated(
    bundle: str | os.PathLike[str] | None,
    folder: Path,
    layout: str,
    *,
    labels: Labels | None = None,
    scenes: int | None = None,
    seed: int = 0,
    backend: str = "auto",
    precision: str = "auto",
    public_key: Path | None = None,
    track: Track = lambda scenes, count, what: scenes,
) -> SceneEvaluation:
    """Find and name the objects of real scenes.

    Args:
        folder, layout: as in `read_annotated`.
        labels: to choose from; objects that none of their phrases names are to be found, but not to be named. None: the names
            in the annotations.
        scenes: the first so many; None: all.
        seed: of the guesses that chance is told by.
        bundle, backend, precision, public_key, track: as in `evaluate_simulated`.
    Raises:
        DataError, ScanError: as `read_annotated`. BundleError, LabelError, BackendError: as `Recognizer.open`.
    """
    found = read_annotated(folder, layout)
    wanted = None if labels is None else to_labels(labels)
    settings = {"layout": layout}
    return _evaluate(bundle, found.first(scenes), wanted, settings, seed, (backend, precision, public_key), track)


def _named(names: Sequence[str], labels: Sequence[Label]) -> list[str]:
    """Those of the names that some label has among its phrases."""
    phrases = {key(phrase) for label in labels for phrase in label.phrases}
    return [name for name in set(names) if key(name) in phrases]


def _evaluate(
    bundle: str | os.PathLike[str] | None,
    scenes: Scenes,
    labels: Sequence[Label] | None,
    settings: dict[str, Any],
    seed: int,
    opening: tuple[str, str, Path | None],
    track: Track,
) -> SceneEvaluation:
    own = labels or [Label(name, (name,)) for name in scenes.names]
    if not own:
        raise DataError(f"{scenes.source}: no object has a name, so there is nothing to choose from; name --labels.")
    backend, precision, key_file = opening
    with Recognizer.open(own, bundle, backend=backend, precision=precision, public_key=key_file) as recognizer:
        found = list(_findings(track(scenes.each, scenes.count, "detecting"), recognizer, seed))
        return evaluation_of(
            found,
            recognizer,
            source=scenes.source,
            provenance={**settings, "seed": seed, "versions": _versions()},
        )


def _findings(scenes: Iterable[AnnotatedScene], recognizer: Recognizer, seed: int) -> Iterator[Findings]:
    for number, scene in enumerate(scenes):
        yield find(scene, recognizer, np.random.default_rng([seed, number]))


def _versions() -> dict[str, str]:
    import onnxruntime

    return library_versions(cg3d_runtime, onnxruntime, np, scipy)
