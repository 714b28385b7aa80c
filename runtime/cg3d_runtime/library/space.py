"""The embedding space that the rows of a library lie in: what makes cosines between them and queries mean anything."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass

from cg3d_runtime.bundle import Bundle
from cg3d_runtime.bundle.manifest import GRAPHS, Manifest
from cg3d_runtime.choices import PRECISIONS


@dataclass(frozen=True)
class Space:
    """What rows were embedded with.

    Attributes:
        bundle: the bundle's name, for people.
        sha256: of all that an embedding depends on: graphs, tokenizer, templates, preparation. Confidence, rivals and the
            model card are not among it, so a bundle that is only calibrated anew keeps its libraries.
        dim: length of a row.
    """

    bundle: str
    sha256: str
    dim: int

    @classmethod
    def of(cls, bundle: Bundle) -> Space:
        """The space of a bundle."""
        manifest = bundle.manifest
        parts = {
            "graphs": {graph: _most_exact(manifest, graph) for graph in GRAPHS if graph in manifest.graphs},
            "tokenizer": manifest.files["tokenizer"].sha256 if "tokenizer" in manifest.files else None,
            "text": asdict(manifest.text),
            "image": asdict(manifest.image),
            "prepare": asdict(manifest.prepare),
            "dim": manifest.embedding_dim,
        }
        digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
        return cls(manifest.name, digest, manifest.embedding_dim)


def _most_exact(manifest: Manifest, graph: str) -> str:
    """The hash of one file a graph: the same model at other precisions makes no other space."""
    files = manifest.graphs[graph]
    return next(files[precision].sha256 for precision in PRECISIONS if precision in files)
