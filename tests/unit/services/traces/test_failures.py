"""How an event ended: what spans and log records say of it, in bounded space."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from services.traces.failures import MAX_EXCEPTIONS, MAX_TEXT, ending_of


def thrown(kind: Any = "E", message: Any = "m") -> dict[str, Any]:
    return {"name": "exception", "attributes": {"exception.type": kind, "exception.message": message}}


@pytest.mark.parametrize(
    ("payload", "is_error", "code", "exceptions"),
    [
        ({"status": {"code": "OK"}}, False, "OK", 0),
        ({"status": {"code": "ERROR", "message": "no"}}, True, "ERROR", 0),
        ({"status": {"code": "UNSET"}, "events": [thrown()]}, True, None, 1),
        ({"events": [{"name": "retry"}, thrown(), 7, None]}, True, None, 1),
        ({"events": [thrown(None, None), thrown("", 7)]}, False, None, 0),
        ({"severityNumber": 17, "attributes": thrown()["attributes"]}, True, None, 1),
    ],
)
def test_a_span_or_a_log_record_tells_how_it_ended(
    payload: dict[str, Any], is_error: bool, code: str | None, exceptions: int
) -> None:
    ending = ending_of(payload, is_span="severityNumber" not in payload)
    told = orjson.loads(ending.told) if ending.told else {"code": None, "exceptions": []}
    assert (ending.is_error, told["code"], len(told["exceptions"])) == (is_error, code, exceptions)


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
    assert (ending.is_error, ending.told) == (False, None)


def test_an_event_that_is_neither_tells_nothing() -> None:
    assert ending_of({"status": {"code": "ERROR"}, "events": [thrown()]}, is_span=False) == (False, None)


@pytest.mark.parametrize(("severity", "is_error"), [(1, False), (16, False), (17, True), (24, True), ("ERROR", False)])
def test_a_log_record_is_an_error_from_its_severity_on(severity: Any, is_error: bool) -> None:
    assert ending_of({"severityNumber": severity}, is_span=False).is_error is is_error


def test_texts_and_exceptions_are_bounded() -> None:
    ending = ending_of({"events": [thrown("é" * 9_000, "m" * 9_000)] * 1_000}, is_span=True)
    assert ending.told is not None
    told = orjson.loads(ending.told)["exceptions"]
    assert len(told) == MAX_EXCEPTIONS
    assert {len(text) for one in told for text in one.values()} == {MAX_TEXT}
