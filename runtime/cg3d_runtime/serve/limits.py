"""What a service lets its clients take."""

from __future__ import annotations

from dataclasses import dataclass

MOST_LABEL_BYTES = 1 << 20  # of a label list, or of any other part of a form beside the scan
MOST_PARTS = 20  # of a form
LONGEST_SILENCE = 5.0  # seconds
RETRY_AFTER = 1  # seconds after which a client that was refused may ask again


@dataclass(frozen=True)
class Limits:
    """Of one service.

    Attributes:
        body_bytes: of a request.
        seconds: from the head of a request to its answer; a process that takes longer is ended.
        in_flight: requests that are received or answered at the same time.
    """

    body_bytes: int
    seconds: float
    in_flight: int

    @property
    def silence(self) -> float:
        """Seconds in which the head of a request, and then each next piece of its body, must have come."""
        return min(LONGEST_SILENCE, self.seconds)
