"""Write what a C++ program needs of a label list: export_labels.py BUNDLE LABELS.txt OUT.npy

OUT.npy holds the unit embeddings (L, D) float32, and OUT.txt the names, one a line, in the same order.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from cg3d_runtime import Bundle, Cg3dError, read_labels
from cg3d_runtime.errors import printable
from cg3d_runtime.labels.encoder import LabelEncoder


def main() -> None:
    """Run on the arguments of this process."""
    if len(sys.argv) != 4:
        sys.exit("usage: export_labels.py BUNDLE LABELS.txt OUT.npy")
    folder, labels, out = map(Path, sys.argv[1:])
    if out.with_suffix(".txt").resolve() == labels.resolve():
        sys.exit(printable(f"export_labels: the names would replace {labels}; give OUT.npy another name."))
    try:
        export(folder, labels, out)
    except (Cg3dError, OSError) as error:
        sys.exit(printable(f"export_labels: {error}"))


def export(folder: Path, file: Path, out: Path) -> None:
    """Encode the labels on the CPU."""
    bundle, labels = Bundle.open(folder), read_labels(file)
    np.save(out, LabelEncoder(bundle, "cpu").embed(labels))
    out.with_suffix(".txt").write_text("".join(f"{label.name}\n" for label in labels), encoding="utf-8")


if __name__ == "__main__":
    main()
