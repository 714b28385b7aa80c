"""Measurements behind the figures in README and docs: medians over repeats, ratios within one run.

scripts/bench infer     cold `cg3d-infer` against a PyTorch + open_clip + trimesh script that does the same
scripts/bench text      40 labels through a ViT-B/32-sized text tower against open_clip's fixed 77 tokens
scripts/bench prepare   reading and preparing scans of growing size
scripts/bench train     a training step of PointMLP against the same step as published code has it
scripts/bench data      the training loader with every augmentation, and what each part of it costs
scripts/bench int8      the point encoders in INT8 against ONNX Runtime's FP32 and torch
scripts/bench stream    a folder of scans in a stream against one at a time, and its memory
scripts/bench serve     scans of 100,000 points a second over HTTP, and what their time is spent on
scripts/bench scenes    a frame of a table and rooms, from points to named boxes, beside Open3D where that is installed
scripts/bench library   a library of a million rows: build, add, queries of three kinds, memory, recall, beside exact numpy
scripts/bench scores    what scores of libraries mean, fitted on packed objects
scripts/bench render    pictures of 4,096 points, against PyTorch3D where that is installed
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path

import numpy as np
import typer

from cg3d_runtime.preparation.prepare import PrepareSpec, prepare
from cg3d_runtime.scans import read_scan
from cg3d_runtime.scans.cloud import PointCloud

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
REPOSITORY = Path(__file__).resolve().parents[1]
EXAMPLES = REPOSITORY / "examples"
LABELS = EXAMPLES / "labels.txt"
AGREEMENT = 1e-6  # of both sides of a training step, relative, in float64


@app.command()
def infer(points: int = 100_000, repeats: int = 7) -> None:
    """Cold start: a new process names one scan, label embeddings cached."""
    with _scan_of(points) as scan:
        ours = [_command("cg3d-infer"), str(scan), "--labels", str(LABELS), "--json"]
        theirs = [sys.executable, "-m", "benchmarks.torch_script", str(scan), str(LABELS)]
        _process(ours)  # fills the label cache and the file system's
        rows = [("cg3d-infer", *_process(ours, repeats)), ("torch, open_clip, trimesh", *_process(theirs, 3))]
    _table(f"cold process, {points:,} points", ("s", "MB"), rows)
    print(f"{rows[1][1] / rows[0][1]:.1f} times the time, {rows[1][2] / rows[0][2]:.1f} times the memory")


@app.command()
def text(repeats: int = 9) -> None:
    """40 labels, cold cache: a text tower of the size of CLIP ViT-B/32's, tokenising included."""
    from benchmarks.text import TOWER, label_times

    found = label_times(repeats=repeats)
    rows = [("open_clip, 77 tokens", found.open_clip_ms), ("the labels' length", found.ours_ms)]
    _table(f"{found.labels} labels, {TOWER}", ("ms",), rows)
    print(
        f"{found.open_clip_ms / found.ours_ms:.1f} times faster; least cosine between the sides {found.least_cosine:.7f}"
    )
    print(f"opening the graph takes {found.ours_open_s:.2f} s more, once")


@app.command(name="prepare")
def prepare_scans(repeats: int = 5) -> None:
    """Binary PLY files, read and prepared in the mode of new models and in that of older ones, by turns."""
    older, newer = (PrepareSpec(mode=mode) for mode in ("cg3d", "cg3d-2"))
    rows = []
    for points in (300, 2_000, 20_000, 100_000, 1_000_000):
        with _scan_of(points) as scan:
            cloud = read_scan(scan)
            read = _milliseconds(lambda scan=scan: read_scan(scan), repeats)
            before, now = _by_turns([partial(prepare, cloud, older), partial(prepare, cloud, newer)], repeats)
            rows.append((f"{points:,} points", read, before, now, now / before))
    _table("scan", ("read ms", "cg3d ms", "cg3d-2 ms", "times"), rows)


