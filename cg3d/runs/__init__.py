"""Runs on disk: what was learned, how, and from what.

checkpoint         the files of a run, read and written
writes             writing where the disk may be full
provenance         what a run was made from
start              what learning can start from: a run or a bundle
bundle_encoder     the point encoder of a bundle, read back from its graph
average            several runs as one
import_checkpoint  official weights as a run
cli                `cg3d average`, `cg3d import-checkpoint`
"""

from pathlib import Path

RUNS = Path("runs")  # where commands look for runs and write them, unless told otherwise
