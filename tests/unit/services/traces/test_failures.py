"""How a record ended: what spans, log records and actions say of it, in bounded space."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from services.traces.failures import MAX_EXCEPTIONS, MAX_TEXT, ending_of, status_of_action


def thrown(kind: Any = "E", message: Any = "m") -> dict[str, Any]:
    return {"name": "exception", "attributes": {"exception.type": kind, "exception.message": message}}


@pytest.mark.parametrize(
    ("payload", "status", "code", "exceptions"),
    [
        ({"status": {"code": "OK"}}, "ok", "OK", 0),
        ({"status": {"code": "ERROR", "message": "no"}}, "error", "ERROR", 0),
        ({"status": {"code": "UNSET"}, "events": [thrown()]}, "error", None, 1),
        ({"status": {"code": "OK"}, "events": [thrown()]}, "error", "OK", 1),
        ({"status": {"code": "UNSET"}}, None, None, 0),
        ({"events": [{"name": "retry"}, thrown(), 7, None]}, "error", None, 1),
        ({"events": [thrown(None, None), thrown("", 7)]}, None, None, 0),
        ({"severityNumber": 17, "attributes": thrown()["attributes"]}, "error", None, 1),
    ],
)
def test_a_span_or_a_log_record_tells_how_it_ended(
    payload: dict[str, Any], status: str | None, code: str | None, exceptions: int
) -> None:
    ending = ending_of(payload, is_span="severityNumber" not in payload)
    told = orjson.loads(ending.told) if ending.told else {"code": None, "exceptions": []}
    assert (ending.status, told["code"], len(told["exceptions"])) == (status, code, exceptions)


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"status": "failed", "events": "x", "attributes": 1},
        {"status": {"code": 2}, "events": [{"name": "exception"}]},
        {"severityNumber": 16, "status": {"code": "ERROR"}},
        {"status": {"code": ["ERROR"]}},
    ],
)
def test_anything_else_tells_nothing(payload: dict[str, Any]) -> None:
    ending = ending_of(payload, is_span="severityNumber" not in payload)
    assert (ending.status, ending.told) == (None, None)


def test_an_event_that_is_neither_tells_nothing() -> None:
    assert ending_of({"status": {"code": "ERROR"}, "events": [thrown()]}, is_span=False) == (None, None)


@pytest.mark.parametrize(("severity", "status"), [(1, None), (16, None), (17, "error"), (24, "error"), ("ERROR", None)])
def test_a_log_record_is_an_error_from_its_severity_on(severity: Any, status: str | None) -> None:
    assert ending_of({"severityNumber": severity}, is_span=False).status == status


@pytest.mark.parametrize(
    ("action", "status"), [("COMPLETED", "ok"), ("failed", "error"), ("CANCELLED", None), ("CREATE", None)]
)
def test_an_interaction_says_by_its_action_how_it_ended(action: str, status: str | None) -> None:
    assert status_of_action(action) == status


def test_texts_and_exceptions_are_bounded() -> None:
    ending = ending_of({"events": [thrown("é" * 9_000, "m" * 9_000)] * 1_000}, is_span=True)
    assert ending.told is not None
    told = orjson.loads(ending.told)["exceptions"]
    assert len(told) == MAX_EXCEPTIONS
    assert {len(text) for one in told for text in one.values()} == {MAX_TEXT}
