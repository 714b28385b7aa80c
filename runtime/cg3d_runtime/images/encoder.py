"""Image embeddings: unit vectors in CLIP's space, by the bundle's image graph."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import closing
from itertools import islice

import numpy as np

from cg3d_runtime.backends import encode, open_backend
from cg3d_runtime.bundle import Bundle
from cg3d_runtime.errors import BundleError
from cg3d_runtime.images import Picture, Pictures

BATCH = 32  # pictures a run


def embed_images(bundle: Bundle, pictures: Pictures, backend: str = "auto", threads: int | None = None) -> np.ndarray:
    """Embed pictures; the image graph is opened for this call.

    Args:
        pictures: files or arrays, as `fitted` takes them; read a batch at a time.
        backend, threads: as in `open_backend`.
    Returns:
        (n, D) float32, unit rows, in the order of `pictures`.
    Raises:
        BundleError: the bundle has no image graph.
        ScanError: a picture cannot be read.
        BackendError: the image graph cannot be opened.
    """
    from cg3d_runtime.images.fitting import fitted  # no start of a robot that names scans need load it

    spec, dim = bundle.manifest.image, bundle.manifest.embedding_dim
    if "image" not in bundle.manifest.graphs:
        raise BundleError(
            f"{bundle.directory}: this bundle has no image graph. Export a run of towers: cg3d export RUN."
        )
    rest, rows = iter(_many(pictures)), [np.empty((0, dim), np.float32)]
    with closing(open_backend(bundle, "image", backend, threads=threads)) as session:
        while batch := [fitted(picture, spec) for picture in islice(rest, BATCH)]:
            rows.append(encode(session, {"image": np.stack(batch)}, dim))
    return np.concatenate(rows)


def _many(pictures: Pictures) -> Iterable[Picture]:
    """Many pictures as they are, and one, which a caller forgot to put into a list, as the only one."""
    if isinstance(pictures, np.ndarray):
        return [pictures] if pictures.ndim < 4 else pictures
    if isinstance(pictures, (str, os.PathLike)) or not isinstance(pictures, Iterable):
        return [pictures]
    return pictures
