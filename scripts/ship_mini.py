#!/usr/bin/env python3
"""Export a run as the bundle inside the runtime's wheel: `scripts/ship_mini.py RUN`.

The point encoder goes in at both precisions; text and image only as FP16, which keeps the wheel below 25 MB.
"""

from __future__ import annotations

import sys
from pathlib import Path

from cg3d_export.exporting import export_run

REPOSITORY = Path(__file__).resolve().parents[1]
BUNDLE = REPOSITORY / "runtime" / "cg3d_runtime" / "bundles" / "cg3d-mini"
KEEP = {"text": ["fp16"], "image": ["fp16"]}


def main(run: str) -> None:
    notes = (REPOSITORY / "scripts" / "mini_notes.md").read_text("utf-8")
    print(export_run(Path(run), BUNDLE, keep=KEEP, notes=notes).table())
    print(f"{sum(file.stat().st_size for file in BUNDLE.iterdir()) / 1e6:.1f} MB in {BUNDLE.relative_to(REPOSITORY)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
