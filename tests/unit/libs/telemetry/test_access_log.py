"""What was refused or failed has a line, without a path and without a secret, and a flood has a bounded number."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs

from libs.auth import keys
from libs.telemetry.access_log import LINES_PER_S, AccessLog


class Clock:
    """Moves when told."""

    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def note(log: AccessLog, status: int, route: str = "/api/events", *headers: tuple[bytes, bytes]) -> None:
    scope = {"type": "http", "method": "POST", "path": "/api/events", "headers": headers}
    log.note(scope, request_id="r-1", route=route, status=status, duration_s=0.01234)


@pytest.mark.parametrize(("status", "level"), [(400, "info"), (404, "info"), (500, "warning"), (503, "warning")])
def test_a_refusal_has_a_line(status: int, level: str) -> None:
    key = keys.generate()
    with capture_logs() as lines:
        note(AccessLog(), status, "/api/events", (b"x-api-key", key.plain.encode()))
    assert lines == [
        {
            "event": "request_ended",
            "log_level": level,
            "request_id": "r-1",
            "method": "POST",
            "route": "/api/events",
            "status": status,
            "ms": 12.3,
            "key": key.prefix,
        }
    ]


@pytest.mark.parametrize(("status", "route"), [(200, "/api/events"), (304, "/api/events"), (503, "/readyz")])
def test_what_went_well_and_health_have_none(status: int, route: str) -> None:
    with capture_logs() as lines:
        note(AccessLog(), status, route)
    assert lines == []


@pytest.mark.parametrize("value", [b"", b"wm_", b"hunter2", b"\xff\xfe", b"wm_" + b"a" * 500 + b"_b"])
def test_what_is_no_key_is_not_told(value: bytes) -> None:
    with capture_logs() as lines:
        note(AccessLog(), 401, "/api/events", (b"x-api-key", value))
    assert lines[0]["key"] is None


def test_a_flood_is_counted() -> None:
    clock = Clock()
    log = AccessLog(clock)
    with capture_logs() as lines:
        for _ in range(LINES_PER_S + 30):
            note(log, 401)
        clock.now_s += 1
        note(log, 401)
        note(log, 401)
    told: list[Any] = [line.get("left_out") for line in lines]
    assert told == [None] * LINES_PER_S + [30, None]
