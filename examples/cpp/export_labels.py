"""Write what a C++ program needs of a label list: export_labels.py BUNDLE LABELS.txt OUT.npy

OUT.npy holds the unit embeddings (L, D) float32, and OUT.txt the names, one a line, in the same order.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from cg3d_runtime import Bundle, read_labels
from cg3d_runtime.backends import open_backend
from cg3d_runtime.text_encoder import TextEncoder


def main() -> None:
    """Encode the labels on the CPU."""
    bundle, labels, out = Bundle.open(sys.argv[1]), read_labels(sys.argv[2]), Path(sys.argv[3])
    if out.with_suffix(".txt").resolve() == Path(sys.argv[2]).resolve():
        sys.exit(f"export_labels: the names would replace {sys.argv[2]}; give OUT.npy another name.")
    np.save(out, TextEncoder(bundle, open_backend(bundle, "text", "cpu")).embed(labels))
    out.with_suffix(".txt").write_text("".join(f"{label.name}\n" for label in labels), encoding="utf-8")


if __name__ == "__main__":
    main()
