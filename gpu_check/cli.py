"""Prove in eight minutes what no CPU can: training, pictures, ONNX Runtime, TensorRT and speed on a GPU.

scripts/gpu_check                             on CUDA, where torch sees it
scripts/gpu_check --device cpu                the same steps without a GPU: that the check itself works
scripts/gpu_check --wheels wheels/            with packages that the machine lacks, such as onnxruntime-gpu, from a folder
scripts/gpu_check --only runtime,tensorrt     some parts

Results are written as they come: OUT/gpu_check.json, and OUT/gpu_check.md, the table for docs/gpu.md. Exit 1: something failed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from time import monotonic, strftime

from gpu_check.findings import FAILED, Finding, table
from gpu_check.parts import PARTS, run
from gpu_check.wheels import unpack

MOST_S = 480.0


def app(prog_name: str, arguments: Sequence[str] | None = None) -> None:
    """Run the parts and exit; argparse, since a bare machine has no typer."""
    given = _parser(prog_name).parse_args(arguments)
    names = given.only.split(",") if given.only else list(PARTS)
    if unknown := [name for name in names if name not in PARTS]:
        sys.exit(f"{prog_name}: part {unknown[0]!r} is not known; the parts are {', '.join(PARTS)}")
    given.out.mkdir(parents=True, exist_ok=True)
    found = _run_all(given, names)
    print(table(found), end="")
    sys.exit(int(any(finding.outcome == FAILED for finding in found)))


def _run_all(given: argparse.Namespace, names: list[str]) -> list[Finding]:
    started, found, packages = monotonic(), list[Finding](), None
    if given.wheels:
        packages = given.out.resolve() / "packages"
        if fault := unpack(given.wheels, packages):
            found.append(Finding("wheels", "install", FAILED, note=fault))
    for name in names:
        left = given.limit - (monotonic() - started)
        if left < 5:
            found.append(Finding(name, "start", FAILED, note=f"no time left of {given.limit:.0f} s"))
        else:
            print(f"gpu_check: {name} ...", file=sys.stderr, flush=True)
            found += run(name, PARTS[name], given.device, given.out.resolve(), left, packages)
        _write(given.out, given.device, found, monotonic() - started)
    return found


def _write(out: Path, device: str, found: list[Finding], seconds: float) -> None:
    """The result so far, whole at every moment."""
    when = strftime("%Y-%m-%d %H:%M:%S")
    tree = {"device": device, "when": when, "seconds": round(seconds, 1), "findings": [asdict(each) for each in found]}
    for name, content in (("gpu_check.json", json.dumps(tree, indent=1) + "\n"), ("gpu_check.md", table(found))):
        temporary = out / f".{name}"
        temporary.write_text(content, encoding="utf-8")
        temporary.replace(out / name)


def _parser(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(name, description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda", help="where to run (default: cuda)")
    parser.add_argument("--wheels", type=Path, metavar="DIR", help="a folder of wheels to install for the check alone")
    parser.add_argument("--only", metavar="PART,PART", help=f"some of {', '.join(PARTS)}")
    parser.add_argument(
        "--out", type=Path, default=Path("build/gpu_check"), metavar="DIR", help="(default: %(default)s)"
    )
    parser.add_argument(
        "--limit", type=float, default=MOST_S, metavar="SECONDS", help="for all parts (default: %(default)g)"
    )
    return parser
