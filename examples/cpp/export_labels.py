"""Write what a C++ program needs of a label list: export_labels.py BUNDLE LABELS.txt OUT.npy

OUT.npy holds unit embeddings (L + R, D) float32: those of the labels, then those of the everyday names that compete with the
list for "unknown". OUT.json holds the names, how long and of which colours things of these names usually are, and of which
bundle it is.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from cg3d_runtime import Bundle, Cg3dError, read_labels
from cg3d_runtime.choices import PRECISIONS
from cg3d_runtime.errors import printable
from cg3d_runtime.labels.choice import LabelChoice
from cg3d_runtime.labels.encoder import LabelEncoder
from cg3d_runtime.labels.vocabulary import Vocabulary
from cg3d_runtime.naming.namer import unknown_threshold


def main() -> None:
    """Run on the arguments of this process."""
    if len(sys.argv) != 4:
        sys.exit("usage: export_labels.py BUNDLE LABELS.txt OUT.npy")
    folder, labels, out = map(Path, sys.argv[1:])
    if out.suffix != ".npy":
        sys.exit(printable(f"export_labels: {out}: a name that ends with .npy is needed."))
    try:
        export(folder, labels, out)
    except (Cg3dError, OSError) as error:
        sys.exit(printable(f"export_labels: {error}"))


def export(folder: Path, file: Path, out: Path) -> None:
    """Encode the labels on the CPU; what is odd about them goes to stderr."""
    bundle = Bundle.open(folder)
    competing = unknown_threshold(bundle, None) is not None
    vocabulary = LabelChoice(bundle, LabelEncoder(bundle, "cpu"), competing).vocabulary(read_labels(file))
    for name, note in vocabulary.notes.items():
        print(printable(f"{name}: {note}"), file=sys.stderr)
    rivals = [] if vocabulary.rivals is None else [vocabulary.rivals.matrix]
    np.save(out, np.vstack([vocabulary.matrix, *rivals]))
    out.with_suffix(".json").write_text(json.dumps(_tree(bundle, vocabulary)), encoding="utf-8")


def _tree(bundle: Bundle, vocabulary: Vocabulary) -> dict[str, object]:
    """`rivals` is null where nothing competes, `lengths` where nobody knows how long things are."""
    graphs = bundle.manifest.graphs["points"]
    lengths, colours = vocabulary.usual.lengths, vocabulary.usual.colours
    return {
        "points_sha256": next(graphs[precision].sha256 for precision in PRECISIONS if precision in graphs),
        "labels": [label.name for label in vocabulary.labels],
        "rivals": None if vocabulary.rivals is None else list(vocabulary.rivals.names),
        "lengths": lengths
        and {"weight": lengths.weight, "labels": lengths.labels.tolist(), "rivals": lengths.rivals.tolist()},
        "colours": colours and {"labels": colours.labels.tolist(), "rivals": colours.rivals.tolist()},
    }


if __name__ == "__main__":
    main()
