#!/usr/bin/env python3
"""Export a run as the bundle inside the runtime's wheel: `recipes/cg3d-mini/ship_mini.py RUN FITTED`.

The point encoder goes in at both precisions; text and image only as FP16, which keeps the wheel below 32 MB. FITTED is the
bundle of the run before, calibrated on a source that it had never seen: its temperature and threshold are the honest ones for
new scanners.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from cg3d_calibration.bundle_update import store_confidence
from cg3d_calibration.rival_names import embed_rivals
from cg3d_export.exporting import export_run
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.labels import Label
from cg3d_runtime.labels.rivals import Rivals
from cg3d_runtime.sizes.usual import UsualLengths

REPOSITORY = Path(__file__).resolve().parents[2]
BUNDLE = REPOSITORY / "runtime" / "cg3d_runtime" / "bundles" / "cg3d-mini"
KEEP = {"text": ["fp16"], "image": ["fp16"]}


def main(run: str, fitted: str) -> None:
    notes = (Path(__file__).with_name("mini_notes.md")).read_text("utf-8")
    print(export_run(Path(run), BUNDLE, keep=KEEP, notes=notes).table())
    held_out = Bundle.open(Path(fitted))
    confidence = held_out.manifest.confidence
    if confidence is None:
        raise SystemExit(f"{fitted}: not calibrated. Run `cg3d calibrate {fitted}` on data that it has not seen.")
    told = f"the same recipe without its test data: {confidence.fitted_on}"
    shipped, rivals = Bundle.open(BUNDLE), Rivals.of(held_out)
    names = tuple(Label(name, (name,)) for name in rivals.names) if rivals else ()
    embedded, lengths = embed_rivals(shipped, names, "cpu"), UsualLengths.of(held_out)  # both runs have one text tower
    store_confidence(shipped, "fp32", replace(confidence, fitted_on=told), embedded, lengths)
    print(f"{sum(file.stat().st_size for file in BUNDLE.iterdir()) / 1e6:.1f} MB in {BUNDLE.relative_to(REPOSITORY)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
