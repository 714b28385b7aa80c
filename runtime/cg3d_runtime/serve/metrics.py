"""Counts and times of a service, in Prometheus' text format."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
    Summary,
    disable_created_metrics,
    generate_latest,
)

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)


class Metrics:
    """Of one service; nothing is shared with other services of the process."""

    def __init__(self, about: Mapping[str, object], ready: Callable[[], int]) -> None:
        """Begin to count.

        Args:
            about: what the service answers with.
            ready: tells how many processes can answer.
        """
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a second line for every count, which nobody reads
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)
        Info("cg3d", "What answers.", registry=self._registry).info({name: str(value) for name, value in about.items()})
        self._requests = Counter("cg3d_requests", "Requests answered.", ("path", "status"), registry=self._registry)
        self._seconds = Histogram(
            "cg3d_request_seconds",
            "From the head of a request to its answer.",
            ("path",),
            registry=self._registry,
            buckets=_SECONDS,
        )
        self._steps = Summary(
            "cg3d_step_seconds", "What the steps of an answer took.", ("path", "step"), registry=self._registry
        )
        self._replaced = Counter(
            "cg3d_processes_replaced",
            "Processes that were replaced: ended by a scan, or late.",
            ("why",),
            registry=self._registry,
        )
        self.in_flight = Gauge(
            "cg3d_requests_in_flight", "Requests that are received or answered now.", registry=self._registry
        )
        Gauge("cg3d_processes_ready", "Processes that can answer.", registry=self._registry).set_function(ready)

    def count(self, path: str, status: int, seconds: float) -> None:
        """Count one request."""
        self._requests.labels(path, status).inc()
        self._seconds.labels(path).observe(seconds)

    def count_steps(self, path: str, ms: Mapping[str, float]) -> None:
        """Add what the steps of an answer took."""
        for step, duration in ms.items():
            self._steps.labels(path, step).observe(duration / 1e3)

    def count_replaced(self, why: str) -> None:
        """Count a process that was replaced."""
        self._replaced.labels(why).inc()

    def text(self) -> bytes:
        """All of them, as Prometheus reads them."""
        return generate_latest(self._registry)
