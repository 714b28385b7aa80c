"""Packed data behind a URL: fetched once, checked, gone on with."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import numpy as np
import pytest
from typer.testing import CliRunner

from cg3d.cli import app
from cg3d.data import remote
from cg3d.data.remote import local_copy
from cg3d.data.samples import ObjectInfo, Sample, SampleSpec
from cg3d.data.shards import INDEX, Dataset, write_index, write_shard
from cg3d_runtime.errors import DataError


class Quiet(SimpleHTTPRequestHandler):
    asked: list[str]

    def log_message(self, format: str, *arguments: object) -> None:
        self.asked.append(self.path.rsplit("/", 1)[-1])


@pytest.fixture
def asked() -> list[str]:
    """The names of files that were asked for."""
    return []


@pytest.fixture
def served(
    packed: Path, tmp_path: Path, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Path, str]]:
    """A copy of the packed data, and its URL on a server of this machine."""
    monkeypatch.setenv("CG3D_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "www" / "three"
    folder.mkdir(parents=True)
    for file in packed.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    handler = type("Handler", (Quiet,), {"asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(tmp_path / "www"))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield folder, f"http://127.0.0.1:{server.server_address[1]}/three"
        server.shutdown()


def test_fetched_once(served: tuple[Path, str], asked: list[str]) -> None:
    folder, url = served
    calls: list[tuple[int, int]] = []
    copy = local_copy(url, lambda *done: calls.append(done))
    assert [info.id for info in Dataset.open(copy).infos] == [info.id for info in Dataset.open(folder).infos]
    assert calls == [(1, 1)] and "shard-000000.tar" in asked
    asked.clear()
    assert local_copy(url + "/") == copy and set(asked) == {INDEX}


def test_a_complete_copy_serves_without_a_connection(
    served: tuple[Path, str], caplog: pytest.LogCaptureFixture
) -> None:
    folder, url = served
    copy = local_copy(url)
    (folder / INDEX).unlink()
    assert local_copy(url) == copy and len(Dataset.open(copy)) == 24
    assert "What was fetched from there before is used" in caplog.text


def test_goes_on_after_a_stop(served: tuple[Path, str], asked: list[str]) -> None:
    """Only shards that are missing, or not what the index says, are fetched again."""
    folder, url = served
    (folder / "shard-000001.tar").write_bytes((folder / "shard-000000.tar").read_bytes())
    index = json.loads((folder / INDEX).read_bytes())
    index["shards"].append({**index["shards"][0], "file": "shard-000001.tar"})
    (folder / INDEX).write_text(json.dumps(index))
    copy = local_copy(url)
    (copy / INDEX).unlink()
    (copy / "shard-000001.tar").write_bytes(b"half")
    asked.clear()
    local_copy(url)
    assert "shard-000001.tar" in asked and "shard-000000.tar" not in asked
    assert (copy / "shard-000001.tar").read_bytes() == (folder / "shard-000001.tar").read_bytes()


def test_a_copy_that_lost_a_shard_heals(served: tuple[Path, str]) -> None:
    _, url = served
    copy = local_copy(url)
    (copy / "shard-000000.tar").unlink()
    assert len(Dataset.open(local_copy(url))) == 24


def test_shards_that_are_no_longer_listed_are_removed(served: tuple[Path, str]) -> None:
    folder, url = served
    copy = local_copy(url)
    index = json.loads((folder / INDEX).read_bytes())
    index["shards"][0]["file"] = "renamed.tar"
    (folder / "shard-000000.tar").rename(folder / "renamed.tar")
    (folder / INDEX).write_text(json.dumps(index))
    local_copy(url)
    assert sorted(path.name for path in copy.glob("*.tar")) == ["renamed.tar"]


def test_data_that_changed_are_fetched_again(served: tuple[Path, str]) -> None:
    folder, url = served
    copy = local_copy(url)
    index = json.loads((folder / INDEX).read_bytes()) | {"sets": {"renamed": 24}}
    (folder / INDEX).write_text(json.dumps(index))
    assert Dataset.open(local_copy(url)).index["sets"] == {"renamed": 24} and local_copy(url) == copy


def test_altered_shard_is_refused(served: tuple[Path, str], tmp_path: Path) -> None:
    folder, url = served
    content = bytearray((folder / "shard-000000.tar").read_bytes())
    content[5000] ^= 1
    (folder / "shard-000000.tar").write_bytes(content)
    with pytest.raises(DataError, match=r"three/shard-000000\.tar: fetched content has hash \w+, dataset\.json says"):
        local_copy(url)
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.name.endswith((".tar", INDEX))]


@pytest.mark.parametrize("name", ["../../evil.tar", "/tmp/evil.tar", "a\\b.tar", "..", "dataset.json", ".lock"])
def test_a_name_never_leads_out_of_the_folder(served: tuple[Path, str], name: str) -> None:
    folder, url = served
    index = json.loads((folder / INDEX).read_bytes())
    index["shards"][0]["file"] = name
    (folder / INDEX).write_text(json.dumps(index))
    with pytest.raises(DataError, match=r"is not the plain name of a \.tar file"):
        local_copy(url)


def test_missing_shard_and_missing_data_are_named(served: tuple[Path, str]) -> None:
    folder, url = served
    (folder / "shard-000000.tar").unlink()
    with pytest.raises(DataError, match=r"three/shard-000000\.tar: cannot be fetched .*Run it again to go on"):
        local_copy(url)
    with pytest.raises(DataError, match=r"four/dataset\.json: cannot be read .*Check address and connection"):
        local_copy(url.replace("three", "four"))
    with pytest.raises(DataError, match=r"cannot be read .*Check address"):
        local_copy("nothing://bucket/three")


def test_shards_from_servers_that_know_no_ranges(served: tuple[Path, str]) -> None:
    """http.server is one; fsspec reads by ranges above 5 MB unless it is told not to."""
    folder, url = served
    rng = np.random.default_rng(0)
    views = rng.integers(256, size=(2, 1024, 1200, 3), dtype=np.uint8)
    info = ObjectInfo("large", "mug", ("a mug",))
    write_shard(folder / "shard-000000.tar", [Sample(info, rng.random((64, 6)).astype(np.float32), views, True)])
    write_index(folder, [folder / "shard-000000.tar"], SampleSpec())
    assert (folder / "shard-000000.tar").stat().st_size > 5 << 20
    np.testing.assert_array_equal(Dataset.open(local_copy(url))[0].views, views)


def test_a_connection_that_breaks_is_tried_again(packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CG3D_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(remote, "PAUSES", (0.0, 0.0))

    class Breaking(Quiet):
        asked: ClassVar[list[str]] = []

        def copyfile(self, source: Any, outputfile: Any) -> None:
            broken = self.path.endswith(".tar") and self.asked.count("shard-000000.tar") < 2
            outputfile.write(source.read(5000 if broken else -1))
            self.close_connection = True

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Breaking, directory=str(packed))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        copy = local_copy(f"http://127.0.0.1:{server.server_address[1]}")
        server.shutdown()
    assert len(Dataset.open(copy)) == 24 and Breaking.asked.count("shard-000000.tar") == 2


@pytest.mark.parametrize(("status", "asked_for"), [(503, 3), (429, 3), (500, 3), (403, 1), (401, 1), (404, 1)])
def test_a_busy_server_is_asked_again_and_its_answer_told(
    packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int, asked_for: int
) -> None:
    monkeypatch.setenv("CG3D_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(remote, "PAUSES", (0.0, 0.0))
    got: list[str] = []

    class Refusing(Quiet):
        asked: ClassVar[list[str]] = []

        def do_GET(self) -> None:
            if not self.path.endswith(".tar"):
                super().do_GET()
                return
            got.append(self.path)
            self.send_error(status)

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Refusing, directory=str(packed))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(
            DataError, match=rf"shard-000000\.tar: cannot be fetched \(({status}, message=|there is no such file)"
        ):
            local_copy(f"http://127.0.0.1:{server.server_address[1]}")
        server.shutdown()
    assert len(got) == asked_for


def test_a_signed_address_that_no_longer_holds(served: tuple[Path, str]) -> None:
    folder, url = served
    (folder / INDEX).unlink()
    with pytest.raises(DataError) as told:
        local_copy(f"{url}?X-Amz-Signature=s3cret")
    assert "cannot be read (404, message=" in str(told.value) and "\n" not in str(told.value)
    assert "s3cret" not in str(told.value)


def test_a_server_that_falls_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CG3D_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(remote, "LONGEST_SILENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(DataError, match="cannot be read"):
        local_copy(f"http://127.0.0.1:{silent.getsockname()[1]}/data")


def test_a_long_address(served: tuple[Path, str]) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        local_copy(f"{served[1]}/{'a' * 300}")


def test_a_shard_is_no_longer_than_it_promises(served: tuple[Path, str], tmp_path: Path) -> None:
    folder, url = served
    with (folder / "shard-000000.tar").open("ab") as file:
        file.write(bytes(1 << 22))
    with pytest.raises(
        DataError, match=r"shard-000000\.tar: is longer than the [\d,]+ bytes that dataset\.json promises"
    ):
        local_copy(url)
    assert not list((tmp_path / "cache").rglob("*.part"))


def test_an_index_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CG3D_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(remote, "MOST_INDEX", 1 << 20)

    class Endless(Quiet):
        asked: ClassVar[list[str]] = []

        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            with contextlib.suppress(OSError):
                while True:
                    self.wfile.write(b" " * 65536)

    with ThreadingHTTPServer(("127.0.0.1", 0), Endless) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        with pytest.raises(DataError, match="is longer than 1,048,576 bytes, so it is no index of packed data"):
            local_copy(f"http://127.0.0.1:{server.server_address[1]}/x")
        server.shutdown()


@pytest.mark.parametrize("wrong", [-1, "9", 1.5, True])
def test_a_promise_is_a_number_of_bytes(served: tuple[Path, str], wrong: object) -> None:
    folder, url = served
    index = json.loads((folder / INDEX).read_bytes())
    index["shards"][0]["bytes"] = wrong
    (folder / INDEX).write_text(json.dumps(index))
    with pytest.raises(DataError, match="is not the index of packed data"):
        local_copy(url)


@pytest.mark.parametrize("what", ["three", "four"])
def test_passwords_are_never_told(served: tuple[Path, str], what: str, caplog: pytest.LogCaptureFixture) -> None:
    folder, url = served
    secret = url.replace("http://", "http://user:s3cret@").replace("three", what) + "?token=s3cret"
    (folder / "shard-000000.tar").unlink()
    told = CliRunner().invoke(app, ["data", "show", "--debug", secret])
    assert told.exit_code == 2 and f"{what}/" in told.output
    assert "s3cret" not in told.output + caplog.text + "".join(record.exc_text or "" for record in caplog.records)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("https://user:pw@host/a/b?X-Amz-Signature=1#x", "https://host/a/b"),
        ("403, url='https://u:p@host/a?k=1': no", "403, url='https://host/a': no"),
        ("s3://key:secret@bucket/data", "s3://bucket/data"),
        ("https://user:p@ss@host/a", "https://host/a"),
        ("https://host/a@b/c", "https://host/a@b/c"),
        ("nothing here?", "nothing here?"),
    ],
)
def test_what_is_left_of_a_url(text: str, plain: str) -> None:
    assert remote.without_secrets(text) == plain


def test_folders_stay_where_they_are(packed: Path) -> None:
    assert local_copy(packed) == packed and local_copy(str(packed)) == packed


def test_show_and_train_take_a_url(served: tuple[Path, str], tmp_path: Path, tiny_changes: tuple[str, ...]) -> None:
    _, url = served
    shown = CliRunner().invoke(app, ["data", "show", url, "--objects", "0"])
    assert shown.exit_code == 0 and "    24  objects of 3 labels" in shown.output
    changes = [word for change in tiny_changes for word in ("--set", change)]
    run = tmp_path / "run"
    trained = CliRunner().invoke(app, ["train", "--data", url, "--out", str(run), *changes])
    assert trained.exit_code == 0, trained.output
