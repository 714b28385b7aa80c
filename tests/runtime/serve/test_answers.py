"""What a service answers is what the commands answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cg3d_runtime import Recognizer
from tests.runtime.scenes.test_detect import table
from tests.runtime.serve.conftest import Got, Service, cloud, npy

LABELS = ["bowl", "mug", "plate"]


@pytest.fixture(scope="module")
def recognizer(tiny_bundle: Path) -> Recognizer:
    return Recognizer.open(LABELS, tiny_bundle, backend="cpu", threads=1)


def untimed(text: str | bytes) -> dict[str, Any]:
    told = json.loads(text)
    told.pop("ms", None)
    return told


def same(got: Got, expected: str) -> bool:
    assert got.status == 200, got
    assert got.headers["content-type"] == "application/json"
    return untimed(got.body) == untimed(expected)


def ply(points: np.ndarray) -> bytes:
    head = f"ply\nformat binary_little_endian 1.0\nelement vertex {len(points)}\n"
    head += "".join(f"property float {axis}\n" for axis in "xyz") + "end_header\n"
    return head.encode() + points.astype("<f4").tobytes()


def test_a_form_is_answered_as_the_file_is(service: Service, recognizer: Recognizer, tmp_path: Path) -> None:
    (tmp_path / "mug.ply").write_bytes(ply(cloud(1)))
    expected = recognizer(tmp_path / "mug.ply").to_json()
    expected = expected.replace(json.dumps(str(tmp_path / "mug.ply")), '"a/mug.ply"')
    assert same(service.send("/recognise", ply(cloud(1)), "a/mug.ply"), expected)


def test_a_body_of_bytes_is_answered_by_its_name_or_its_type(service: Service, recognizer: Recognizer) -> None:
    expected = recognizer(cloud(2)).to_json()
    for path, headers, name in (
        ("/recognise?name=b.npy", {}, "b.npy"),
        ("/recognise?name=b.npy", {"Content-Type": "application/x-www-form-urlencoded"}, "b.npy"),  # as curl says
        ("/recognise", {"Content-Type": "application/npy"}, "scan.npy"),
    ):
        got = service.ask("POST", path, npy(cloud(2)), headers)
        assert same(got, expected.replace('"file": null', f'"file": "{name}"'))


def test_points_may_be_json_where_null_is_no_measurement(service: Service, recognizer: Recognizer) -> None:
    points = cloud(3).astype(float)
    rows: list[Any] = [*points.tolist(), [None, 0.0, 1.0]]
    body = json.dumps({"points": rows, "labels": ["cup", "pan"], "top": 1, "up": [0, -1, 0]}).encode()
    got = service.ask("POST", "/recognise", body, {"Content-Type": "application/json"})
    expected = recognizer(np.vstack([points, [np.nan, 0, 1]]), labels=["cup", "pan"], top=1, up="-y")
    assert same(got, expected.to_json()) and got.told["quality"]["dropped"] == 1


@pytest.mark.parametrize("given", ["cup,pan", "cup: a cup\npan", b"cup\npan\n"], ids=["words", "lines", "file"])
def test_labels_of_a_request_are_its_own(service: Service, recognizer: Recognizer, given: str | bytes) -> None:
    got = service.send("/recognise", npy(cloud(4)), labels=given, top="2", units="cm")
    assert {each["label"] for each in got.told["top"]} == {"cup", "pan"}
    assert {each["label"] for each in service.send("/recognise", npy(cloud(4))).told["top"]} == set(LABELS)


def test_scenes_are_answered_as_cg3d_detect_does(service: Service, recognizer: Recognizer) -> None:
    scene = table().astype(np.float32)
    got = service.send("/detect", npy(scene), "table.npy", find="the mug", top="2")
    expected = recognizer.detect(scene, find="the mug", top=2).to_json()
    assert same(got, expected.replace('"file": null', '"file": "table.npy"'))
    assert got.told["objects"]


def test_names_from_strangers_come_back_as_they_were(service: Service) -> None:
    name = 'x"\u202e\x1b[31m.npy'
    got = service.ask("POST", "/recognise?name=x%22%E2%80%AE%1B%5B31m.npy", npy(cloud(5)))
    assert got.told["file"] == name and b"\x1b" not in got.body
    got = service.ask("POST", "/recognise?name=x%22%E2%80%AE%1B%5B31m.npy", b"no array")
    assert got.status == 422 and got.told["error"].startswith('x"\\u202e\\x1b[31m.npy: is not an array')


def test_health_tells_what_answers(service: Service) -> None:
    told = service.get("/health").told
    assert told["status"] == "ok" and told["processes"] == 1
    assert (told["labels"], told["backend"]) == (3, "onnxruntime-cpu")


def test_one_connection_carries_many_questions(service: Service) -> None:
    body = npy(cloud(6))
    head = f"POST /recognise?name=a.npy HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with service.connect() as connection:
        connection.sendall((head + body) * 3)  # the second is sent before the first is answered
        got = b""
        while got.count(b'"file": "a.npy"') < 3:
            got += connection.recv(1 << 16)
    assert got.count(b"HTTP/1.1 200 OK") == 3
