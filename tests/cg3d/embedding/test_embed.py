"""`cg3d embed`: collections from near and far, in parts that can be done twice, here or on Ray, with the same rows."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cg3d.embedding import fetching
from cg3d.embedding.engines import embed_on_ray
from cg3d.embedding.fetching import read_all
from cg3d.embedding.library import embed_collection, segments_folder
from cg3d.embedding.part import Work
from cg3d.embedding.source import SourceFile, list_files, split
from cg3d_runtime import Recognizer
from cg3d_runtime.errors import DataError
from cg3d_runtime.library.library import Library


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    """Twelve good scans, one that is none, and a file that is no scan."""
    folder = tmp_path / "scans"
    for number in range(12):
        path = folder / f"shelf {number % 3}" / f"{number}.npy"
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, np.random.default_rng(number).standard_normal((200, 3), dtype=np.float32))
    (folder / "bad.ply").write_bytes(b"no scan")
    (folder / "README.md").write_text("scans")
    return folder


def work_for(out: Path) -> Work:
    return Work(str(segments_folder(out)))


def rows(out: Path) -> dict[str, Any]:
    with Library.open(out) as library:
        ids = sorted(library.ids())
        found, vectors = library.get(ids), library.vectors(ids)
        return {name: (found[name], vectors[name].tobytes() if name in vectors else None) for name in ids}


def test_every_scan_is_a_row_and_what_is_wrong_is_one_too(scans: Path, tmp_path: Path) -> None:
    out = tmp_path / "library"
    found = embed_collection(str(scans), out, work_for(out), "local", around=4)
    assert (found.scans, found.errors, found.added, found.were_there) == (13, 1, 13, 0) and found.parts > 1
    held = rows(out)
    assert set(held) == {str(path) for path in scans.rglob("*.npy")} | {str(scans / "bad.ply")}
    assert held[str(scans / "bad.ply")][0]["error"].startswith("bad.ply: is not a PLY file")
    with Recognizer.open() as recognizer:
        path = scans / "shelf 0" / "3.npy"
        cosine = np.frombuffer(held[str(path)][1], np.float32) @ recognizer.embed([path])[0]
    assert cosine == pytest.approx(1, abs=1e-3)
    assert held[str(path)][0]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_second_run_does_what_is_missing_alone(scans: Path, tmp_path: Path) -> None:
    out = tmp_path / "library"
    first = embed_collection(str(scans), out, work_for(out), "local", around=4)
    again = embed_collection(str(scans), out, work_for(out), "local", around=4)
    assert (again.were_there, again.added) == (first.parts, 0)
    np.save(scans / "new.npy", np.random.default_rng(99).standard_normal((200, 3)))
    more = embed_collection(str(scans), out, work_for(out), "local", around=4)
    assert more.scans == 14 and more.parts - more.were_there <= 2 and len(rows(out)) == 14
    elsewhere = tmp_path / "elsewhere"
    embed_collection(str(scans), elsewhere, work_for(elsewhere), "local", around=4)
    assert rows(elsewhere) == rows(out)


def test_a_file_that_changed_in_place_is_embedded_anew(scans: Path, tmp_path: Path) -> None:
    out, path = tmp_path / "library", scans / "shelf 0" / "0.npy"
    embed_collection(str(scans), out, work_for(out), "local", around=4)
    before = rows(out)
    np.save(path, np.random.default_rng(77).standard_normal((200, 3), dtype=np.float32))  # of the same size
    embed_collection(str(scans), out, work_for(out), "local", around=4)
    after = rows(out)
    assert {name for name in after if after[name][1] != before[name][1]} == {str(path)}


def test_other_options_are_other_parts(scans: Path, tmp_path: Path) -> None:
    files = list_files(str(scans))
    names = [{part.name for part in split(files, 4, depends)} for depends in (["a"], ["b"])]
    assert not names[0] & names[1]


@given(st.sets(st.text("abcdef", min_size=1, max_size=6), min_size=1, max_size=80), st.integers(1, 9))
def test_parts_hold_every_file_once_and_one_more_changes_few(names: set[str], around: int) -> None:
    files = [SourceFile(name, 1) for name in sorted(names)]
    parts = split(files, around, [])
    assert [file for part in parts for file in part.files] == files
    assert all(1 <= len(part.files) <= 4 * around for part in parts)
    known = {part.name for part in parts}
    more = split(sorted([*files, SourceFile("abcdefg", 1)]), around, [])
    assert around > 3 or len(files) < 40 or known & {part.name for part in more}
    assert [part.of_json(part.to_json()) for part in parts] == parts


def test_what_sha256sums_says_is_held_to(scans: Path, tmp_path: Path) -> None:
    good, altered = scans / "shelf 0" / "0.npy", scans / "shelf 1" / "1.npy"
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(scans)}" for path in (good, altered)]
    (scans / "SHA256SUMS").write_text("\n".join(lines))
    shutil.copy(scans / "shelf 2" / "2.npy", altered)
    out = tmp_path / "library"
    assert embed_collection(str(scans), out, work_for(out), "local").errors == 2
    held = rows(out)
    assert not held[str(good)][0]["error"]
    assert "its content has hash" in held[str(altered)][0]["error"]


class Flaky(BaseHTTPRequestHandler):
    """A web server that breaks off every other answer, and knows ranges, or not."""

    folder: Path
    ranges = True
    asked: list[str]

    def do_HEAD(self) -> None:
        self._answer(False)

    def do_GET(self) -> None:
        self._answer(True)

    def _answer(self, with_body: bool) -> None:
        path = self.folder / self.path.partition("?")[0].lstrip("/")
        if not path.is_file():
            self.send_error(404)
            return
        content, total = path.read_bytes(), path.stat().st_size
        given_range = self.headers.get("Range")
        self.asked.append(f"{self.command} {given_range}")
        if given_range and self.ranges:
            start, _, end = given_range.removeprefix("bytes=").partition("-")
            content = content[int(start) : int(end or total) + 1]
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{int(start) + len(content) - 1}/{total}")
        else:
            self.send_response(200)
        if self.ranges:
            self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if with_body:
            breaks = self.command == "GET" and len(self.asked) % 2 == 0
            self.wfile.write(content[: len(content) // 2] if breaks else content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(params=[True, False], ids=["ranges", "no ranges"])
def web(
    request: pytest.FixtureRequest, scans: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, list[str]]]:
    pytest.importorskip("aiohttp", reason='https needs the extra "remote"')
    monkeypatch.setattr(fetching, "PAUSES", (0.01,) * 6)
    handler = type("Handler", (Flaky,), {"folder": scans, "ranges": request.param, "asked": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", handler.asked  # type: ignore[attr-defined]
    server.shutdown()


def test_files_come_whole_from_a_server_that_breaks_off(
    web: tuple[str, list[str]], scans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "PIECE", 700)
    path = scans / "shelf 0" / "0.npy"
    shutil.copy(path, scans / "zero.npy")
    assert read_all(f"{web[0]}/zero.npy?key=secret") == path.read_bytes()
    with pytest.raises(DataError, match="there is no such file"):
        read_all(f"{web[0]}/none.npy")
    with pytest.raises(DataError, match="at most 100 are fetched"):
        read_all(f"{web[0]}/zero.npy", 100)


def test_a_list_of_addresses_is_a_collection_and_no_secret_is_kept(
    web: tuple[str, list[str]], scans: Path, tmp_path: Path
) -> None:
    for number in (0, 3):
        shutil.copy(scans / "shelf 0" / f"{number}.npy", scans / f"{number}.npy")
    names = [f"{web[0]}/0.npy?key=secret", f"{web[0]}/3.npy?key=secret", f"{web[0]}/none.npy?key=secret"]
    (tmp_path / "list.txt").write_text("\n".join(names))
    out = tmp_path / "library"
    found = embed_collection(str(tmp_path / "list.txt"), out, work_for(out), "local")
    assert (found.scans, found.errors) == (3, 1)
    held = rows(out)
    assert set(held) == {f"{web[0]}/0.npy", f"{web[0]}/3.npy", f"{web[0]}/none.npy"}
    assert "there is no such file" in held[f"{web[0]}/none.npy"][0]["error"]
    assert "secret" not in repr(held)


def test_a_bucket_is_listed_with_what_sha256sums_says(scans: Path, tmp_path: Path) -> None:
    bucket = fsspec.filesystem("memory")
    for path in scans.rglob("*.npy"):
        bucket.pipe_file(f"/bucket/scans/{path.name}", path.read_bytes())
    bucket.pipe_file("/bucket/scans/notes.md", b"none")
    digest = hashlib.sha256((scans / "shelf 0" / "0.npy").read_bytes()).hexdigest()
    bucket.pipe_file("/bucket/scans/SHA256SUMS", f"{digest}  0.npy\n{'0' * 64}  1.npy\n".encode())
    files = list_files("memory://bucket/scans")
    assert len(files) == 12 and {file.sha256 for file in files} == {digest, "0" * 64, ""}
    out = tmp_path / "library"
    assert embed_collection("memory://bucket/scans", out, work_for(out), "local").errors == 1
    assert sum(bool(row["error"]) for row, _ in rows(out).values()) == 1
    bucket.rm("/bucket", recursive=True)


def test_what_cannot_be_listed_says_so(tmp_path: Path) -> None:
    for source, words in ((tmp_path / "none", "cannot be listed"), (tmp_path, "holds no scan")):
        with pytest.raises(DataError, match=words):
            list_files(str(source))
    with pytest.raises(DataError, match=r"nosuch://host/x: cannot be listed"):
        list_files("nosuch://user:secret@host/x")


def test_the_command_tells_what_it_did(scans: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cg3d", "embed", str(scans), "--out", str(tmp_path / "library"), "--part", "4"]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith(f"{tmp_path}/library: 13 scans, 1 with errors, in ")
    ran = subprocess.run([*command, "--engine", "spark"], capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (2, "") and "choose one of local, ray" in ran.stderr


def test_no_actor_needs_pytorch() -> None:
    code = "import sys, cg3d.embedding.part, cg3d.embedding.engines; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.slow
def test_on_ray_with_an_actor_killed_the_library_is_the_same(scans: Path, tmp_path: Path) -> None:
    ray = pytest.importorskip("ray", reason='needs the extra "ray"')
    here, there = tmp_path / "here", tmp_path / "there"
    embed_collection(str(scans), here, work_for(here), "local", around=2)
    killed: list[int] = []

    def kill(done: int, _: int) -> None:
        if done == 1 and not killed:
            killed.extend(_actors()[:1])
            for number in killed:
                os.kill(number, signal.SIGKILL)

    try:
        found = embed_collection(str(scans), there, work_for(there), "ray", actors=2, around=2, tell=kill)
    finally:
        ray.shutdown()
    assert killed and found.scans == 13
    assert rows(there) == rows(here)
    for file in segments_folder(here).iterdir():
        assert file.read_bytes() == (segments_folder(there) / file.name).read_bytes()


def _actors() -> list[int]:
    """The processes of Ray that hold an actor."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if b"ray::" in (said := path.read_bytes()) and b"_Actor" in said:
                found.append(int(path.parent.name))
    return found


def test_without_ray_one_line_says_what_to_install(
    scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(DataError, match=r'the engine ray needs Ray: pip install "ray\[data\]"'):
        next(iter(embed_on_ray([], work_for(tmp_path / "x"), 1)))
