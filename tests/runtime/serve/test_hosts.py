"""The names that a service may be asked by: no page in a browser reaches it by a name of its own."""

from __future__ import annotations

import subprocess

import pytest

from cg3d_runtime.serve.hosts import name_of
from tests.runtime.serve.conftest import COMMAND, Service, Start

OWN = [
    "localhost",
    "LOCALHOST:8080",
    "localhost.",
    "127.0.0.1",
    "127.0.0.1:8080",
    "[::1]",
    "[::1]:80",
    "192.168.0.7:9000",
]
OTHERS = ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8080", "evil@localhost", "localhost:80:80"]


@pytest.mark.parametrize("host", OWN)
def test_localhost_and_addresses_are_answered(service: Service, host: str) -> None:
    assert service.ask("GET", "/health", headers={"Host": host}).status == 200


@pytest.mark.parametrize("host", [*OTHERS, ""])
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/health"), ("POST", "/recognise?name=a.npy"), ("GET", "/nothing")]
)
def test_other_names_are_refused_whatever_is_asked(service: Service, method: str, path: str, host: str) -> None:
    got = service.ask(method, path, b"x", {"Host": host})
    assert got.status == 421 and "is no name of this service" in got.told["error"], got


@pytest.mark.parametrize(
    ("host", "told"),
    [
        (
            "Evil.example:80",
            "'Evil.example:80' is no name of this service; start it with --allow-host evil.example if it is.",
        ),
        ("user@localhost", "'user@localhost' is no name of this service, nor a host's."),
        ("", "'' is no name of this service, nor a host's."),
    ],
)
def test_a_refusal_tells_what_would_be_taken(service: Service, host: str, told: str) -> None:
    assert service.ask("GET", "/health", headers={"Host": host}).told == {"error": told}


def test_names_that_are_allowed(start: Start) -> None:
    service = start("--processes", 1, "--allow-host", "Robot.local", "--allow-host", "cg3d")
    for host, status in (("robot.LOCAL:8080", 200), ("cg3d", 200), ("127.0.0.1", 200), ("evil.example", 421)):
        assert service.ask("GET", "/health", headers={"Host": host}).status == status


def test_a_refusal_is_counted(service: Service) -> None:
    service.ask("GET", "/metrics", headers={"Host": "evil.example"})
    assert 'path="other",status="421"' in service.get("/metrics").body.decode()


@pytest.mark.parametrize("name", ["", "*", "http://robot", "a b", "*.local"])
def test_what_is_no_name_is_told(name: str) -> None:
    ran = subprocess.run([*COMMAND, "--allow-host", name], text=True, capture_output=True, check=False)
    assert ran.returncode == 2 and ran.stderr.startswith("cg3d-serve: --allow-host takes the name of a host")


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("A.b:1", "a.b"),
        ("[FE80::1]:80", "fe80::1"),
        ("::1", None),
        ("a/b", None),
        ("a:b", None),
        ("", None),
        (":80", None),
    ],
)
def test_names_are_read(host: str, name: str | None) -> None:
    assert name_of(host) == name
