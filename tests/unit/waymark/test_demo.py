"""The shop's day: its events follow from its interactions, and are the same each time."""

from __future__ import annotations

from collections import Counter
from datetime import date

from waymark.demo import day_of_traffic, events_of

DAY = date(2026, 1, 15)


def test_a_day_s_events_are_the_same_each_time() -> None:
    assert list(events_of(day_of_traffic(DAY, 50))) == list(events_of(day_of_traffic(DAY, 50)))


def test_each_event_is_caused_by_an_interaction_of_its_unit_of_work() -> None:
    units = {one["interactionId"]: one["uowId"] for one in day_of_traffic(DAY, 200)}
    for event in events_of(day_of_traffic(DAY, 200)):
        assert event.causation_id is not None
        assert units[event.causation_id] == event.correlation_id


def test_every_order_is_placed_and_ends_paid_or_cancelled() -> None:
    counts = Counter(event.event_type for event in events_of(day_of_traffic(DAY, 500)))
    assert counts["order.placed"] == counts["order.paid"] + counts["order.cancelled"] > 100
    assert counts["payment.declined"] == counts["order.cancelled"] > 0
    assert counts["payment.captured"] == counts["invoice.sent"] == counts["order.paid"]
