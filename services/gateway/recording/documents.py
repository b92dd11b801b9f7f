"""The parts of OpenAPI that recording routes share: the position, and the error that only they raise."""

from __future__ import annotations

from typing import Any

from libs.httpkit.errors import ApiError, unavailable
from libs.httpkit.responses import Responses

POSITION: dict[str, Any] = {
    "Waymark-Position": {
        "description": "Where the write ended in the log; send it back as Waymark-Min-Position to read your write.",
        "schema": {"type": "string"},
    }
}
answers = Responses({409: "A request with this Idempotency-Key is being worked on"})


def not_in_front() -> ApiError:
    """Make the 503 for a request that reached a documented route past the door."""
    return unavailable("the recording routes are answered by the gateway's door")
