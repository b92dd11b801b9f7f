"""What an event came to: the type's last segment goes first, then what the payload says, in any case."""

from __future__ import annotations

import pytest

from services.queries.events.outcomes import Outcome, Outcomes
from services.queries.settings import QueriesSettings

OUTCOMES = Outcomes.of(QueriesSettings())


@pytest.mark.parametrize(
    ("event_type", "payload", "expected"),
    [
        ("order.failed", "{}", Outcome.FAILURE),
        ("order.Timeout", "{}", Outcome.FAILURE),
        ("rejected", "{}", Outcome.FAILURE),
        ("order.payment.error", '{"status": "success"}', Outcome.FAILURE),
        ("order.completed", '{"outcome": "failed"}', Outcome.SUCCESS),
        ("order.APPROVED", "{}", Outcome.SUCCESS),
        ("order.failed.v1", "{}", Outcome.UNKNOWN),
        ("failed.order", "{}", Outcome.UNKNOWN),
        ("order.closed", '{"outcome": "SUCCEEDED"}', Outcome.SUCCESS),
        ("order.closed", '{"status": "Error"}', Outcome.FAILURE),
        ("order.closed", '{"outcome": "open", "status": "error"}', Outcome.FAILURE),
        ("order.closed", '{"outcome": "success", "status": "error"}', Outcome.SUCCESS),
        ("order.closed", r'{"\u0073tatus": "error"}', Outcome.FAILURE),
        ("order.closed", '{"status": {"code": "error"}, "outcome": ["failed"]}', Outcome.UNKNOWN),
        ("order.closed", '{"inner": {"status": "error"}}', Outcome.UNKNOWN),
        ("schedule.fired", "{}", Outcome.UNKNOWN),
    ],
)
def test_outcomes(event_type: str, payload: str, expected: Outcome) -> None:
    assert OUTCOMES.of_event(event_type, payload) is expected


def test_the_words_are_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYMARK_QUERIES_EVENT_FAILURES", '["Kaputt"]')
    monkeypatch.setenv("WAYMARK_QUERIES_EVENT_OUTCOMES_REVISION", "3")
    configured = Outcomes.of(QueriesSettings())
    assert configured.revision == 3
    assert configured.of_event("order.kaputt", "{}") is Outcome.FAILURE
    assert configured.of_event("order.failed", "{}") is Outcome.UNKNOWN
