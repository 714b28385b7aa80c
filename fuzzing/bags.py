"""Bags for `scripts/fuzz`: written by rosbags in every kind and compression, and damaged."""

from __future__ import annotations

import tempfile
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from random import Random

import numpy as np

from cg3d_runtime.errors import Cg3dError
from cg3d_runtime.scans.bags import read_bag
from fuzzing.isolation import Step, Target
from fuzzing.mutations import mutate
from fuzzing.recorder import write_bag_file

_KINDS = (
    ("bag", ""),
    ("bag", "bz2"),
    ("bag", "lz4"),
    ("mcap", ""),
    ("mcap", "storage"),
    ("mcap", "message"),
    ("db3", ""),
)


def write_bag_seeds(folder: Path) -> None:
    """One file of every kind and compression, with three clouds; none where rosbags is not installed."""
    if not find_spec("rosbags"):
        return
    rng = np.random.default_rng(4)
    clouds = [rng.random((40, 3), dtype=np.float32) for _ in range(3)]
    for kind, compression in _KINDS:
        with tempfile.TemporaryDirectory() as made:
            bag = write_bag_file(Path(made), kind, clouds, compression=compression)
            file = bag if bag.is_file() else next(path for path in bag.iterdir() if path.suffix != ".yaml")
            (folder / f"{compression or 'plain'}{file.suffix}").write_bytes(file.read_bytes())


def write_bag(random: Random, seeds: Path, folder: Path) -> Path:
    """One damaged bag; now and then a whole one."""
    suffix, content = random.choice(_read_seeds(seeds))
    path = folder / f"drive{suffix}"
    path.write_bytes(mutate(content, random) if random.random() < 0.95 else content)
    return path


def use_bag(path: Path) -> list[Step]:
    return [lambda: _read(path)]


def names_bag(error: Cg3dError, path: Path) -> bool:
    return str(error).startswith((f"{path}: ", f"{path} /"))


BAGS = Target("bags", write_bag, use_bag, names_bag)


@lru_cache
def _read_seeds(seeds: Path) -> list[tuple[str, bytes]]:
    return [(path.suffix, path.read_bytes()) for path in sorted(seeds.iterdir())]


def _read(path: Path) -> None:
    """Read all that is whole, and raise the last of what is not."""
    fault: Cg3dError | None = None
    for scan in read_bag(path, "/points"):
        try:
            scan.read()
        except Cg3dError as error:  # noqa: PERF203
            fault = error
    if fault:
        raise fault
