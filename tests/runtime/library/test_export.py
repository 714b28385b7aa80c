"""What other engines get is what the library holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cg3d_runtime.errors import LibraryError
from cg3d_runtime.library import Entry, Library, LibraryWriter, Rows
from cg3d_runtime.library.export import EXPORTS, export_to
from tests.runtime.library.rows_made import DIM, SPACE, rows_of, vectors_of


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """40 rows, one of them removed, and one with an error."""
    with LibraryWriter.open(tmp_path / "library", SPACE) as writer:
        writer.add(rows_of(range(40)))
        writer.add(Rows.of_entries([Entry("bad", None, error="broken")], DIM))
        writer.remove(["row-0003"])
    return Library.open(tmp_path / "library")


def test_parquet_holds_every_row_and_says_of_which_model(library: Library, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason='the extra "parquet" is not installed')
    told: list[int] = []
    assert export_to("parquet", library, str(tmp_path / "rows.parquet"), told.append) == 39 == told[-1]
    table = parquet.read_table(tmp_path / "rows.parquet")
    assert table.schema.metadata[b"cg3d-space"].decode() == SPACE.sha256
    rows = table.to_pylist()
    assert {row["id"] for row in rows} == {f"row-{n:04d}" for n in range(40) if n != 3}
    assert np.array_equal(np.array(rows[5]["vector"], np.float16), vectors_of([6])[0])
    assert (rows[5]["label"], rows[5]["size"], rows[5]["note"]) == ("kind 1", 0.06, None)


def test_a_file_that_is_there_is_not_written_over(library: Library, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow.parquet", reason='the extra "parquet" is not installed')
    (tmp_path / "rows.parquet").write_text("mine")
    with pytest.raises(LibraryError, match="is there already"):
        export_to("parquet", library, str(tmp_path / "rows.parquet"))
    assert (tmp_path / "rows.parquet").read_text() == "mine"


def test_lance_holds_every_row(library: Library, tmp_path: Path) -> None:
    lance = pytest.importorskip("lance", reason='the extra "lance" is not installed')
    target = str(tmp_path / "rows.lance")
    assert export_to("lance", library, target) == 39
    rows = lance.dataset(target).to_table(filter="label = 'kind 1'").to_pylist()
    assert {row["id"] for row in rows} == {f"row-{n:04d}" for n in range(40) if n % 5 == 1}
    with pytest.raises(LibraryError, match="cannot be written by Lance"):
        export_to("lance", library, target)


def test_qdrant_finds_what_the_library_finds(library: Library, tmp_path: Path) -> None:
    qdrant = pytest.importorskip("qdrant_client", reason='the extra "qdrant" is not installed')
    target = str(tmp_path / "qdrant")
    for _ in range(2):  # what was ended may be repeated
        assert export_to("qdrant", library, f"{target}#mugs") == 39
    client = qdrant.QdrantClient(path=target)
    assert client.count("mugs").count == 39
    query = vectors_of([1000])[0].astype(np.float32)
    found = client.query_points("mugs", query=query.tolist(), limit=10).points
    assert [point.payload["id"] for point in found] == [hit.id for hit in library.search(query, 10)[0]]
    assert found[0].payload["cg3d-space"] == SPACE.sha256
    client.close()


def test_a_collection_of_another_model_is_left_alone(library: Library, tmp_path: Path) -> None:
    qdrant = pytest.importorskip("qdrant_client", reason='the extra "qdrant" is not installed')
    client = qdrant.QdrantClient(path=str(tmp_path / "qdrant"))
    models = qdrant.models
    client.create_collection("scans", vectors_config=models.VectorParams(size=8, distance=models.Distance.COSINE))
    client.close()
    with pytest.raises(LibraryError, match="holds other vectors than the library's 16 numbers"):
        export_to("qdrant", library, str(tmp_path / "qdrant"))


def test_a_form_that_is_none_lists_those_that_are(library: Library) -> None:
    with pytest.raises(LibraryError, match=f"is none of {', '.join(EXPORTS)}"):
        export_to("csv", library, "x")
