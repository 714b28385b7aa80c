"""What cannot be answered is refused in one line of JSON, with the status that says whose fault it is."""

from __future__ import annotations

import json

import numpy as np
import pytest

from cg3d_runtime.scans import SCAN_SUFFIXES
from tests.runtime.serve.conftest import BOUNDARY, Got, Service, cloud, form, npy

SCAN = npy(cloud())
FORM = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
JSON = {"Content-Type": "application/json"}


def refused(got: Got, status: int, words: str) -> bool:
    """Whether it is a refusal of that status, in one line that has these words."""
    assert got.status == status, got
    assert got.headers["content-type"] == "application/json"
    told = got.told
    assert set(told) <= {"error", "file"} and told["error"].isprintable()
    assert words in told["error"], told
    return True


@pytest.mark.parametrize(
    ("fields", "status", "words"),
    [
        ({"lables": "mug"}, 400, "lables is no option of /recognise; did you mean labels?"),
        ({"find": "mug"}, 400, "find is no option of /recognise; Known: labels, up, units, top."),
        ({"top": "0"}, 400, "top must be a whole number from 1 to 10000, got '0'."),
        ({"top": "9" * 5000}, 400, "top must be a whole number from 1 to 10000"),
        ({"units": "inch"}, 400, "units must be one of mm, cm, m, got 'inch'."),
        ({"up": "north"}, 400, "up must be one of x, y, z"),
        ({"labels": ""}, 422, "no label in it"),
        ({"labels": b"\xff\xfe\xff"}, 422, "labels"),
        ({"labels": "mug: cup; \x07"}, 422, "control character"),
    ],
)
def test_options_that_are_none(service: Service, fields: dict[str, str | bytes], status: int, words: str) -> None:
    assert refused(service.send("/recognise", SCAN, **fields), status, words)


@pytest.mark.parametrize(
    ("scan", "name", "status", "words"),
    [
        (b"", "a.ply", 422, "a.ply: is empty (0 bytes)."),
        (b"ply\n", "a.ply", 422, "a.ply: "),
        (SCAN, "a.ply", 422, "a.ply: "),
        (npy(np.zeros((0, 3))), "a.npy", 422, "a.npy: holds 0 points."),
        (npy(np.full((9, 3), np.nan)), "a.npy", 422, "a.npy: "),
        (npy(np.array([{}], dtype=object)), "a.npy", 422, "without pickle"),
        (SCAN, "a.doc", 415, f"Known: {', '.join(SCAN_SUFFIXES)}."),
        (SCAN, "a", 415, "suffix (none) is not a known scan format"),
        (SCAN, "a.png", 415, "is an image"),
        (SCAN, "a.ply.gz", 415, "is packed; unpack it first."),
        (b"mtllib ../../../etc/passwd\nv 0 0 0\n", "a.obj", 422, "a.obj: "),
    ],
)
def test_scans_that_are_none(service: Service, scan: bytes, name: str, status: int, words: str) -> None:
    got = service.send("/recognise", scan, name)
    assert refused(got, status, words) and got.told["file"] == name


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"{", 400, "the body is no JSON"),
        (b"[" * 100_000, 400, "the body is no JSON"),
        (b"\xff", 400, "the body is no JSON"),
        (b"[]", 422, "the JSON holds no points"),
        (b'{"points": 1}', 422, "the points are no rows of numbers, shape ()"),
        (b'{"points": [[1, 2], [1, 2, 3]]}', 422, "not equally many numbers each"),
        (b'{"points": [["1", "2", "3"]]}', 422, "no rows of numbers"),
        (b'{"points": [[true, false, true]]}', 422, "no rows of numbers"),
        (b'{"points": [[[1, 2, 3]]]}', 422, "no rows of numbers, shape (1, 1, 3)"),
        (b'{"points": [[1, 2, 1e999]]}', 422, ""),
        (f'{{"points": [[1, 2, {10**400}]]}}'.encode(), 422, ""),
        (b'{"points": []}', 422, ""),
        (b'{"points": [[1, 2]]}', 422, ""),
        (b'{"points": [[0, 0, 0], [1, 1, 1], [0, 1, 0]], "up": {}}', 400, "up must be"),
        (b'{"points": [[0, 0, 0], [1, 1, 1], [0, 1, 0]], "labels": {"mug": 1}}', 400, "labels must be"),
        (b'{"points": [[0, 0, 0], [1, 1, 1], [0, 1, 0]], "labels": [1]}', 422, "item 1: is int, not a text"),
        (b'{"points": [[0, 0, 0], [1, 1, 1], [0, 1, 0]], "top": true}', 400, "top must be"),
        (b'{"points": [[0, 0, 0], [1, 1, 1], [0, 1, 0]], "units": []}', 400, "units must be"),
    ],
)
def test_json_that_is_no_points(service: Service, body: bytes, status: int, words: str) -> None:
    assert refused(service.ask("POST", "/recognise", body, JSON), status, words)