@app.command()
def train(repeats: int = 3) -> None:
    """PointMLP, 32 clouds of 1,024 points: processes of both sides in turn, each with a step to warm up and one to measure."""
    differences = _side("agree")
    print("relative difference in float64: " + ", ".join(f"{name} {value:.0e}" for name, value in differences.items()))
    if max(differences.values()) > AGREEMENT:
        raise SystemExit(f"the sides disagree: more than {AGREEMENT:.0e}")
    sides = {"cg3d": "ours", "published form": "naive", "published form, memory returned": "naive-plain"}
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in sides}
    for _ in range(repeats):
        for name, side in sides.items():
            runs[name].append(_side(side, "2"))
    rows = [
        (name, *(_median(found, key) for key in ("step_s", "above_mb", "before_mb"))) for name, found in runs.items()
    ]
    _table("training step", ("s", "MB", "MB before"), rows)
    (_, ours, memory, _), *others = rows
    for name, theirs, their_memory, _ in others:
        print(
            f"against {name}: {theirs / ours:.2f} times faster, {memory / their_memory:.2f} of the memory above the start"
        )


@app.command()
def data(objects: int = 256, windows: int = 5, batches: int = 16) -> None:
    """Two loader processes, batches of 32 clouds of 1,024 points and pictures of 224 pixels, every augmentation on."""
    import torch

    from benchmarks.data import packed_objects, rates, stages

    torch.set_num_threads(1)  # as in a loader process
    with tempfile.TemporaryDirectory() as folder:
        dataset = packed_objects(objects, Path(folder))
        found = rates(dataset, windows, batches)
        _table(
            f"loader, {objects} objects", ("clouds/s", "CPU ms/cloud"), [(name, *row) for name, row in found.items()]
        )
        (rate, cost), (numpy_rate, numpy_cost), _ = found.values()
        print(
            f"{rate / numpy_rate:.2f} times the clouds, {numpy_cost / cost:.2f} times less CPU than with numpy sampling"
        )
        _table("stage", ("ms/cloud",), stages(dataset))


@app.command()
def scenes(repeats: int = 3) -> None:
    """From points to named boxes; Open3D thins, takes planes away and clusters the same points, without names."""
    from benchmarks.scenes import frame, most_megabytes, of_open3d, ours, room, seconds
    from cg3d_runtime import Recognizer

    rows = []
    with Recognizer.open(LABELS, backend="cpu") as recognizer:
        for name, xyz, spacing in (
            ("frame of a table", frame(), 0.004),
            ("room", room(1_000_000), 0.02),
            ("room", room(5_000_000), 0.02),
        ):
            time_of_ours, theirs = seconds(ours(recognizer, xyz), repeats), of_open3d(xyz, spacing)
            time_of_theirs = seconds(theirs, repeats) if theirs else float("nan")
            rows.append((f"{name}, {len(xyz):,} points", time_of_ours, time_of_theirs, time_of_theirs / time_of_ours))
    _table("scene", ("cg3d-detect s", "Open3D s", "times"), rows)
    print(f"{most_megabytes():.0f} MB at most, of both together")


@app.command()
def library(
    rows: int = 1_000_000,
    queries: int = 200,
    seeds: Path | None = None,
    variants: int = 8,
    segment: int = 250_000,
    keep: Path | None = None,
) -> None:
    """A library of rows with the spread of real ones (of the library SEEDS, else of built-in objects); one thread.

    KEEP, a folder, keeps it: what was ended goes on there, and what is built is only asked.
    """
    from benchmarks.library import KINDS, build, figures, queries_of, seeds_of
    from cg3d_runtime.bundle import Bundle
    from cg3d_runtime.library import Space

    bundle, real = Bundle.open(), seeds_of(seeds, variants)
    with nullcontext(keep) if keep else tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        folder.mkdir(parents=True, exist_ok=True)
        np.savez(asked := folder / "queries.npz", **queries_of(real, queries, bundle))
        spent = build(folder / "library", Space.of(bundle), real, rows, segment)
        found = figures(folder / "library", asked)
        size = sum(path.stat().st_size for path in (folder / "library").rglob("*") if path.is_file())
    _table(f"{rows:,} rows of {len(real):,} seeds", ("s, MB",), [(step, value) for step, value in spent.items()])
    columns = ("recall %", "ms", "CPU ms", "filtered ms", "exact ms")
    _table("one query, ten hits", columns, [(kind, *(found[kind][column] for column in columns)) for kind in KINDS])
    memory = found["memory"]
    print(
        f"{memory['MB']:.0f} MB without what is mapped, {size / 1e9:.2f} GB on the disk, first query {memory['first s']:.2f} s"
    )


