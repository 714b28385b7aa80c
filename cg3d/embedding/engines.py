"""Who works on parts: this process, one after the other, or the actors of a Ray cluster."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from cg3d.embedding.part import Done, Embedder, Work
from cg3d.embedding.source import Part
from cg3d_runtime.errors import DataError

_INSTALL = 'pip install "ray[data]" (the extra "ray")'


def embed_here(parts: Sequence[Part], work: Work) -> Iterator[Done]:
    """Each part in this process."""
    embedder = Embedder(work)
    yield from map(embedder.embed, parts)


def embed_on_ray(parts: Sequence[Part], work: Work, actors: int) -> Iterator[Done]:
    """Each part in one of so many actors, with a core each; RAY_ADDRESS names a cluster, else one is started here.

    An actor that is killed loses its part, which Ray gives to another; parts are idempotent. What an actor raises Ray would not
    try again, so errors come back as results.

    Raises:
        DataError: Ray is not installed.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # Ray calls home otherwise
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise DataError(f"the engine ray needs Ray: {_INSTALL}.") from error
    if not ray.is_initialized():
        ray.init(log_to_driver=False, include_dashboard=False, logging_level=logging.ERROR)
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    ray.data.DataContext.get_current().enable_progress_bars = False
    rows = ray.data.from_items([{"part": part.to_json()} for part in parts], override_num_blocks=len(parts))
    done = rows.map(
        _Actor,  # type: ignore[arg-type] # a class, of which each actor makes one
        fn_constructor_args=(work,),
        compute=ray.data.ActorPoolStrategy(min_size=1, max_size=actors),
        num_cpus=1,
    )
    for row in done.iter_rows():
        yield Done(**row)


class _Actor:
    """A process of Ray with the model open."""

    def __init__(self, work: Work) -> None:
        self._embedder = Embedder(work)

    def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        return asdict(self._embedder.embed(Part.of_json(row["part"])))
