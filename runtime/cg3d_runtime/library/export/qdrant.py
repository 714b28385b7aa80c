"""A library as a collection of Qdrant: a server, or a folder for its client alone."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from typing import Any

from cg3d_runtime.errors import LibraryError, one_line
from cg3d_runtime.library.export.fields import described, imported, payload
from cg3d_runtime.library.library import Library
from cg3d_runtime.library.rows import ID

KEY_VARIABLE = "QDRANT_API_KEY"
DEFAULT_COLLECTION = "scans"
_ROWS = 256  # a request of which takes half a megabyte
_NAMESPACE = uuid.UUID("6f1d6c1e-6a4b-5d0c-9a43-5d3f0a9f4c11")  # of ids of points, which must be numbers or UUIDs


def to_qdrant(library: Library, target: str, tell: Callable[[int], None]) -> int:
    """Write the rows as points of one collection, whose ids follow from those of the rows; see `export_to`."""
    qdrant: Any = imported("qdrant_client", "qdrant-client")
    where, _, name = target.partition("#")
    collection = name or DEFAULT_COLLECTION
    rows = 0
    try:
        client = _client(qdrant, where)
        _require_collection(qdrant, client, collection, library)
        for vectors, values in library.blocks(_ROWS):
            points = [
                qdrant.models.PointStruct(
                    id=point_id(str(row[ID])), vector=vector.tolist(), payload={**payload(row), **described(library)}
                )
                for vector, row in zip(vectors.astype("float32"), values, strict=True)
            ]
            if points:
                client.upsert(collection, points, wait=True)
                tell(rows := rows + len(points))
        client.close()
    except LibraryError:
        raise
    except Exception as error:  # of its transports: each has a tree of its own
        raise LibraryError(f"{target}: Qdrant does not take the rows ({one_line(error, 200)}).") from error
    return rows


def point_id(row: str) -> str:
    """The id of the point of a row: the same whenever it is written, so that an export that was ended can be repeated."""
    return str(uuid.uuid5(_NAMESPACE, row))


def _client(qdrant: Any, where: str) -> Any:
    if where.startswith(("http://", "https://")):
        return qdrant.QdrantClient(url=where, api_key=os.environ.get(KEY_VARIABLE))
    return qdrant.QdrantClient(path=where)


def _require_collection(qdrant: Any, client: Any, collection: str, library: Library) -> None:
    """Make the collection, or refuse one of another length of vectors."""
    if not client.collection_exists(collection):
        of_rows = qdrant.models.VectorParams(size=library.space.dim, distance=qdrant.models.Distance.COSINE)
        client.create_collection(collection, vectors_config=of_rows)
        return
    held = client.get_collection(collection).config.params.vectors
    if getattr(held, "size", None) != library.space.dim:
        raise LibraryError(
            f"collection {collection}: holds other vectors than the library's {library.space.dim} numbers."
        )
    points, _ = client.scroll(collection, limit=1)
    if points and points[0].payload.get("cg3d-space") != library.space.sha256:
        raise LibraryError(f"collection {collection}: holds rows of another model; name a new one with #NAME.")
