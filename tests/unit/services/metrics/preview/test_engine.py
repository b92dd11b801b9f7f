"""What a preview shows of random records beside the oracle, and of records of which only the newest are read."""

from __future__ import annotations

import random
from typing import Any

import orjson

from libs.eventlog.port import StoredRecord
from services.metrics.definitions.model import MetricDefinition
from services.metrics.preview.engine import SHOWN_RECORDS, SHOWN_VALUES, MetricPreview, Viewed
from tests.support.metrics.oracle import DAY_MS, Oracle
from tests.support.metrics.posted import plain
from tests.support.metrics.random_definitions import random_metric
from tests.support.metrics.random_records import RandomRecords
from tests.support.metrics.recording import definition_of, recorded
from tests.support.records import START_MS
from tests.support.traces.world import event, event_id
from tests.support.values.world import Tenant

COUNT = MetricDefinition(name="preview", aggregate_function="count", source_field="order.paid")
SUM = MetricDefinition(name="preview", aggregate_function="sum", source_field="order.paid", window_days=1)
NOW = Viewed(None, START_MS + DAY_MS)


def content(preview: MetricPreview, viewed: Viewed, from_ms: int | None = None) -> dict[str, Any]:
    """What the preview shows, with numbers as they are spelt."""
    found: dict[str, Any] = orjson.loads(orjson.dumps(preview.content(viewed, from_ms)))
    return found


async def test_values_are_those_of_the_oracle() -> None:
    source = random.Random(11)
    made = RandomRecords(source, START_MS + 100 * DAY_MS)
    tenant = Tenant()
    pairs = await recorded(tenant, [made.record() for _ in range(400)])
    shown = 0
    for number in range(100):
        metric = random_metric(source, f"Metric {number}", made.now_ms)
        oracle = Oracle(metric, [posted for posted, _ in pairs])
        preview = MetricPreview(tenant.id, definition_of(metric))
        for part in (pairs[150:], pairs[:150]):
            preview.take(sifted for _, record in part for sifted in preview.sift(record))
        at_ms = made.now_ms + source.choice((-20 * DAY_MS, 0, DAY_MS))
        customer = source.choice((None, *made.customers))
        found = preview.content(Viewed(customer, at_ms), None)
        expected = oracle.values(at_ms, customer)[:SHOWN_VALUES]
        assert [
            (one["customerId"], b"".join(map(bytes_of, one["dimensions"].values())), bytes_of(one["value"]))
            for one in found["values"]
        ] == [(one.customer, "".join(one.dims).encode(), plain(one.value).encode()) for one in expected]
        assert found["matched"] == len(oracle.contributions)
        assert found["contributed"] == sum(map(oracle.counts, oracle.contributions))
        assert found["customers"] == len({one.customer for one in oracle.values(at_ms)})
        assert len(found["records"]) == min(SHOWN_RECORDS, len(oracle.window(at_ms, customer)))
        shown += len(expected)
    assert shown > 100


def bytes_of(json: Any) -> bytes:
    return orjson.dumps(json)


def paid(name: str, at: int, value: Any, accepted_at: int | None = None) -> StoredRecord:
    """A payment of ann's at a time after the start, accepted at another."""
    record = event(name, None, at, type="order.paid", payload={"value": value})
    record.timestamp_ms = START_MS + (at if accepted_at is None else accepted_at)
    return record


def test_a_part_that_lies_before_has_the_first_record_of_an_id() -> None:
    preview = MetricPreview("default", SUM)
    for part in ([paid("a", 20, 5), paid("b", 30, "7")], [paid("a", 10, 1), paid("a", 15, 3)]):
        preview.take(sifted for record in part for sifted in preview.sift(record))
    found = content(preview, NOW)
    assert (found["scanned"], found["matched"], found["contributed"], found["skipped"]) == (4, 2, 1, {"notNumeric": 1})
    assert [one["value"] for one in found["values"]] == [1]
    assert [(one["number"], one["counted"], one["reason"]) for one in found["records"]] == [
        (None, False, "not_numeric"),
        (1, True, None),
    ]


def test_a_window_has_its_first_instant_and_not_its_last() -> None:
    preview = MetricPreview("default", SUM)
    times = {"before": -1, "first": 0, "last": DAY_MS - 1, "after": DAY_MS}
    preview.take(sifted for name, at in times.items() for sifted in preview.sift(paid(name, at, 1)))
    found = content(preview, NOW)
    assert [(one["value"], one["recordCount"]) for one in found["values"]] == [(2, 2)]
    assert [one["id"] for one in found["records"]] == [event_id("last"), event_id("first")]


def test_only_what_was_accepted_since_a_moment_counts() -> None:
    preview = MetricPreview("default", COUNT)
    records = [paid("a", 10, 1), paid("b", 20, 1), paid("c", 5, 1, accepted_at=30)]
    preview.take(sifted for record in records for sifted in preview.sift(record))
    found = content(preview, NOW, START_MS + 20)
    assert (found["scanned"], found["matched"], found["complete"]) == (2, 2, False)
    assert found["from"] == content(preview, NOW)["records"][0]["eventTime"]
    assert content(preview, NOW)["complete"] is True


def test_records_of_others_are_passed_over() -> None:
    preview = MetricPreview("acme", COUNT)
    assert list(preview.sift(paid("a", 10, 1))) == []
    assert content(preview, NOW)["from"] is None
