"""The three lines of the README, as a user types them: train, export, infer."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
QUICK = (
    "steps=2",
    "batch_size=4",
    "data.objects_per_category=2",
    "data.categories=mug,bowl,chair,lamp",
    "data.held_out=0.5",
    "model.encoder.points=256",
    "model.towers.pretrained=random",
)


def run(folder: Path, module: str, *arguments: str) -> str:
    """Run a console script of ours in `folder`; its stdout."""
    command = [sys.executable, "-c", f"from {module} import main; main()", *arguments]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "XDG_CACHE_HOME": str(folder / "cache")}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=500, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_train_export_infer(tmp_path: Path) -> None:
    run(tmp_path, "cg3d.cli", "train", *(f"--set={change}" for change in QUICK))
    table = run(tmp_path, "cg3d.cli", "export", "--fp16", "--held-out", "12")
    bundle = next((tmp_path / "bundles").iterdir())
    answers = run(
        tmp_path,
        "cg3d_runtime.infer.cli",
        str(REPOSITORY / "examples" / "scans" / "mug.ply"),
        f"--labels={REPOSITORY / 'examples' / 'labels.txt'}",
        f"--bundle={bundle}",
        "--backend=cpu",
        "--json",
    )

    assert [line.split()[:2] for line in table.splitlines()[1:7]] == [
        [graph, precision] for graph in ("points", "text", "image") for precision in ("fp32", "fp16")
    ]
    answer = json.loads(answers)
    assert answer["label"] == answer["top"][0]["label"]
    assert answer["backend"] == "onnxruntime-cpu"
    assert "RANDOM WEIGHTS" in (bundle / "MODEL_CARD.md").read_text()
