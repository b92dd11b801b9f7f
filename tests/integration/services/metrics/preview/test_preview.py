"""Previews over HTTP and over a log of several partitions: the newest records first, within bounds, two at a time."""

from __future__ import annotations

from typing import Any

import httpx
import orjson
import pytest

from libs.contracts.times import format_ms
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import Record, StoredRecord
from libs.httpkit.errors import Unavailable
from services.metrics.definitions.model import MetricDefinition
from services.metrics.preview import previews
from services.metrics.preview.engine import Viewed
from services.metrics.preview.previews import MetricPreviews, ScanBounds
from tests.support.callers import Callers
from tests.support.gateway.records import publish
from tests.support.metrics.definitions import Definitions
from tests.support.metrics.over_http import METRICS_URL
from tests.support.records import START_MS
from tests.support.traces.world import event

URL = f"{METRICS_URL}/preview"
BODY: dict[str, Any] = {"aggregateFunction": "sum", "sourceField": "order.paid", "windowDays": 1}
PAID = MetricDefinition(name="preview", aggregate_function="count", source_field="order.paid")
AT_MS = START_MS + 86_400_000


def paid(number: int, value: Any = 1, customer: str = "ann") -> Record:
    """A payment, accepted so many milliseconds after the start; its partition is its correlation's."""
    made: StoredRecord = event(
        number, f"uow-{number}", number, "acme", type="order.paid", actor_id=customer, payload={"value": value}
    )
    assert made.key is not None
    return Record(made.topic, made.key, made.value, made.headers, START_MS + number)


async def waiting() -> bool:
    return False


async def test_a_metric_is_previewed_and_nothing_is_stored(
    client: httpx.AsyncClient, log: MemoryEventLog, definitions: Definitions, callers: Callers
) -> None:
    await definitions.create("taken")
    await publish(log, [paid(0, 0.1), paid(1, 0.2), paid(2, "5"), paid(3, 7, "bob"), paid(4, 9, "17")])
    answer = await client.post(URL, json={**BODY, "name": "taken", "at": format_ms(AT_MS)})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert {name: found[name] for name in ("complete", "from", "matched", "contributed", "skipped", "customers")} == {
        "complete": True,
        "from": found["from"],
        "matched": 5,
        "contributed": 4,
        "skipped": {"notNumeric": 1},
        "customers": 3,
    }
    assert found["scanned"] >= 5
    assert [(one["customerId"], one["value"]) for one in found["values"]] == [("17", 9), ("bob", 7), ("ann", 0.3)]
    assert len(found["records"]) == 5
    own = (await client.post(URL, json={**BODY, "customerId": 17, "at": format_ms(AT_MS)})).json()
    assert [one["customerId"] for one in own["values"]] == ["17"]
    assert [one["number"] for one in own["records"]] == [9]
    assert (await definitions.change(lambda change: change.conn.fetchval("SELECT count(*) FROM series"))) == 1
    for changes, field in (
        ({"sqlFilter": "now() > 1"}, "sqlFilter"),
        ({"computeMode": "realtime", "aggregateFunction": "avg"}, "aggregateFunction"),
        ({"windowDays": 0}, "windowDays"),
        ({"customerId": True}, "customerId"),
        ({"at": "soon"}, "at"),
        ({"sourceField": None}, "sourceField"),
    ):
        refused = await client.post(URL, json={**BODY, **changes})
        assert refused.status_code == 422, refused.text
        assert [one["field"] for one in refused.json()["error"]["details"]] == [field]
    assert (await client.post(URL, json=BODY, headers=callers.user("viewer"))).status_code == 403


async def test_the_newest_records_are_read_first_within_bounds(
    log: MemoryEventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    await publish(log, [paid(number) for number in range(200)])
    monkeypatch.setattr(previews, "_FIRST_PART", 24)
    monkeypatch.setattr(previews, "_PART", 24)

    async def run(bounds: ScanBounds) -> dict[str, Any]:
        found = await MetricPreviews(log, bounds).run("acme", PAID, Viewed(None, AT_MS), is_abandoned=waiting)
        shown: dict[str, Any] = orjson.loads(orjson.dumps(found))
        return shown

    for bounds, least in ((ScanBounds(records=60), 48), (ScanBounds(time_s=0.0), 1)):
        found = await run(bounds)
        first = 200 - found["scanned"]
        assert least <= found["scanned"] < 100
        assert (found["complete"], found["from"]) == (False, format_ms(START_MS + first))
        assert found["matched"] == found["scanned"] == found["values"][0]["value"]
    whole = await run(ScanBounds())
    assert (whole["complete"], whole["from"], whole["scanned"]) == (True, format_ms(START_MS), 200)


async def test_two_run_at_a_time(log: MemoryEventLog) -> None:
    running = MetricPreviews(log, ScanBounds())

    async def nested(depth: int) -> bool:
        if depth < previews.AT_ONCE:
            await running.run("acme", PAID, Viewed(None, AT_MS), is_abandoned=lambda: nested(depth + 1))
        else:
            with pytest.raises(Unavailable):
                await running.run("acme", PAID, Viewed(None, AT_MS), is_abandoned=waiting)
            refused.append(depth)
        return False

    refused: list[int] = []
    await publish(log, [paid(0)])
    await nested(0)
    assert refused
