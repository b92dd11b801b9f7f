"""Records and definitions for tests, in a line each."""

from __future__ import annotations

import itertools
from typing import Any

from tests.support.metrics.oracle import OracleMetric
from tests.support.metrics.posted import EVENT, INTERACTION, Posted, time_text

_numbers = itertools.count(1)


def interaction(customer: str | None, at_ms: int, data: Any = None, **body: Any) -> Posted:
    """A purchase of an order by a user; `id` in the body makes it another's repeat."""
    record_id = body.pop("id", f"00000000-0000-4000-8000-{next(_numbers):012}")
    return Posted(
        INTERACTION,
        record_id,
        {
            "interactionId": record_id,
            "resourceType": "ORDER",
            "resourceId": "order-1",
            "action": "CREATE",
            "origin": "API",
            "userId": customer,
            "interactionTimestamp": time_text(at_ms),
            "interaction": data,
            **body,
        },
        at_ms,
    )


def event(customer: str | None, at_ms: int, data: Any = None, **body: Any) -> Posted:
    """A settled payment by a user."""
    record_id = body.pop("id", f"00000000-0000-4000-8000-{next(_numbers):012}")
    who = {} if customer is None else {"actorId": customer, "actorType": "user"}
    return Posted(
        EVENT,
        record_id,
        {
            "id": record_id,
            "eventType": "payment.settled",
            "resourceType": "ORDER",
            "resourceId": "order-1",
            "occurredAt": time_text(at_ms),
            "payload": {} if data is None else data,
            **who,
            **body,
        },
        at_ms,
    )


def metric(function: str = "count", source: str = "create", **body: Any) -> OracleMetric:
    """A definition of all time without dimensions or filter."""
    sql = body.pop("sql", None)
    if sql is not None:
        body["sqlFilter"] = sql.text
    body = {"name": "Metric", "aggregateFunction": function, "sourceField": source, **body}
    return OracleMetric(body, None if sql is None else sql.judge)