@pytest.mark.parametrize(
    ("body", "headers", "words"),
    [
        (b"", FORM, "the form"),
        (b"--", FORM, "the form"),
        (b"nothing of a form", FORM, "the form"),
        (form(SCAN)[0][:-20], FORM, "the form"),
        (form(SCAN)[0].replace(b'name="scan"', b"none"), FORM, "the form"),
        (form(SCAN)[0].replace(b'name="scan"', b'name="scam"'), FORM, "the form has no file called scan"),
        (form(SCAN)[0].replace(b'; filename="scan.npy"', b""), FORM, "the form has no file called scan"),
        (form(SCAN)[0], {"Content-Type": "multipart/form-data"}, "the form"),
        (form(SCAN)[0], {"Content-Type": "multipart/form-data; boundary="}, "the form"),
        (form(SCAN)[0], {"Content-Type": "multipart/form-data; boundary=other"}, "the form"),
        (form(SCAN, **{f"field{n}": "x" for n in range(30)})[0], FORM, "Too many fields"),
        (form(SCAN, a=b"1", b=b"2")[0], FORM, "Too many files"),
        (form(SCAN, other=b"1")[0], FORM, "the form has a file called other; scan, and labels"),
        (form(SCAN, labels="x" * (1 << 21))[0], FORM, "Part exceeded maximum size"),
        (form(SCAN, top="1")[0].replace(b"--b0und4ry--", form(b"", top="2")[0][60:]), FORM, "twice"),
    ],
)
def test_forms_that_are_damaged(service: Service, body: bytes, headers: dict[str, str], words: str) -> None:
    assert refused(service.ask("POST", "/recognise", body, headers), 400, words)


def test_a_label_file_is_bounded(service: Service) -> None:
    assert refused(service.send("/recognise", SCAN, labels=b"x\n" * (1 << 20)), 413, "the label file")


def test_what_says_no_format(service: Service) -> None:
    assert refused(service.ask("POST", "/recognise", SCAN), 415, "the format of the scan is not known, it has none")
    headers = {"Content-Type": "text/html; charset=utf-8"}
    assert refused(service.ask("POST", "/recognise", SCAN, headers), 415, "content type text/html tells none")
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/npy"}
    assert refused(service.ask("POST", "/recognise", SCAN, headers), 415, "content encoding gzip is not taken")


def test_options_are_given_once(service: Service) -> None:
    assert refused(service.ask("POST", "/recognise?name=a.npy&top=1&top=2", SCAN), 400, "top is given twice")
    body, headers = form(SCAN, top="1")
    got = service.ask("POST", "/recognise?top=2", body, headers)
    assert refused(got, 400, "top is given in the address and in the form")


def test_paths_and_methods_that_are_none(service: Service) -> None:
    assert refused(service.get("/"), 404, "There are: POST /recognise")
    got = service.get("/recognise")
    assert refused(got, 405, "GET is not taken at this path") and got.headers["allow"] == "POST"


def test_what_is_no_http_is_told_so(service: Service) -> None:
    for said in (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"GET nothing\r\n\r\n", b"GET /" + b"x" * 20_000):
        with service.connect() as connection:
            connection.sendall(said)
            got = b"".join(iter(lambda: connection.recv(1 << 16), b""))
        head, _, body = got.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 400 ") and "error" in json.loads(body)


def test_nothing_of_it_was_a_fault_of_the_service(service: Service) -> None:
    assert b'status="500"' not in service.get("/metrics").body
    assert not any("Traceback" in line for line in service.said)
    assert list(service.temporary.glob("*/*")) == []
