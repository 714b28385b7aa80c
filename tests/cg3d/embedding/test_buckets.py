"""Object stores, by the protocol of S3, from a server on this machine: collections are read there, libraries exported there."""

from __future__ import annotations

import hashlib
import http.client
import io
import logging
import os
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cg3d.embedding import fetching
from cg3d.embedding.fetching import read_all
from cg3d.embedding.source import list_files
from cg3d_runtime.errors import DataError
from cg3d_runtime.library.library import Library

moto = pytest.importorskip("moto.server", reason="a server of S3's protocol is not installed: moto[server]")
s3fs = pytest.importorskip("s3fs", reason="s3:// needs s3fs")
boto3 = pytest.importorskip("boto3")

KEYS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret-key"}
EMBED = [sys.executable, "-m", "cg3d", "embed"]
EXPORT = [sys.executable, "-c", "from cg3d_runtime.entry import search; search()", "export"]


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """The address of an empty store, which this process and those that it starts find in the usual variables."""
    logging.getLogger("werkzeug").setLevel("ERROR")
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    told(f"http://{host}:{port}/moto-api/reset")
    surroundings = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_DEFAULT_REGION": "us-east-1",
        "HOME": str(tmp_path),
    }
    for name, value in {**KEYS, **surroundings, "AWS_ALLOW_HTTP": "true", "AWS_EC2_METADATA_DISABLED": "true"}.items():
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    yield f"http://{host}:{port}"
    server.stop()
    s3fs.S3FileSystem.clear_instance_cache()


@pytest.fixture
def put(store: str) -> Callable[[str, bytes], None]:
    """Put an object into the bucket `scans`, which is there."""
    client = boto3.client("s3", endpoint_url=store)
    client.create_bucket(Bucket="scans")
    return lambda key, content: client.put_object(Bucket="scans", Key=key, Body=content) and None


def told(address: str, content: bytes = b"") -> None:
    request = urllib.request.Request(address, content, {"Content-Type": "text/plain"}, method="POST")
    urllib.request.urlopen(request, timeout=10).close()


def scan(seed: int) -> bytes:
    content = io.BytesIO()
    np.save(content, np.random.default_rng(seed).standard_normal((300, 3), dtype=np.float32))
    return content.getvalue()


def run(*command: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(word) for word in command], text=True, capture_output=True, check=False, timeout=120)


def faults(ran: subprocess.CompletedProcess[str]) -> str:
    """The one line that an error is."""
    assert ran.returncode == 2 and ran.stdout == "" and len(ran.stderr.splitlines()) == 1, ran
    assert not any(secret in ran.stderr for secret in KEYS.values())
    return ran.stderr


def test_a_bucket_becomes_a_library_and_the_next_run_does_what_is_new(
    put: Callable[[str, bytes], None], tmp_path: Path
) -> None:
    for number in range(3):
        put(f"a shelf/{number}.npy", scan(number))
    put("bad.ply", b"no scan")
    put("altered.npy", scan(7))
    digest = hashlib.sha256(scan(0)).hexdigest()
    put("SHA256SUMS", f"{digest}  a shelf/0.npy\n{'0' * 64}  altered.npy\n".encode())
    ran = run(*EMBED, "s3://scans", "--out", tmp_path / "library")
    assert ran.returncode == 0 and ": 5 scans, 2 with errors, in 1 parts, 0 of which were there; 5 rows" in ran.stdout
    with Library.open(tmp_path / "library") as library:
        row = library.get(["s3://scans/a shelf/0.npy"])["s3://scans/a shelf/0.npy"]
        assert (row["sha256"], row["error"]) == (digest, None) and len(library) == 3
        assert "SHA256SUMS says" in str(library.get(["s3://scans/altered.npy"])["s3://scans/altered.npy"]["error"])
    assert "1 of which were there; 0 rows" in run(*EMBED, "s3://scans", "--out", tmp_path / "library").stdout
    put("a shelf/1.npy", scan(99))  # of the same size
    assert "0 of which were there; 5 rows" in run(*EMBED, "s3://scans", "--out", tmp_path / "library").stdout


