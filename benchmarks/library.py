"""The sides of `scripts/bench library`: rows with the spread of real ones, and queries of three kinds.

Real embeddings of a million scans there are none, so rows are made of those that there are: each lies between a real one and
one of its neighbours, and a little off, by differences between other neighbours. Text queries are the bundle's own names of
things, pictures are drawn of built-in objects; both lie where such queries really lie, far from the scans.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cg3d_runtime import Recognizer
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.labels.rivals import Rivals
from cg3d_runtime.library import Library, LibraryWriter, Rows, Space

KINDS = ("text", "scan", "image")
NEIGHBOURS = 10
BLOCK = 1 << 16  # rows made at once
TOP = 10
FILTER = "size < 0.8 and label != 'kind 7'"


def seeds_of(library: Path | None, variants: int) -> np.ndarray:
    """(S, D) float32: the rows of a library of real scans, else of `variants` of every built-in object."""
    if library:
        with Library.open(library) as opened:
            return np.concatenate([vectors for vectors, _ in opened.blocks()]).astype(np.float32)
    with Recognizer.open(backend="cpu") as recognizer:
        return recognizer.embed(list(_clouds(variants)), up="y")


def queries_of(seeds: np.ndarray, count: int, bundle: Bundle) -> dict[str, np.ndarray]:
    """(count, D) unit rows of each kind; of scans they are made as the library's rows are, and are not among them."""
    names = Rivals.of(bundle)
    assert names is not None
    rng = np.random.default_rng(1)
    text = names.unit_rows()
    return {
        "text": text[rng.choice(len(text), min(count, len(text)), replace=False)],
        "scan": next(made_rows(seeds, count, seed=2)),
        "image": _picture_rows(bundle, count),
    }


def made_rows(seeds: np.ndarray, count: int, seed: int = 0, done: int = 0) -> Iterator[np.ndarray]:
    """(m, D) float32 unit rows with the spread of the seeds, in blocks; the first `done` rows, whole blocks, are left out."""
    near = _neighbours(seeds)
    for start in range(done, count, BLOCK):
        rng = np.random.default_rng((seed, start))
        size = min(count - start, BLOCK)
        first, other = rng.integers(len(seeds), size=size), rng.integers(len(seeds), size=size)
        beside, across = (near[each, rng.integers(NEIGHBOURS, size=size)] for each in (first, other))
        between = rng.random((size, 1), np.float32)
        off = (0.5 * rng.standard_normal((size, 1))).astype(np.float32)
        rows = seeds[first] + between * (seeds[beside] - seeds[first]) + off * (seeds[across] - seeds[other])
        yield rows / np.linalg.norm(rows, axis=1, keepdims=True)


def build(folder: Path, space: Space, seeds: np.ndarray, rows: int, segment: int) -> dict[str, float]:
    """Build a library of so many rows, or go on with one that was ended.

    Returns:
        Seconds of each step, without making the rows, and of a later addition; "index MB", the memory that the index took
        at most while it was built.
    """
    taken = folder.with_suffix(".json")
    spent: dict[str, float] = json.loads(taken.read_text()) if taken.exists() else {"write": 0.0}
    with LibraryWriter.open(folder, space) as writer:
        for vectors in _together(made_rows(seeds, rows, done=len(writer)), segment):
            spent["write"] += _seconds(partial(_add, writer, vectors, len(writer)))
            taken.write_text(json.dumps(spent))
        if "index" not in spent:
            with _most_memory() as memory:
                spent["index"] = _seconds(writer.refresh_index)
            spent["index MB"] = max(memory)
            spent["add 1,000"] = _seconds(
                partial(_add, writer, next(made_rows(seeds, 1000, seed=3)).astype(np.float16), rows)
            )
            taken.write_text(json.dumps(spent))
    return spent


def _together(blocks: Iterator[np.ndarray], rows: int) -> Iterator[np.ndarray]:
    """Blocks as float16, as many as make at least so many rows."""
    held: list[np.ndarray] = []
    for block in blocks:
        held.append(block.astype(np.float16))
        if sum(map(len, held)) >= rows:
            yield np.concatenate(held)
            held = []
    if held:
        yield np.concatenate(held)


def _add(writer: LibraryWriter, vectors: np.ndarray, start: int) -> None:
    ids = [f"scan-{number:09d}" for number in range(start, start + len(vectors))]
    columns = {
        "path": [f"/scans/{number // 1000:06d}/{number:09d}.ply" for number in range(start, start + len(vectors))],
        "label": [f"kind {number % 500}" for number in range(start, start + len(vectors))],
        "size": np.linspace(0.05, 2.0, len(vectors)),
    }
    writer.add(Rows.of_arrays(vectors, ids, columns))


