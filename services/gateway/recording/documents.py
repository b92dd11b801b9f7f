"""The parts of OpenAPI that recording routes share."""

from __future__ import annotations

from typing import Any

from libs.httpkit.responses import Responses

POSITION: dict[str, Any] = {
    "Waymark-Position": {
        "description": "Where the write ended in the log; send it back as Waymark-Min-Position to read your write.",
        "schema": {"type": "string"},
    }
}
answers = Responses({409: "A request with this Idempotency-Key is being worked on"})