@app.command()
def scores(data: Path) -> None:
    """How often hits of a score have the name that was asked for, of packed objects DATA."""
    from benchmarks.scores import SHARES, fits

    found = fits(data)
    _table("logistic", ("slope", "offset", "best hit right"), [(k, *f.logistic, f.best) for k, f in found.items()])
    _table(
        "right, of hits of the score", [f"{share:.1f}" for share in SHARES], [(k, *f.truth) for k, f in found.items()]
    )


@app.command()
def int8(repeats: int = 15) -> None:
    """One cloud of 1,024 points, random weights: speed depends on the shapes alone."""
    import torch

    from benchmarks.int8 import ENCODERS, times

    rows = [
        (f"{name}, {threads} thread{'s' if threads > 1 else ''}", *times(name, threads, repeats))
        for name in ENCODERS
        for threads in dict.fromkeys((1, torch.get_num_threads()))
    ]
    _table("point encoder, batch 1", ("torch ms", "ORT FP32 ms", "INT8 ms"), rows)
    for name, eager, single, small in rows:
        print(f"{name}: INT8 {eager / small:.1f} times faster than torch, {single / small:.1f} than ONNX Runtime FP32")


@app.command()
def render(points: int = 4096, size: int = 224, repeats: int = 15) -> None:
    """One view of a mug, drawn as `cg3d data pack` draws it: on its own, and as one of six."""
    from cg3d.data.drawing.render import RENDERERS, render_views, require_renderer
    from cg3d.data.drawing.views import views_around
    from cg3d.data.surface import surface_of
    from cg3d.objects import make_object
    from cg3d_runtime.errors import DataError

    surface = surface_of([make_object("mug", 1).coloured_corners()], points, np.random.default_rng(0))
    coloured = np.concatenate([surface.xyz, surface.rgb], axis=1)
    rows = []
    for name in RENDERERS:
        try:
            require_renderer(name)
        except DataError as error:
            print(error)
            continue
        for views, normals in ((1, surface.normals), (6, surface.normals), (1, None)):
            title = f"{name}, {'normals known' if normals is not None else 'normals estimated'}, {views} views"
            run = partial(render_views, coloured, views_around(views), size, normals, name)
            rows.append((title, _milliseconds(run, repeats) / views))
    _table(f"{points:,} points, {size} pixels", ("ms a view",), rows)


@app.command()
def stream(scans: int = 2000, windows: int = 9) -> None:
    """A folder of scans of 10,000 to 100,000 points: in a stream against one at a time, and its memory."""
    from benchmarks.streams import folder_of_scans, memory, rates

    with folder_of_scans(EXAMPLES / "scans" / "mug.ply", scans) as folder:
        found = rates(sorted(folder.iterdir()), LABELS, windows)
        base = found["one at a time"]
        _table("warm process", ("scans/s", "times"), [(name, rate, rate / base) for name, rate in found.items()])
        looks, rate = memory([_command("cg3d-infer"), str(folder), "--labels", str(LABELS), "--json"])
    print(f"{rate:.1f} scans/s, {looks[0]:.0f} MB after 100 scans, {max(looks):.0f} MB at most")