def figures(folder: Path, queries: Path) -> dict[str, dict[str, float]]:
    """What a fresh process measures of a library: recall and median times of each kind of query, and its memory."""
    command = [sys.executable, "-m", "benchmarks.library", str(folder), str(queries)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def _measured(folder: Path, queries: Path) -> dict[str, dict[str, float]]:
    asked = np.load(queries)
    found: dict[str, dict[str, float]] = {}
    with Library.open(folder) as library:
        opened = _seconds(lambda: library.search(asked["text"][0], TOP))
        for kind in KINDS:
            plain = [_timed(library, query, False)[1] for query in asked[kind]]
            filtered = [_timed(library, query, False, FILTER)[1] for query in asked[kind][:20]]
            found[kind] = {
                "ms": _median(plain).ms,
                "CPU ms": _median(plain).cpu_ms,
                "filtered ms": _median(filtered).ms,
            }
        found["memory"] = {"MB": _anonymous_mb(), "first s": opened}
        for kind in KINDS:
            few = asked[kind][:100]
            exact = library.search(few, TOP, exact=True)
            quick = library.search(few, TOP)
            found[kind]["recall %"] = 100 * float(np.mean([_shared(a, b) for a, b in zip(exact, quick, strict=True)]))
            found[kind]["exact ms"] = _median([_timed(library, query, True)[1] for query in few[:5]]).ms
    return found


class Took(NamedTuple):
    """What a search took."""

    ms: float  # by the clock, which other work on the machine lengthens
    cpu_ms: float


def _median(took: Sequence[Took]) -> Took:
    return Took(*(statistics.median(column) for column in zip(*took, strict=True)))


def _timed(library: Library, query: np.ndarray, exact: bool, where: str | None = None) -> tuple[list, Took]:
    started, busy = time.perf_counter(), time.process_time()
    hits = library.search(query, TOP, where, exact=exact)[0]
    return hits, Took((time.perf_counter() - started) * 1e3, (time.process_time() - busy) * 1e3)


def _shared(exact: list, quick: list) -> float:
    return len({hit.id for hit in exact} & {hit.id for hit in quick}) / len(exact)


def _anonymous_mb() -> float:
    """Memory of this process without what is mapped from files, which the system takes back when it needs room."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1024


@contextmanager
def _most_memory() -> Iterator[list[float]]:
    """Looks at the memory of this process five times a second; what it saw is in the list afterwards."""
    seen, done = [_anonymous_mb()], threading.Event()

    def look() -> None:
        while not done.wait(0.2):
            seen.append(_anonymous_mb())

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield seen
    finally:
        done.set()
        watcher.join()


def _neighbours(seeds: np.ndarray) -> np.ndarray:
    """(S, NEIGHBOURS) the nearest other seeds of each."""
    products = seeds @ seeds.T
    np.fill_diagonal(products, -np.inf)
    return np.argsort(-products, axis=1)[:, :NEIGHBOURS]


def _clouds(variants: int) -> Iterator[np.ndarray]:
    from cg3d.data.surface import surface_of
    from cg3d.objects import CATEGORIES, make_object

    rng = np.random.default_rng(0)
    for name in CATEGORIES:
        for seed in range(variants):
            yield surface_of([make_object(name, seed).coloured_corners()], 4096, rng).xyz.astype(np.float32)


def _picture_rows(bundle: Bundle, count: int) -> np.ndarray:
    """Embeddings of pictures of built-in objects."""
    from cg3d.data.drawing.render import render_views
    from cg3d.data.drawing.views import views_around
    from cg3d.data.surface import surface_of
    from cg3d.objects import CATEGORIES, make_object
    from cg3d_runtime.images.encoder import embed_images

    rng, pictures = np.random.default_rng(0), []
    for number, name in enumerate(np.resize(list(CATEGORIES), count)):
        surface = surface_of([make_object(str(name), number).coloured_corners()], 4096, rng)
        coloured = np.concatenate([surface.xyz, surface.rgb], axis=1)
        drawn = render_views(coloured, views_around(1), bundle.manifest.image.size, surface.normals)
        pictures.append(np.asarray(drawn[0]))
    return embed_images(bundle, pictures)


def _seconds(run: object) -> float:
    started = time.perf_counter()
    run()  # type: ignore[operator]
    return time.perf_counter() - started


if __name__ == "__main__":
    print(json.dumps(_measured(Path(sys.argv[1]), Path(sys.argv[2]))))
