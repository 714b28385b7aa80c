"""What is counted, as Prometheus' own parser reads it."""

from __future__ import annotations

import pytest

from tests.runtime.serve.conftest import Service, cloud, npy

parser = pytest.importorskip("prometheus_client.parser")


def samples(service: Service) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    got = service.get("/metrics")
    assert got.status == 200 and got.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in parser.text_string_to_metric_families(got.body.decode())
        for sample in family.samples
    }


def key(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    return name, frozenset(labels.items())


def test_requests_are_counted_by_path_and_status_and_timed(service: Service) -> None:
    before = samples(service)
    for _ in range(3):
        assert service.send("/recognise", npy(cloud())).status == 200
    assert service.send("/recognise", b"").status == 422
    assert service.get("/%7F/strange").status == 404
    after = samples(service)

    def more(name: str, **labels: str) -> float:
        return after[key(name, **labels)] - before.get(key(name, **labels), 0.0)

    assert more("cg3d_requests_total", path="/recognise", status="200") == 3
    assert more("cg3d_requests_total", path="/recognise", status="422") == 1
    assert more("cg3d_requests_total", path="other", status="404") == 1  # whatever strangers ask for is one path
    assert more("cg3d_request_seconds_count", path="/recognise") == 4
    assert all(more("cg3d_step_seconds_count", path="/recognise", step=step) == 3 for step in ("read", "prepare"))
    assert after[key("cg3d_processes_ready")] == 1
    assert after[key("cg3d_requests_in_flight")] == 0
    assert after[key("process_resident_memory_bytes")] > 1e6