@pytest.mark.slow
def test_what_is_wrong_with_a_bucket_is_one_line(
    put: Callable[[str, bytes], None], store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("0.npy", scan(0))
    out = tmp_path / "library"
    assert "s3://none: cannot be listed (The specified bucket does not exist" in faults(
        run(*EMBED, "s3://none", "--out", out)
    )
    assert "s3://scans/none: holds no scan" in faults(run(*EMBED, "s3://scans/none", "--out", out))
    told(f"{store}/moto-api/reset-auth", b"0")  # from here on keys are looked at
    try:
        assert "cannot be listed (The AWS Access Key Id you provided" in faults(run(*EMBED, "s3://scans", "--out", out))
    finally:
        told(f"{store}/moto-api/reset-auth", b"inf")
    for name in KEYS:
        monkeypatch.delenv(name)
    assert "cannot be listed (Unable to locate credentials" in faults(run(*EMBED, "s3://scans", "--out", out))
    assert not out.exists()


@pytest.mark.slow
def test_a_store_that_is_not_there_is_one_line(store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    told = faults(run(*EMBED, "s3://scans", "--out", tmp_path / "library"))
    assert "s3://scans: cannot be listed (Could not connect to the endpoint URL" in told


@pytest.mark.parametrize("more", [100, -100])
def test_an_object_of_another_size_than_was_listed_is_told(put: Callable[[str, bytes], None], more: int) -> None:
    put("shelf/0.npy", scan(0))  # what s3fs has listed of folders it keeps
    (file,) = list_files("s3://scans")
    put("shelf/0.npy", bytes(file.bytes + more))
    with pytest.raises(DataError, match=r"bytes where \d+ were expected; it changed meanwhile"):
        read_all(file.address)


def test_no_mixture_of_two_contents_is_ever_read(
    put: Callable[[str, bytes], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    put("0.npy", bytes(20_000))
    monkeypatch.setattr(fetching, "PIECE", 500)
    stop = threading.Event()

    def outcome() -> str:
        try:
            return "whole" if len(set(read_all("s3://scans/0.npy"))) == 1 else "a mixture"
        except DataError as error:
            return str(error)

    def change() -> None:
        for number in range(1, 256):
            put("0.npy", bytes([number]) * 20_000)
            if stop.wait(0.05):
                break

    changing = threading.Thread(target=change)
    changing.start()
    try:
        said = {outcome() for _ in range(3)}
    finally:
        stop.set()
        changing.join()
    assert said == {"is another file than when it was begun; it changed meanwhile; run it again."}
    assert outcome() == "whole"


class BreaksOff(BaseHTTPRequestHandler):
    """Hands on to a store, and lets every other object end in its middle."""

    store: str
    asked: list[str]

    def do_HEAD(self) -> None:
        self._hand_on()

    def do_GET(self) -> None:
        self._hand_on()

    def _hand_on(self) -> None:
        connection = http.client.HTTPConnection(self.store.removeprefix("http://"), timeout=10)
        connection.request(self.command, self.path, headers=dict(self.headers))
        response = connection.getresponse()
        content = response.read()
        self.send_response(response.status)
        for name, value in response.getheaders():
            if name.lower() not in ("transfer-encoding", "connection", "date", "server"):
                self.send_header(name, value)
        self.end_headers()
        if given_range := self.headers.get("Range"):
            self.asked.append(given_range)
        breaks = given_range and len(self.asked) % 2
        self.wfile.write(content[: len(content) // 2] if breaks else content)
        self.close_connection = True
        connection.close()

    def log_message(self, *_: object) -> None:
        pass


def test_pieces_that_break_off_are_asked_for_again(
    put: Callable[[str, bytes], None], store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("0.npy", content := scan(0))
    asked: list[str] = []
    handler: Any = type("Handler", (BreaksOff,), {"store": store, "asked": asked})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setattr(fetching, "PAUSES", (0.01,) * 6)
    monkeypatch.setattr(fetching, "PIECE", 1000)
    s3fs.S3FileSystem.clear_instance_cache()
    try:
        assert read_all("s3://scans/0.npy") == content
        assert len(set(asked)) == 4 and len(asked) > 4
    finally:
        server.shutdown()


@pytest.mark.slow
def test_a_library_is_exported_to_lance_in_a_bucket(
    put: Callable[[str, bytes], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lance = pytest.importorskip("lance", reason='the extra "lance" is not installed')
    for number in range(3):
        put(f"{number}.npy", scan(number))
    out = tmp_path / "library"
    assert run(*EMBED, "s3://scans", "--out", out).returncode == 0
    export = [*EXPORT, out, "--to", "lance", "--out"]
    ran = run(*export, "s3://scans/out.lance")
    assert (ran.returncode, ran.stdout) == (0, "s3://scans/out.lance: 3 rows\n"), ran
    table = lance.dataset("s3://scans/out.lance").to_table().to_pydict()
    with Library.open(out) as library:
        vectors = library.vectors(table["id"])
    assert sorted(vectors) == [f"s3://scans/{number}.npy" for number in range(3)]
    for name, vector in zip(table["id"], table["vector"], strict=True):
        assert np.array_equal(np.asarray(vector, np.float32), vectors[name])
    assert "out.lance: cannot be written by Lance (Dataset already exists" in faults(
        run(*export, "s3://scans/out.lance")
    )
    told = faults(run(*export, "s3://none/out.lance"))
    assert (
        told == "cg3d-search: s3://none/out.lance: cannot be written by Lance (The specified bucket does not exist).\n"
    )
