"""Requests to `cg3d-serve` as careless or hostile clients send them, for `scripts/fuzz`, over real connections.

Whatever comes, the service answers with JSON and a status that blames the right side, never with 500; it logs nothing, keeps no
file, no connection and no place, and answers a good request as before.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import NamedTuple

from fuzzing.mutations import HEAD, WORDS, mutate, mutate_json
from fuzzing.scans import write_scan, write_seeds

ALLOWED = {200, 400, 404, 405, 408, 413, 415, 421, 422, 501, 503}
_SECONDS = 30.0  # in which an answer must come
_AT_ONCE = 16  # clients
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_PROGRAM = "from cg3d_runtime.entry import serve; serve()"
_LIMITS = ("--max-body", "1", "--timeout", "3", "--max-in-flight", "64")
_SERVED = ("--port", "0", "--processes", "1", "--labels", "mug,bowl", *_LIMITS)
_BOUNDARY = b"b0und4ry"
_PATHS = (b"/recognise",) * 60 + (
    b"/detect",
    b"/detect",
    b"/search",
    b"/health",
    b"/metrics",
    b"/openapi.json",
    b"/",
    b"/recognise/",
    b"*",
)
_TYPES = (
    b"application/json",
    b"application/npy",
    b"text/csv",
    b"model/obj",
    b"multipart/form-data",
    b"",
    b"\xff",
    b"a/b/c",
)
_HEADERS = (
    b"Expect: 100-continue",
    b"Content-Encoding: gzip",
    b"Connection: Upgrade\r\nUpgrade: websocket",
    b"X: " + b"y" * 9000,
)
_GOOD = (
    *((b"labels", b"mug,bowl"), (b"labels", b"mug: a cup"), (b"up", b"auto"), (b"up", b"z"), (b"up", b"0,0.1,1")),
    *((b"units", b"m"), (b"units", b"mm"), (b"top", b"3"), (b"top", b"1")),
)
_OPTIONS = (b"labels", b"up", b"units", b"top", b"find", b"name", b"scan", b"points", b"x", b"")
_VALUES = (
    *(b"the mug next to", b"nan,0,1", b"0", b"-1", b"1e9", b"%00", b"%FF", b"%1B%5B31m", b"", b"\xff\x00"),
    *(b"scan.ply", b"a.b.c.npy", b"../../etc/passwd.ply", b"a" * 500 + b".ply", b"a\nb\n# c", b"a" * 20_000),
)


class Run(NamedTuple):
    """What became of many requests.

    Attributes:
        statuses: how often each was answered; None: the connection was closed without an answer.
        faults: what should not be, by the number of the case; under -1 what is found at the end.
    """

    statuses: Counter[int | None]
    faults: list[tuple[int, str]]


def request_of(seed: int, number: int, seeds: Path) -> bytes:
    """The bytes of one case."""
    random = Random(f"{seed} {number}")
    if random.random() < 0.4:
        return write_request(random, random.choice(sorted(seeds.iterdir())))
    with tempfile.TemporaryDirectory(dir=seeds.parent) as folder:
        return write_request(random, write_scan(random, seeds, Path(folder)))


def write_request(random: Random, scan: Path) -> bytes:
    """The bytes of one request, or of what looks like one."""
    make = random.choice((_raw, _raw, _form, _form, _form, _json, _json, _small, _garbage))
    request = make(random, scan)
    chance = random.random()
    if chance < 0.1:
        return mutate(request[:HEAD], random) + request[HEAD:]
    if chance < 0.15:
        return request[: random.randrange(len(request) + 1)]
    return request


def _request(random: Random, body: bytes, media: bytes, query: bytes = b"", method: bytes = b"POST") -> bytes:
    head = [method + b" " + random.choice(_PATHS) + (b"?" + query if query else b"") + b" HTTP/1.1", b"Host: localhost"]
    head += [b"Content-Type: " + media] if media else []
    if random.random() < 0.15:
        head.append(b"Transfer-Encoding: chunked")
        body = b"".join(_chunks(random, body)) + b"0\r\n\r\n"
    elif random.random() < 0.05:
        head.append(b"Content-Length: " + random.choice((b"0", b"1", b"99999999999", b"-1", b"1e3", b"", b"9" * 400)))
    else:
        head.append(b"Content-Length: %d" % len(body))
    if random.random() < 0.1:
        head.append(
            random.choice(
                (b"Expect: 100-continue", b"Content-Encoding: gzip", b"Upgrade: websocket", b"X: " + b"y" * 9000)
            )
        )
    return b"\r\n".join([*head, b"", body])


def _chunks(random: Random, body: bytes) -> Iterator[bytes]:
    while body:
        size = random.choice((1, 100, 5000, 100_000))
        piece, body = body[:size], body[size:]
        yield b"%x\r\n" % len(piece) + piece + b"\r\n"


def _query(random: Random) -> bytes:
    return b"&".join(b"=".join(_option(random)) for _ in range(random.choice((0, 0, 0, 1, 1, 3))))


def _option(random: Random) -> tuple[bytes, bytes]:
    if random.random() < 0.8:
        return random.choice(_GOOD)
    return random.choice(_OPTIONS), random.choice(_VALUES)


def _raw(random: Random, scan: Path) -> bytes:
    name = scan.name.encode() if random.random() < 0.9 else random.choice(_VALUES)
    return _request(random, scan.read_bytes(), random.choice(_TYPES), b"name=" + name + b"&" + _query(random))


def _form(random: Random, scan: Path) -> bytes:
    name = scan.name.encode() if random.random() < 0.9 else random.choice(WORDS)
    parts = [b'Content-Disposition: form-data; name="scan"; filename="' + name + b'"\r\n\r\n' + scan.read_bytes()]
    for _ in range(random.choice((0, 0, 0, 1, 1, 2, 30))):
        file, (name, value) = b'; filename="x.txt"' if random.random() < 0.1 else b"", _option(random)
        parts.append(b'Content-Disposition: form-data; name="' + name + b'"' + file + b"\r\n\r\n" + value)
    body = b"".join(b"--" + _BOUNDARY + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + _BOUNDARY + b"--\r\n"
    if random.random() < 0.3:
        body = mutate(body, random)
    return _request(random, body, b"multipart/form-data; boundary=" + _BOUNDARY, _query(random))


def _json(random: Random, _: Path) -> bytes:
    columns = random.choice((3, 3, 6))
    rows = [[random.uniform(-1, 1) for _ in range(columns)] for _ in range(random.choice((3, 40, 40)))]
    body = json.dumps({"points": rows, "labels": ["mug", "bowl"], "up": "z", "top": 2, "units": "m"}).encode()
    damage = random.choice((mutate_json, mutate, None))
    body = damage(body, random) if damage else body
    return _request(random, body, b"application/json", _query(random))


def _small(random: Random, _: Path) -> bytes:
    method = random.choice((b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"TRACE", b"x", b"PRI"))
    return _request(random, random.randbytes(random.choice((0, 0, 9))), b"", _query(random), method)


def _garbage(random: Random, _: Path) -> bytes:
    return random.choice((random.randbytes(random.randrange(1, 400)), random.choice(WORDS), b"\r\n" * 400))


def judge(port: int, request: bytes) -> tuple[int | None, str | None]:
    """Send a request, and wait for its answer; the status, and what is wrong with it."""
    said = b""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=_SECONDS) as connection:
            with suppress(ConnectionError):  # refused before it had all been sent
                connection.sendall(request)
            with suppress(ConnectionError):
                while not _is_whole(said, request.startswith(b"HEAD")) and (piece := connection.recv(1 << 16)):
                    said += piece
    except TimeoutError:
        return None, f"nothing for {_SECONDS:g} seconds after {said[:80]!r}"
    return _answer(said.removeprefix(_CONTINUE)) if said else (None, None)


def _is_whole(said: bytes, is_head: bool) -> bool:
    """Whether an answer has come, with its body where it has one."""
    head, end, body = said.removeprefix(_CONTINUE).partition(b"\r\n\r\n")
    return bool(end) and (is_head or len(body) >= _length(head))


def _length(head: bytes) -> int:
    found = re.search(rb"\r\ncontent-length: (\d+)", head, re.IGNORECASE)
    return int(found[1]) if found else 0


def _answer(said: bytes) -> tuple[int | None, str | None]:
    """The status of an answer, and what is wrong with it."""
    head, end, body = said.partition(b"\r\n\r\n")
    if not end or not head.startswith(b"HTTP/1.1 ") or not head[9:12].isdigit():
        return None, f"this is no answer: {said[:80]!r}"
    status, body = int(head[9:12]), body[: _length(head)]
    if status not in ALLOWED:
        return status, f"status {status}: {body[:200]!r}"
    if status != 200 and body:
        told = json.loads(body)["error"]
        if not told or not told.isprintable():
            return status, f"an error that is not one printable line: {told!r:.200}"
    return status, None


def fuzz(seed: int, cases: range, tell: Callable[[str], None], options: tuple[str, ...] = ()) -> Run:
    """Send requests to a service of its own, and look at it afterwards."""
    statuses: Counter[int | None] = Counter()
    faults: list[tuple[int, str]] = []
    with tempfile.TemporaryDirectory() as name, _service(Path(name), options) as (process, port, log):
        seeds = Path(name, "seeds")
        seeds.mkdir()
        write_seeds(seeds)
        good = _good()
        faults += [(-1, f"a good request: {fault}") for fault in _check(port, good)]
        before = _holds(process.pid)
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            judged = threads.map(lambda number: judge(port, request_of(seed, number, seeds)), cases)
            for done, (number, (status, fault)) in enumerate(zip(cases, judged, strict=True), start=1):
                statuses[status] += 1
                faults += [(number, fault)] if fault else []
                if done % 500 == 0:
                    tell(f"{done:,} of {len(cases):,} requests")
        faults += [(-1, f"a good request afterwards: {fault}") for fault in _check(port, good)]
        faults += [(-1, fault) for fault in _left(Path(name, "tmp"), before, _holds(process.pid), log)]
    return Run(statuses, faults)


def _good() -> bytes:
    points = [[x / 4, y / 4, x * y % 3 / 4] for x in range(8) for y in range(8)]
    body = json.dumps({"points": points}).encode()
    return (
        b"POST /recognise HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        % len(body)
        + body
    )


def _check(port: int, good: bytes) -> Iterator[str]:
    status, fault = judge(port, good)
    if fault or status != 200:
        yield fault or f"status {status}"


def _holds(process: int) -> tuple[int, float]:
    """How many files and connections a process has open, and its memory in MB."""
    time.sleep(0.5)  # connections that were closed are let go of
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return len(os.listdir(f"/proc/{process}/fd")), pages * os.sysconf("SC_PAGE_SIZE") / 1e6  # noqa: PTH208


def _left(temporary: Path, before: tuple[int, float], after: tuple[int, float], log: list[str]) -> Iterator[str]:
    """What a service still holds, that it did not hold before, and what it said."""
    if kept := list(temporary.glob("*/*")):
        yield f"{len(kept)} files of requests are left"
    if after[0] > before[0]:
        yield f"{after[0]} descriptors are open, before {before[0]}"
    if after[1] > before[1] + 30:
        yield f"{after[1]:.0f} MB, before {before[1]:.0f}"
    if said := [line for line in log if "Traceback" in line or "Error" in line]:
        yield f"it logged: {said[-1]}"


@contextmanager
def _service(folder: Path, options: tuple[str, ...]) -> Iterator[tuple[subprocess.Popen[str], int, list[str]]]:
    """A running service, its port, and what it says."""
    (folder / "tmp").mkdir()
    environment = {**os.environ, "TMPDIR": str(folder / "tmp"), "CG3D_CACHE": str(folder / "cache")}
    command = [sys.executable, "-c", _PROGRAM, *_SERVED, *options]
    log: list[str] = []
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr
        threading.Thread(target=lambda: log.extend(iter(process.stderr.readline, "")), daemon=True).start()
        try:
            until = time.monotonic() + 60
            while not (ready := [line for line in log if "listening on" in line]):
                if process.poll() is not None or time.monotonic() > until:
                    raise SystemExit(f"the service does not start: {''.join(log)}")
                time.sleep(0.05)
            yield process, int(ready[0].rpartition(":")[2]), log
        finally:
            process.terminate()
            process.wait(60)
