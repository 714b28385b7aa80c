"""Turn a source of named objects into shards, in parallel, and go on where an earlier run stopped."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, is_dataclass
from pathlib import Path

from cg3d.data.drawing.render import require_renderer
from cg3d.data.formats import FORMATS
from cg3d.data.samples import Sample, SampleSpec, SourceObject, UnreadableObject, make_sample, number_of
from cg3d.data.shards import INDEX, Dataset, read_index, write_index, write_shard
from cg3d.data.up_axis import with_up
from cg3d.terminal import Progress
from cg3d_runtime.errors import DataError
from cg3d_runtime.files.atomic import write_atomically

OWN = "objects"  # the format of a user's own files
OPTIONS = "packing.json"  # beside the shards until all are there: what a run that goes on must agree with
SKIPPED = ".skipped.json"  # beside a shard until all are there: objects that could not be read
COLOURLESS = ".colourless.json"  # likewise: objects whose colour could not be read


def list_objects(source: str, format: str, split: str = "", up: str = "") -> list[SourceObject]:
    """The objects of a source.

    Args:
        source: what the format reads, most often a folder.
        format: a key of `FORMATS`.
        split: train, val or test: only what the source counts among these; empty for all.
        up: the axis that points up in files that do not tell theirs, see `with_up`; empty for z.
    Raises:
        DataError: unknown format or axis, a malformed source, none of that split, or an id that occurs twice.
    """
    if format not in FORMATS:
        raise DataError(f"format {format!r} is not known. Known: {', '.join(FORMATS)}.")
    if up and format != OWN:
        raise DataError(f"--up goes with --format {OWN} alone: {format} knows which axis points up in its files.")
    objects = list(FORMATS[format](source))
    objects = with_up(objects, up) if up else objects
    named = [each for each in objects if not isinstance(each, UnreadableObject)]
    found = Counter(each.info.split or "none" for each in named)
    if not objects:
        raise DataError(f"{source}: lists no object.")
    if split and split not in found:
        counts = ", ".join(f"{name}: {count}" for name, count in sorted(found.items()))
        raise DataError(f"{source}: no object of split {split!r}. Objects by split: {counts}.")
    # An unreadable line that tells no split may be of any.
    wanted = [
        each
        for each in objects
        if not split or each.info.split == split or (isinstance(each, UnreadableObject) and not each.info.split)
    ]
    _require_unique(source, [each for each in wanted if not isinstance(each, UnreadableObject)])
    return wanted


def _require_unique(source: str, objects: Sequence[SourceObject]) -> None:
    twice = [own for own, count in Counter(each.info.id for each in objects).items() if count > 1]
    if twice:
        raise DataError(f"{source}: id {twice[0]} is used by more than one object ({len(twice)} such); make it unique.")


@dataclass(frozen=True)
class _Job:
    """One shard to write."""

    path: Path
    objects: Sequence[SourceObject]
    spec: SampleSpec
    skip_bad: bool
    device: str


def pack(
    objects: Sequence[SourceObject],
    out: Path,
    spec: SampleSpec | None = None,
    *,
    skip_bad: bool = False,
    shard_size: int = 64,
    workers: int | None = None,
    device: str = "cpu",
    progress: Progress = lambda done, total: None,
) -> Dataset:
    """Pack a data set; a folder that is complete already is left as it is, a started one is finished.

    On one kind of device the bytes depend on the objects, `spec` and `shard_size` only, not on `workers`. Objects are
    shuffled, always the same way, so that neighbours in a shard have nothing in common.

    Args:
        objects: what to pack, from `list_objects`.
        out: folder to write to; made where missing.
        spec: the shape of samples, None for the default.
        skip_bad: leave out objects that cannot be read, and list them in the data set's index with the reason.
        shard_size: objects a shard.
        workers: processes; None for one a processor.
        device: where pictures are drawn.
        progress: called with the number of objects done and the number of all.
    Raises:
        DataError: an object that cannot be read, or `out` holds other data.
    """
    spec = spec or SampleSpec()
    ordered = sorted(objects, key=lambda each: number_of(each.info.id))
    jobs = [
        _Job(out / f"shard-{number:06d}.tar", ordered[start : start + shard_size], spec, skip_bad, device)
        for number, start in enumerate(range(0, len(ordered), shard_size))
    ]
    source_sha256 = _digest(ordered)
    if not (out / INDEX).exists():
        require_renderer(spec.renderer)
        if not skip_bad:
            _refuse_bad(objects)
        _agree_on_options(out, {**asdict(spec), "shard_size": shard_size, "source_sha256": source_sha256})
        _write_shards(jobs, workers or os.cpu_count() or 1, progress)
        _finish(out, jobs, spec, source_sha256)
    return _opened(out, source_sha256, spec, skip_bad)


def _digest(objects: Sequence[SourceObject]) -> str:
    """A digest of what is known of the objects without reading them; folders may move, so only names of files count."""
    digest = hashlib.sha256()
    for each in objects:
        if not is_dataclass(each):
            raise TypeError(f"{type(each).__name__} is no dataclass; every kind of SourceObject is one")
        description = {"kind": type(each).__name__, **asdict(each)}
        digest.update(json.dumps(description, default=lambda path: path.name).encode())
    return digest.hexdigest()


def _refuse_bad(objects: Sequence[SourceObject]) -> None:
    """Tell at once what would stop the pack later."""
    problems = [problem for each in objects if (problem := each.problem())]
    if problems:
        more = f" {len(problems) - 1} more objects have faults like this." if len(problems) > 1 else ""
        raise DataError(f"{problems[0]}{more} --skip-bad leaves them out and counts them.")


def _agree_on_options(out: Path, options: dict[str, object]) -> None:
    """Refuse to go on in a folder that another run began with other options."""
    out.mkdir(parents=True, exist_ok=True)
    file, content = out / OPTIONS, (json.dumps(options, indent=1) + "\n").encode()
    if file.exists() and file.read_bytes() != content:
        raise DataError(
            f"{out}: was begun with another source or other options than {', '.join(f'{k} {v}' for k, v in options.items())} "
            f"({OPTIONS} tells). Choose another --out or delete it."
        )
    if not file.exists() and any(out.glob("*.tar")):
        raise DataError(
            f"{out}: holds shards of which nothing tells how they were made. Choose another --out or delete it."
        )
    if not file.exists():
        write_atomically(file, content)


def _write_shards(jobs: Sequence[_Job], workers: int, progress: Progress) -> None:
    total, done = sum(len(job.objects) for job in jobs), 0
    missing = []
    for job in jobs:
        if job.path.exists():
            done += len(job.objects)
        else:
            missing.append(job)
    progress(done, total)
    for job in _written(missing, min(workers, len(missing))):
        done += len(job.objects)
        progress(done, total)


def _written(jobs: Sequence[_Job], workers: int) -> Iterator[_Job]:
    """Write all shards; yields each as it is done."""
    if workers <= 1:
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
        except BrokenProcessPool as error:
            raise DataError(
                "a process of the pack was killed, most likely for memory. Go on with fewer --workers."
            ) from error
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _use_one_thread() -> None:
    import torch

    torch.set_num_threads(1)


def _write_shard(job: _Job) -> None:
    made = {source.info.id: _sample_or_reason(source, job) for source in job.objects}
    skipped = {own: reason for own, reason in made.items() if isinstance(reason, str)}
    samples = [sample for sample in made.values() if isinstance(sample, Sample)]
    # Before the shard: whoever finds the shard finds them too.
    _tell(job.path.with_suffix(SKIPPED), skipped)
    _tell(job.path.with_suffix(COLOURLESS), {each.id: each.lost_colour for each in samples if each.lost_colour})
    write_shard(job.path, samples)


def _tell(file: Path, reasons: dict[str, str]) -> None:
    """Keep ids and reasons of objects beside their shard."""
    file.unlink(missing_ok=True)
    if reasons:
        write_atomically(file, json.dumps(reasons).encode())


def _sample_or_reason(source: SourceObject, job: _Job) -> Sample | str:
    """The sample, or where bad objects are skipped why there is none."""
    try:
        return make_sample(source, job.spec, job.device)
    except DataError as error:
        if not job.skip_bad:
            raise DataError(f"{error} --skip-bad leaves such objects out and counts them.") from error
        return str(error)


def _reports(jobs: Sequence[_Job], suffix: str) -> dict[str, str]:
    """The reports kept beside the written shards, of all."""
    files = [file for job in jobs if (file := job.path.with_suffix(suffix)).exists()]
    return {own: reason for file in files for own, reason in json.loads(file.read_bytes()).items()}


def _finish(out: Path, jobs: Sequence[_Job], spec: SampleSpec, source_sha256: str) -> None:
    """Write the index, which makes the folder a data set, and clear away what only a running pack needs."""
    skipped = _reports(jobs, SKIPPED)
    if len(skipped) == sum(len(job.objects) for job in jobs):
        raise DataError(f"none of the {len(skipped)} objects can be read. The first: {next(iter(skipped.values()))}")
    write_index(out, [job.path for job in jobs], spec, skipped, source_sha256, _reports(jobs, COLOURLESS))
    for file in (
        *out.glob(f"*{SKIPPED}"),
        *out.glob(f"*{COLOURLESS}"),
        *out.glob(".shard-*"),
        out / OPTIONS,
    ):  # .shard-*: of a run that was killed
        file.unlink(missing_ok=True)


def _opened(out: Path, source_sha256: str, spec: SampleSpec, skip_bad: bool) -> Dataset:
    """The complete data set, proven to be the one that was asked for."""
    index = read_index(out)
    if {name: index[name] for name in asdict(spec)} != asdict(spec):
        raise DataError(f"{out}: was packed with other options than {spec}. Choose another --out or delete it.")
    if index["source_sha256"] != source_sha256:
        raise DataError(
            f"{out}: was packed from another source, or what it lists has changed. Choose another --out or delete it."
        )
    if index["skipped"] and not skip_bad:
        raise DataError(
            f"{out}: was packed with --skip-bad and lacks {len(index['skipped'])} objects. Say so again or delete it."
        )
    return Dataset.open(out)
