"""The run that the documents show."""

from __future__ import annotations

from typing import Any, Final

RUN_EXAMPLE: Final[dict[str, Any]] = {
    "id": "run_0199439c3c4d7e5f8a6b7c8d9e0f1a2b",
    "kind": "manual",
    "state": "done",
    "at": "2026-03-16T02:00:00.123Z",
    "startedAt": "2026-03-16T02:00:00.140Z",
    "finishedAt": "2026-03-16T02:00:01.215Z",
    "progress": 1,
    "valueCount": 4_521,
    "changed": 87,
    "attempt": 1,
    "error": None,
}
COMPUTED_EXAMPLE: Final[dict[str, Any]] = {
    "computed": True,
    "valueCount": 4_521,
    "runId": RUN_EXAMPLE["id"],
    "computedAt": RUN_EXAMPLE["at"],
}
COMPUTING_EXAMPLE: Final[dict[str, Any]] = {
    "computed": False,
    "valueCount": 4_521,
    "runId": RUN_EXAMPLE["id"],
    "progress": 0.25,
}
