"""The parts of OpenAPI that recording routes share: the position, and the errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from libs.httpkit.dialects import PROBLEM_JSON
from libs.httpkit.errors import ApiError, unavailable
from libs.httpkit.responses import Described, ProblemOut

POSITION: dict[str, Any] = {
    "Waymark-Position": {
        "description": "Where the write ended in the log; send it back as Waymark-Min-Position to read your write.",
        "schema": {"type": "string"},
    }
}
_PROBLEM = {PROBLEM_JSON: {"schema": {"$ref": f"#/components/schemas/{ProblemOut.__name__}"}}}


def problems(reasons: Mapping[int, str]) -> Described:
    """Describe the errors of a route by their statuses and reasons, as problem+json."""
    return {
        status: {"description": reason, "model": ProblemOut, "content": _PROBLEM} for status, reason in reasons.items()
    }


def not_in_front() -> ApiError:
    """Make the 503 for a request that reached a documented route past the door."""
    return unavailable("the recording routes are answered by the gateway's door")
