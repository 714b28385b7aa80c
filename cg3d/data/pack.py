"""Turn a source of named objects into shards, in parallel, and go on where an earlier run stopped."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

from cg3d.data.objects import read_objects
from cg3d.data.parametric_objects import parametric_objects
from cg3d.data.samples import SampleSpec, SourceObject, make_sample, number_of
from cg3d.data.shards import INDEX, Dataset, read_index, shard_ids, write_index, write_shard
from cg3d_runtime.errors import DataError

Progress = Callable[[int, int], None]  # objects done, objects in all


def _parametric(source: str) -> Sequence[SourceObject]:
    if not source.isdigit():
        raise DataError(f"{source!r} is not a number; format parametric takes the number of objects a category.")
    return parametric_objects(int(source))


FORMATS: dict[str, Callable[[str], Sequence[SourceObject]]] = {"objects": read_objects, "parametric": _parametric}


@dataclass(frozen=True)
class _Job:
    """One shard to write."""

    path: Path
    objects: Sequence[SourceObject]
    spec: SampleSpec


def pack(
    source: str,
    format: str,
    out: Path,
    spec: SampleSpec | None = None,
    shard_size: int = 64,
    workers: int | None = None,
    progress: Progress = lambda done, total: None,
) -> Dataset:
    """Pack a data set; a folder that is complete already is left as it is, a started one is finished.

    The bytes depend on the source, `spec` and `shard_size` only, not on `workers`. Objects are shuffled, always the same
    way, so that neighbours in a shard have nothing in common.

    Args:
        source: what the format reads: a path, or for parametric the number of objects a category.
        format: a key of `FORMATS`.
        out: folder to write to; made where missing.
        spec: the shape of samples, None for the default.
        shard_size: objects a shard.
        workers: processes; None for one a processor.
        progress: called with the number of objects done and the number of all.
    Raises:
        DataError: unknown format, a malformed source, or `out` holds other data.
    """
    if format not in FORMATS:
        raise DataError(f"format {format!r} is not known. Known: {', '.join(FORMATS)}.")
    spec = spec or SampleSpec()
    objects = sorted(FORMATS[format](source), key=lambda each: number_of(each.info.id))
    starts = range(0, len(objects), shard_size)
    jobs = [
        _Job(out / f"shard-{number:06d}.tar", objects[start : start + shard_size], spec)
        for number, start in enumerate(starts)
    ]
    out.mkdir(parents=True, exist_ok=True)
    if not (out / INDEX).exists():
        _write_shards(jobs, workers or os.cpu_count() or 1, progress)
        write_index(out, [job.path for job in jobs], spec)
    return _opened(out, jobs, spec)


def _write_shards(jobs: Sequence[_Job], workers: int, progress: Progress) -> None:
    total, done = sum(len(job.objects) for job in jobs), 0
    missing = []
    for job in jobs:
        if job.path.exists():
            _check_ids(job)
            done += len(job.objects)
        else:
            missing.append(job)
    progress(done, total)
    for job in _written(missing, workers):
        done += len(job.objects)
        progress(done, total)


def _written(jobs: Sequence[_Job], workers: int) -> Iterator[_Job]:
    """Write all shards; yields each as it is done."""
    if workers == 1:
        for job in jobs:
            _write_shard(job)
            yield job
        return
    # spawn: a forked child would inherit the locks of torch's and the BLAS's threads.
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), initializer=_use_one_thread) as pool:
        futures = {pool.submit(_write_shard, job): job for job in jobs}
        try:
            for future in as_completed(futures):
                future.result()
                yield futures[future]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _use_one_thread() -> None:
    import torch

    torch.set_num_threads(1)


def _write_shard(job: _Job) -> None:
    write_shard(job.path, (make_sample(source, job.spec) for source in job.objects))


def _check_ids(job: _Job) -> None:
    """Refuse to go on in a folder of other data."""
    if shard_ids(job.path) != [source.info.id for source in job.objects]:
        raise DataError(f"{job.path}: holds other objects than this source gives. Choose another --out or delete it.")


def _opened(out: Path, jobs: Sequence[_Job], spec: SampleSpec) -> Dataset:
    """The complete data set, proven to be the one that was asked for."""
    index = read_index(out)
    if {name: index[name] for name in asdict(spec)} != asdict(spec):
        raise DataError(f"{out}: was packed with other options than {spec}. Choose another --out or delete it.")
    dataset = Dataset.open(out)
    if [info.id for info in dataset.infos] != [source.info.id for job in jobs for source in job.objects]:
        raise DataError(f"{out}: holds other objects than this source gives. Choose another --out or delete it.")
    return dataset
