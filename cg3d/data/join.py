"""Several packed data sets as one, without packing again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from cg3d.data.samples import SampleSpec
from cg3d.data.shards import INDEX, Dataset, write_index
from cg3d_runtime.errors import DataError


def join(sources: Sequence[Path], out: Path) -> Dataset:
    """Write a data set of all shards of `sources`, which stay as they are; hard links where the file system has them.

    Args:
        sources: folders of packed data, packed with the same options, no object in two of them.
        out: folder to write to; must not hold data yet.
    Raises:
        DataError: options that differ, an object that occurs twice, or `out` holds data.
    """
    datasets = [Dataset.open(source) for source in sources]
    specs = [_spec(dataset) for dataset in datasets]
    if len(set(specs)) != 1:
        raise DataError(f"data packed with different options cannot be joined: {_differences(sources, specs)}.")
    ids = [info.id for dataset in datasets for info in dataset.infos]
    if len(ids) != len(set(ids)):
        twice = next(own for own in ids if ids.count(own) > 1)
        raise DataError(f"object {twice} is in more than one of {', '.join(map(str, sources))}; leave one out.")
    if (out / INDEX).exists():
        raise DataError(f"{out}: holds data already. Choose another --out or delete it.")
    out.mkdir(parents=True, exist_ok=True)
    shards = [
        source / entry["file"] for source, data in zip(sources, datasets, strict=True) for entry in data.index["shards"]
    ]
    places = [out / f"shard-{number:06d}.tar" for number in range(len(shards))]
    for shard, place in zip(shards, places, strict=True):
        _link(shard, place)
    reports = ({k: v for data in datasets for k, v in data.index[key].items()} for key in ("skipped", "colourless"))
    skipped, colourless = reports
    write_index(out, places, specs[0], skipped, colourless=colourless)
    return Dataset.open(out)


def _spec(dataset: Dataset) -> SampleSpec:
    return SampleSpec(**{field.name: dataset.index[field.name] for field in fields(SampleSpec)})


def _differences(sources: Sequence[Path], specs: Sequence[SampleSpec]) -> str:
    """The options that differ, each with its value in every source."""
    names = [field.name for field in fields(SampleSpec) if len({getattr(spec, field.name) for spec in specs}) > 1]
    return "; ".join(
        f"{name} is {', '.join(f'{getattr(spec, name)} in {source}' for source, spec in zip(sources, specs, strict=True))}"
        for name in names
    )


def _link(source: Path, place: Path) -> None:
    place.unlink(missing_ok=True)
    try:
        os.link(source, place)
    except OSError:  # another file system, or one without links
        shutil.copyfile(source, place)
