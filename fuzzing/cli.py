"""Throw damaged and odd files at the runtime: nothing may crash, hang, eat memory, end in a traceback, or be misread silently.

scripts/fuzz                          20,000 damaged scans, 10,000 bags, 5,000 bundles, 5,000 cameras and 300 pictures in
                                      OpenEXR, 20,000 scans, depth images and label lists in the dialects of other
                                      programs, 300 calls of cg3d-infer, and 10,000 requests to cg3d-serve
scripts/fuzz scans --count 1000       only scans, fewer
scripts/fuzz scans --first 1234 --count 1   one case again

Every case is made from --seed and its number. Every refusal must be one printable line that names the file, within 2 s of
processor time and 1 GB. What is found is kept in --keep, one folder a case, and told on stdout; the exit code is then 1.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import typer

from fuzzing.bags import BAGS, write_bag_seeds
from fuzzing.bundles import BUNDLES, write_bundle_seeds
from fuzzing.cameras import CAMERAS, EXR, write_exr_seed
from fuzzing.commands import COMMANDS
from fuzzing.depth import DEPTH
from fuzzing.dialects import DIALECTS
from fuzzing.isolation import Target, Verdict, run, write_case
from fuzzing.labels import LABELS
from fuzzing.requests import fuzz as fuzz_requests
from fuzzing.scans import SCANS, write_seeds


def _no_seeds(folder: Path) -> None:
    """Cases that are made by code alone."""


app = typer.Typer(add_completion=False)
_TARGETS: dict[str, tuple[Target, Callable[[Path], None], int]] = {
    "scans": (SCANS, write_seeds, 20_000),
    "bags": (BAGS, write_bag_seeds, 10_000),
    "bundles": (BUNDLES, write_bundle_seeds, 5_000),
    "dialects": (DIALECTS, _no_seeds, 10_000),
    "depth": (DEPTH, _no_seeds, 5_000),
    "cameras": (CAMERAS, _no_seeds, 5_000),
    "exr": (EXR, write_exr_seed, 300),
    "labels": (LABELS, _no_seeds, 5_000),
    "commands": (COMMANDS, _no_seeds, 300),
}
_REQUESTS = 10_000  # to one service, which no case is kept from


@app.command()
def main(
    what: str = typer.Argument("all", help=f"{', '.join(_TARGETS)}, requests or all."),
    count: int = typer.Option(0, help="Cases of each; 0: as many as usual."),
    first: int = typer.Option(0, help="Number of the first case."),
    seed: int = typer.Option(0, help="Another seed, other cases."),
    jobs: int = typer.Option(2, help="Processes side by side."),
    keep: Path = typer.Option(Path("build/fuzz"), help="Where findings are kept."),
) -> None:
    """Fuzz the readers of scans, bundles, depth images and label lists, the commands and the service."""
    if what not in ("all", *_TARGETS, "requests"):
        raise typer.BadParameter(f"{what!r} is not one of all, {', '.join(_TARGETS)}, requests")
    found = 0
    for name, (target, write, usual) in _TARGETS.items():
        if what in ("all", name):
            found += _fuzz(target, write, range(first, first + (count or usual)), seed, jobs, keep)
    if what in ("all", "requests"):
        found += _fuzz_requests(range(first, first + (count or _REQUESTS)), seed)
    raise typer.Exit(code=int(found > 0))


def _fuzz_requests(cases: range, seed: int) -> int:
    """Ask a running service, print what became of it, and return how many faults there are."""
    sent = fuzz_requests(seed, cases, lambda line: print(line, file=sys.stderr, flush=True))
    told = ", ".join(f"{count:,} {status or 'closed'}" for status, count in sent.statuses.most_common())
    print(f"\nrequests    {told}; findings {len(sent.faults):,}")
    for number, fault in sent.faults:
        print(f"case {number}: {fault}", flush=True)
    return len(sent.faults)


def _fuzz(target: Target, write: Callable[[Path], None], cases: range, seed: int, jobs: int, keep: Path) -> int:
    """Judge all cases, print the table and the findings, and return how many there are."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(jobs) as pool:
        seeds = Path(folder)
        write(seeds)
        step = min(500, -(-len(cases) // jobs))
        blocks = [range(start, min(start + step, cases.stop)) for start in range(cases.start, cases.stop, step)]
        verdicts: list[Verdict] = []
        for block in pool.map(lambda block: list(run(target, seeds, seed, block)), blocks):
            verdicts += block
            for verdict in block:
                _keep(target, seeds, seed, verdict, keep)
            print(f"{len(verdicts):,} of {len(cases):,} {target.name}", file=sys.stderr, flush=True)
    _print_table(target.name, verdicts)
    return sum(verdict.fault is not None for verdict in verdicts)


def _keep(target: Target, seeds: Path, seed: int, verdict: Verdict, keep: Path) -> None:
    """Keep the input of a finding, and tell it."""
    if verdict.fault is None:
        return
    folder = keep / f"{target.name}-{seed}-{verdict.index}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    write_case(target, seeds, seed, verdict.index, folder)
    (folder / "finding.txt").write_text(f"{verdict.fault}\n", errors="backslashreplace")
    print(f"{folder}: {verdict.fault.strip().splitlines()[-1][:160]}", flush=True)


def _print_table(name: str, verdicts: list[Verdict]) -> None:
    outcomes = sorted({verdict.outcome for verdict in verdicts})
    print(f"\n{name:12}" + "".join(f"{outcome:>14}" for outcome in outcomes) + f"{'slowest s':>12}{'findings':>10}")
    for kind in (*sorted({verdict.kind for verdict in verdicts}), "all"):
        rows = [verdict for verdict in verdicts if kind in (verdict.kind, "all")]
        counts = Counter(verdict.outcome for verdict in rows)
        slowest, found = max(row.seconds for row in rows), sum(row.fault is not None for row in rows)
        print(f"{kind or '?':12}" + "".join(f"{counts[o]:14,}" for o in outcomes) + f"{slowest:12.2f}{found:10,}")
