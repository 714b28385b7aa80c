"""How a node is: what its diagnostics say."""

from __future__ import annotations

from dataclasses import dataclass

OK, WARN, ERROR = 0, 1, 2  # of diagnostic_msgs/DiagnosticStatus
SILENT_S = 5.0  # without a cloud, from which on it is worth a word


@dataclass
class Health:
    """Counts since the start, and the last that happened.

    Attributes:
        received, replaced, answered, failed: clouds; `replaced` gave way to a newer one while another was looked at.
        silent_s: seconds since the last one came, None before the first.
        last_ms: milliseconds from taking the last one to its answer.
        last_error: why the last one could not be answered; None where it was.
    """

    received: int = 0
    replaced: int = 0
    answered: int = 0
    failed: int = 0
    last_ms: float = 0.0
    last_error: str | None = None
    silent_s: float | None = None

    def level_and_words(self) -> tuple[int, str]:
        """The level of a DiagnosticStatus, and its message."""
        if self.last_error is not None:
            return (WARN if self.answered else ERROR), self.last_error
        if self.silent_s is None:
            return WARN, "no cloud has come yet"
        if self.silent_s > SILENT_S:
            return WARN, f"no cloud for {self.silent_s:.0f} s"
        return OK, f"{self.answered} answered, the last in {self.last_ms:.0f} ms"

    def values(self) -> dict[str, str]:
        """The pairs of a DiagnosticStatus."""
        return {
            "received": str(self.received),
            "replaced by newer ones": str(self.replaced),
            "answered": str(self.answered),
            "failed": str(self.failed),
            "last answer, ms": f"{self.last_ms:.1f}",
        }
