"""A library behind the service: the hits of cg3d-search, and what a writer adds is found without a new start."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cg3d_runtime import Bundle, Recognizer
from cg3d_runtime.library import Library, LibraryWriter, Space
from cg3d_runtime.library.queries import Part, embedded
from cg3d_runtime.library.rows import Entry, Rows
from tests.runtime.serve.conftest import Got, Service, Start, cloud, npy

JSON = {"Content-Type": "application/json"}


def entries(bundle: Path, numbers: range) -> Rows:
    with Recognizer.open(["thing"], bundle, backend="cpu", threads=1) as recognizer:
        vectors = [recognizer.embed([cloud(number)])[0] for number in numbers]
    made = [
        Entry(f"scan {number}", vector, label="even" if number % 2 == 0 else "odd", columns={"shelf": number})
        for number, vector in zip(numbers, vectors, strict=True)
    ]
    return Rows.of_entries(made, len(vectors[0]))


@pytest.fixture(scope="module")
def library(tiny_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("library") / "library"
    with LibraryWriter.open(folder, Space.of(Bundle.open(tiny_bundle))) as writer:
        writer.add(entries(tiny_bundle, range(8)))
    return folder


@pytest.fixture(scope="module")
def searched(start: Start, library: Path) -> Service:
    return start("--processes", 1, "--library", library)


def hits(got: Got) -> list[dict[str, Any]]:
    assert got.status == 200, got
    return list(got.told["hits"])


def test_a_scan_finds_itself_however_it_is_sent(searched: Service) -> None:
    points = json.dumps({"points": cloud(3).tolist(), "top": 2}).encode()
    for got in (
        searched.send("/search", npy(cloud(3)), top="2"),
        searched.ask("POST", "/search?name=a.npy&top=2", npy(cloud(3))),
        searched.ask("POST", "/search", points, JSON),
    ):
        first, second = hits(got)
        assert (first["rank"], first["id"], first["label"], first["shelf"]) == (1, "scan 3", "odd", 3)
        assert first["cosine"] == pytest.approx(1, abs=1e-3) and second["cosine"] <= first["cosine"]


def test_words_rows_and_filters_find_what_cg3d_search_finds(
    searched: Service, library: Path, tiny_bundle: Path
) -> None:
    with Recognizer.open(["thing"], tiny_bundle, backend="cpu", threads=1) as recognizer:
        vector = recognizer.embed_text("a mug")[0]
    with Library.open(library) as opened:
        expected = [hit.id for hit in opened.search(vector, 3, "label == 'even'", kind="text")[0]]
    asked = b'{"text": "a mug", "top": 3, "where": "label == \'even\'"}'
    assert [hit["id"] for hit in hits(searched.ask("POST", "/search", asked, JSON))] == expected
    got = searched.ask("POST", "/search?text=a%20mug&top=3&where=label%20==%20%27even%27")
    assert [hit["id"] for hit in hits(got)] == expected
    others = hits(searched.ask("POST", "/search?like=scan%205"))
    assert len(others) == 7 and "scan 5" not in {hit["id"] for hit in others}


def test_pictures_and_mixtures(searched: Service) -> None:
    image = pytest.importorskip("PIL.Image")
    content = io.BytesIO()
    image.fromarray(np.full((20, 20, 3), 200, np.uint8)).save(content, "PNG")
    assert len(hits(searched.send("/search", content.getvalue(), "photo.png"))) == 8
    mixed = hits(searched.send("/search", npy(cloud(2)), text="a mug", top="8"))
    assert len(mixed) == 8 and mixed[0]["cosine"] < 0.999


def test_weights_are_those_of_cg3d_search(searched: Service, library: Path, tiny_bundle: Path) -> None:
    with (
        Recognizer.open(["thing"], tiny_bundle, backend="cpu", threads=1) as recognizer,
        Library.open(library) as opened,
    ):
        parts = [Part("scan", cloud(2), -0.3), Part("text", "a mug", 2.0), Part("row", "scan 5", 0.5)]
        query = embedded(parts, opened, recognizer)
        expected = opened.search(query.vector, 3, kind=query.kind)[0]
    body = json.dumps(
        {"points": cloud(2).tolist(), "text": "a mug", "like": "scan 5", "weights": [-0.3, 2, 0.5], "top": 2}
    )
    form = searched.send("/search", npy(cloud(2)), text="a mug", like="scan 5", weights="-0.3,2,0.5", top="2")
    for got in (form, searched.ask("POST", "/search", body.encode(), JSON)):
        wanted = [hit for hit in expected if hit.id != "scan 5"][:2]
        assert [hit["id"] for hit in hits(got)] == [hit.id for hit in wanted]
        assert [hit["cosine"] for hit in hits(got)] == pytest.approx([hit.cosine for hit in wanted], abs=1e-3)


def test_the_text_graph_stays_open(start: Start, library: Path, tiny_bundle: Path, tmp_path: Path) -> None:
    bundle = shutil.copytree(tiny_bundle, tmp_path / "bundle")
    service = start("--processes", 1, "--bundle", bundle, "--library", library)
    before = hits(service.ask("POST", "/search?text=a%20mug"))
    for graph in bundle.glob("text.*"):
        graph.unlink()
    assert hits(service.ask("POST", "/search?text=a%20mug")) == before
    assert len(hits(service.ask("POST", "/search?text=a%20bowl"))) == len(before)


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        ("/search", b"{}", 400, "there is nothing to look for"),
        ("/search?like=none", b"", 422, "none: no row with this id"),
        ("/search?text=mug&where=colour%20==%201", b"", 422, "colour"),
        ("/search?text=", b"", 422, ""),
        (
            "/search?text=mug&weights=1,2",
            b"",
            422,
            "weights: a number for each of the 1 parts is needed, not all 0, got 1, 2",
        ),
        ("/search?text=mug&weights=0", b"", 422, "not all 0"),
        ("/search?text=mug&weights=nan", b"", 422, "got nan"),
        ("/search?text=mug&weights=much", b"", 400, "weights must be numbers"),
        ("/search", b'{"text": "mug", "weights": [true]}', 400, "weights must be numbers"),
        ("/search", b'{"text": "mug", "weights": 3}', 400, "weights must be numbers"),
        ("/search?labels=mug", b"", 400, "labels is no option of /search"),
        ("/search?name=a.doc", b"x", 415, "a.doc: suffix .doc"),
        ("/search?name=a.png", b"x", 422, ""),
        ("/search?name=a.ply", b"x", 422, "a.ply: "),
    ],
)
def test_what_cannot_be_searched(searched: Service, path: str, body: bytes, status: int, words: str) -> None:
    got = searched.ask("POST", path, body)
    assert got.status == status and words in got.told["error"], got


def test_forms_without_a_scan(searched: Service) -> None:
    def form(*parts: tuple[str, str]) -> Got:
        body = "".join(f"--x\r\nContent-Disposition: form-data; {head}\r\n\r\n{said}\r\n" for head, said in parts)
        headers = {"Content-Type": "multipart/form-data; boundary=x"}
        return searched.ask("POST", "/search?top=2", f"{body}--x--\r\n".encode(), headers)

    assert len(hits(form(('name="text"', "a mug")))) == 2
    assert form(('name="text"; filename="a.txt"', "mug")).status == 400
    assert form(('name="labels"; filename="a.txt"', "mug")).status == 400
    assert form(('name="scan"', "mug")).status == 400
    assert form(('name="text"', "mug"), ('name="top"', "3")).status == 400


def test_what_a_writer_adds_is_found(searched: Service, library: Path, tiny_bundle: Path) -> None:
    with LibraryWriter.open(library, Space.of(Bundle.open(tiny_bundle))) as writer:
        writer.add(entries(tiny_bundle, range(8, 9)))
    assert hits(searched.send("/search", npy(cloud(8))))[0]["id"] == "scan 8"


def test_without_a_library_it_says_so(service: Service) -> None:
    got = service.ask("POST", "/search?text=mug")
    assert got.status == 501 and "--library" in got.told["error"]