@app.command()
def serve(points: int = 100_000, scans: int = 200, windows: int = 5) -> None:
    """`cg3d-serve` under load from clients on the same cores: bodies as they are, as forms, and no HTTP at all."""
    from benchmarks.serving import CLIENTS, Load, form, load, service, steps
    from cg3d_runtime import Recognizer

    with _scan_of(points) as scan, service([_command("cg3d-serve")], LABELS) as (process, port):
        content = scan.read_bytes()
        ways = {
            "the file's bytes": ("/recognise?name=scan.ply", content, {}),
            "a form": ("/recognise", *form(content, "scan.ply")),
        }
        found: dict[str, list[Load]] = {name: [] for name in ways}
        for _ in range(windows + 1):  # the first is to warm up
            for name, (path, body, headers) in ways.items():
                found[name].append(load(process, port, path, body, headers, scans))
        of_steps = steps(port)
        with Recognizer.open(LABELS, backend="cpu", threads=1) as recognizer:
            alone = _milliseconds(lambda: recognizer(scan), 15)
    columns = ("rate", "median_ms", "p95_ms", "http_ms", "answering_ms", "client_ms")
    rows = [
        (name, *(statistics.median(getattr(window, column) for window in each[1:]) for column in columns))
        for name, each in found.items()
    ]
    heads = ("scans/s", "median ms", "p95 ms", "HTTP CPU ms", "answer CPU ms", "client CPU ms")
    _table(f"{points:,} points, {CLIENTS} clients", heads, rows)
    for name, _, _, _, http_ms, answering_ms, _ in rows:
        print(f"{name}: {1e3 / (http_ms + answering_ms):.0f} scans a second and core, clients left out")
    print("steps, ms: " + ", ".join(f"{step} {duration:.1f}" for step, duration in of_steps.items()))
    print(f"one process without HTTP, idle machine or not: {alone:.1f} ms a scan")


def _side(*arguments: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.train", *arguments]
    return json.loads(subprocess.run(command, cwd=REPOSITORY, check=True, stdout=subprocess.PIPE).stdout)


def _median(runs: Sequence[dict[str, float]], key: str) -> float:
    return statistics.median(run[key] for run in runs)


@contextmanager
def _scan_of(points: int) -> Iterator[Path]:
    """The example mug as a scan of that many points, binary PLY."""
    from recipes.example_scans import write_ply

    rng = np.random.default_rng(0)
    mug = read_scan(EXAMPLES / "scans" / "mug.ply")
    chosen = rng.integers(len(mug), size=points)
    xyz = (mug.xyz[chosen] + rng.normal(0, 5e-4, (points, 3))).astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scan.ply"
        write_ply(path, PointCloud(xyz, mug.rgb[chosen]), "a dense mug")
        yield path


def _command(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise typer.BadParameter(f"{name} is not installed in this environment; start this through scripts/bench.")
    return found


def _process(arguments: Sequence[str], repeats: int = 1) -> tuple[float, float]:
    """Median wall time in seconds, and largest resident memory in MB, of new processes."""
    seconds, memory = [], []
    for _ in range(repeats):
        started = time.perf_counter()
        child = subprocess.Popen(arguments, cwd=REPOSITORY, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        seconds.append(time.perf_counter() - started)
        memory.append(usage.ru_maxrss / 1024)  # kilobytes on Linux
        if status != 0:
            raise SystemExit(f"{' '.join(arguments)} failed with status {os.waitstatus_to_exitcode(status)}.")
    return statistics.median(seconds), max(memory)


def _by_turns(runs: Sequence[Callable[[], object]], repeats: int) -> list[float]:
    """Median milliseconds of each; measured by turns, so that a machine that slows down slows all of them down."""
    times = [[_milliseconds(run, 1) for run in runs] for _ in range(repeats)]
    return [statistics.median(column) for column in zip(*times, strict=True)]


def _milliseconds(run: Callable[[], object], repeats: int) -> float:
    run()
    durations = []
    for _ in range(repeats):
        started = time.perf_counter()
        run()
        durations.append((time.perf_counter() - started) * 1e3)
    return statistics.median(durations)


def _table(title: str, columns: Sequence[str], rows: Sequence[tuple]) -> None:
    print(f"{title:<36}" + "".join(f"{column:>14}" for column in columns))
    for name, *values in rows:
        print(f"{name:<36}" + "".join(f"{value:>14.2f}" for value in values))
