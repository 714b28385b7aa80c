"""Run cg3d-infer natively and as 64-bit ARM code under QEMU, and compare; started by `scripts/check_aarch64`.

Exit 0: every scan has the same labels in the same order, and features within 1e-4. Exit 1: not so, with the scan's name.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

REPOSITORY = Path(__file__).parent.parent
LABELS = REPOSITORY / "examples" / "labels.txt"
TOLERANCE = 1e-4  # of features, whose length is 1

INFER = "from cg3d_runtime.infer.cli import main; main()"
# The features themselves, by the public interface; the first argument names the file to write.
EMBED = """
import sys, numpy
from cg3d_runtime import Recognizer
with Recognizer.open(["thing"], backend="cpu") as recognizer:
    numpy.save(sys.argv[1], recognizer.embed(sys.argv[2:]))
"""
MACHINE = (
    "import platform, sys, cg3d_runtime, numpy, onnxruntime; print(platform.machine(), 'Python', platform.python_version(), \
'numpy', numpy.__version__, 'ONNX Runtime', onnxruntime.__version__)"
)


class Machine:
    """A way to run Python code: natively, or through an emulator."""

    def __init__(self, command: list[str], cache: Path, site: Path | None = None) -> None:
        self.command = command
        self.environment = os.environ | {"CG3D_CACHE": str(cache)}  # its own, so that labels are encoded on both sides
        self.environment.pop("CG3D_BUNDLE", None)
        if site:
            self.environment["PYTHONPATH"] = str(site)

    def run(self, code: str, *arguments: str) -> str:
        """Run `code`, return what it printed; a failure ends this program with what it said."""
        done = subprocess.run(
            [*self.command, "-c", code, *arguments], env=self.environment, capture_output=True, text=True
        )
        if done.returncode:
            sys.exit(f"check_aarch64: {self.command[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def answers(self, scans: list[str]) -> list[dict[str, object]]:
        """What `cg3d-infer` says about each scan."""
        options = ["--labels", str(LABELS), "--backend", "cpu", "--json"]
        return [json.loads(line) for line in self.run(INFER, *scans, *options).splitlines()]

    def features(self, scans: list[str], file: Path) -> np.ndarray:
        """The embeddings (B, D) of the scans."""
        self.run(EMBED, str(file), *scans)
        embedded: np.ndarray = np.load(file)
        return embedded


def main() -> None:
    """Compare, print a table, and exit."""
    arguments = parse_arguments()
    scans = [str(scan) for scan in arguments.scans]
    with tempfile.TemporaryDirectory() as scratch:
        x86, arm = machines(arguments, Path(scratch))
        print(f"{x86.run(MACHINE)}{arm.run(MACHINE)}", end="")
        started = time.perf_counter()
        pairs = list(zip(x86.answers(scans), arm.answers(scans), strict=True))
        distances = np.abs(
            x86.features(scans, Path(scratch) / "x86.npy") - arm.features(scans, Path(scratch) / "arm.npy")
        ).max(axis=1)
        print(f"{time.perf_counter() - started:.0f} s for {len(scans)} scans, twice on each side")
    failed = [not report(*pair, distance) for pair, distance in zip(pairs, distances, strict=True)]
    print(
        f"{len(failed) - sum(failed)} of {len(failed)} scans agree; largest difference of features {distances.max():.1e}"
    )
    sys.exit(any(failed))


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--emulator", type=Path, required=True, help="qemu-aarch64-static")
    parser.add_argument("--root", type=Path, required=True, help="where the arm64 packages were unpacked")
    parser.add_argument("--python", type=Path, required=True, help="the arm64 Python among them")
    parser.add_argument("--site", type=Path, required=True, help="where the aarch64 wheels were unpacked")
    parser.add_argument(
        "scans", type=Path, nargs="*", default=sorted((REPOSITORY / "examples" / "scans").glob("*.ply"))
    )
    return parser.parse_args()


def machines(arguments: argparse.Namespace, scratch: Path) -> tuple[Machine, Machine]:
    emulated = [str(arguments.emulator), "-L", str(arguments.root), str(arguments.python)]
    return Machine([sys.executable], scratch / "x86"), Machine(emulated, scratch / "arm", arguments.site)


def report(x86: dict[str, object], arm: dict[str, object], distance: float) -> bool:
    """Print one line on a scan; return whether both machines agree on it."""
    labels = [[candidate["label"] for candidate in answer["top"]] for answer in (x86, arm)]  # type: ignore[index]
    agree = labels[0] == labels[1] and bool(distance <= TOLERANCE)
    scores = f"{x86['score']:.6f} {arm['score']:.6f}"
    print(f"{'same' if agree else 'DIFFERENT':<9} {distance:.1e}  {scores}  {x86['file']}: {' '.join(labels[0])}")
    if not agree:
        print(f"          on ARM: {' '.join(labels[1])}")
    return agree


if __name__ == "__main__":
    main()
