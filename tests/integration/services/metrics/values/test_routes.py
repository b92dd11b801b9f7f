"""The routes of values: what they show, in which order, spelt how, and what they refuse."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import httpx

from libs.contracts.metric_values import metric_text
from libs.contracts.times import format_ms
from libs.eventlog.memory import MemoryEventLog
from libs.service.app import create_service_app
from services.metrics.definitions.model import Metric
from services.metrics.service import SERVICE
from services.metrics.settings import MetricsSettings
from tests.support.callers import Callers
from tests.support.metrics.over_http import METRICS_URL
from tests.support.metrics.series import Given
from tests.support.metrics.values import MetricValues
from tests.support.serving import serving

DAY = 86_400_000
AT = 20_000 * DAY + 12_345
NOON = format_ms(AT)
LONG = "x" * 300
SLOW_WINDOWS = """
CREATE OR REPLACE FUNCTION value_of(function text, n bigint, numbers bigint, total numeric, low numeric, high numeric)
RETURNS numeric LANGUAGE sql AS 'SELECT n::numeric FROM pg_sleep(0.5)'
"""


async def _get(client: httpx.AsyncClient, metric: Metric, what: str, **params: Any) -> httpx.Response:
    return await client.get(f"{METRICS_URL}/{metric_text(metric.id)}/{what}", params=params)


async def _shown(client: httpx.AsyncClient, metric: Metric, what: str, **params: Any) -> Any:
    answer = await _get(client, metric, what, **params)
    assert answer.status_code == 200, answer.text
    return json.loads(answer.text, parse_float=str, parse_int=str)


async def _rows(client: httpx.AsyncClient, metric: Metric, **params: Any) -> list[tuple[Any, ...]]:
    shown = await _shown(client, metric, "values", **params)
    return [(one["customerId"], *one["dimensions"].values(), one["value"], one["recordCount"]) for one in shown]


def _purchases() -> list[Given]:
    return [
        Given("bob", '["FR",1.5]', AT - 2, Decimal("0.2")),
        Given("bob", '["FR",1.5]', AT - DAY, Decimal("0.1")),
        Given("ann", '["FR",null]', AT - 1, Decimal("0.30")),
        Given("ann", '["DE",true]', AT - 1, Decimal("0.3")),
        Given("Zoe", '["DE",true]', AT - 1, Decimal("0.3")),
        Given("big", '["DE",12345678901234567890.125]', AT - 1, Decimal("1e2")),
        Given("old", '["DE",true]', AT - 31 * DAY, Decimal(5)),
        Given("odd", '["DE",true]', AT - 1, None),
    ]


LISTED = [
    ("big", "DE", "12345678901234567890.125", "100", "1"),
    ("Zoe", "DE", True, "0.3", "1"),
    ("ann", "DE", True, "0.3", "1"),
    ("ann", "FR", None, "0.3", "1"),
    ("bob", "FR", "1.5", "0.3", "2"),
]
SUM: dict[str, Any] = {"aggregate_function": "sum", "group_by_dimensions": ("store.country", "vip")}


async def test_values_come_greatest_first_spelt_to_the_digit(values: MetricValues, client: httpx.AsyncClient) -> None:
    metric = await values.metric(_purchases(), **SUM)
    assert await _rows(client, metric) == []
    assert await _rows(client, metric, at=NOON) == LISTED
    await values.store(metric, AT)
    for params in ({}, {"at": NOON}):
        assert await _rows(client, metric, **params) == LISTED
        assert await _rows(client, metric, limit=2, **params) == LISTED[:2]
        assert await _rows(client, metric, customerId="ann", **params) == LISTED[2:4]
        assert await _rows(client, metric, customerId="ann", limit=1, **params) == LISTED[2:3]
        assert await _rows(client, metric, customerId="odd", **params) == []
    (shown,) = await _shown(client, metric, "values", customerId="bob")
    assert {name: shown[name] for name in ("metricId", "from", "to", "computedAt", "dimensions")} == {
        "metricId": metric_text(metric.id),
        "from": format_ms(AT - 30 * DAY),
        "to": NOON,
        "computedAt": NOON,
        "dimensions": {"store.country": "FR", "vip": "1.5"},
    }
    assert shown["id"].startswith("mv_")
    later = format_ms(AT + 1 - DAY)
    assert await _rows(client, metric, at=later, customerId="bob") == [("bob", "FR", "1.5", "0.1", "1")]


async def test_a_value_is_live_stored_or_frozen(values: MetricValues, client: httpx.AsyncClient) -> None:
    live: dict[str, Any] = {"compute_mode": "realtime", "window_days": None}
    metric = await values.metric([Given(LONG[:200], "[]", AT, None)], **live)
    await values.store(metric, AT + 1)
    await values.series.add(metric, [Given(LONG[:200], "[]", AT + 1, None)])
    customer = {"customerId": LONG[:200]}
    (shown,) = await _shown(client, metric, "values", **customer)
    assert (shown["value"], shown["from"]) == ("2", None)
    assert shown["to"] == shown["computedAt"] > format_ms(AT + 1)
    assert [row[-1] for row in await _rows(client, metric)] == ["1"]
    await values.definitions.update(metric, status="paused")
    assert [row[-1] for row in await _rows(client, metric, **customer)] == ["1"]
    assert [row[-1] for row in await _rows(client, metric, at=format_ms(AT + 2), **customer)] == ["2"]


async def test_a_changed_metric_shows_its_former_values(values: MetricValues, client: httpx.AsyncClient) -> None:
    metric = await values.metric(_purchases(), is_current=False, **SUM)
    assert await _shown(client, metric, "values", customerId="ann") == []
    assert (await _shown(client, metric, "series", customerId="ann"))["series"] == []
    refused = await _get(client, metric, "explain", customerId="ann")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "METRIC_NOT_CURRENT")
    await values.serve(metric)
    changed = await values.definitions.update(metric, group_by_dimensions=(), aggregate_function="count")
    assert await _rows(client, metric, at=NOON) == LISTED
    await values.series.add(changed, [Given("ann", "[]", AT - 1, None)])
    await values.serve(changed)
    assert await _rows(client, metric, at=NOON) == [("ann", "1", "1")]


async def test_a_series_has_the_rolling_value_at_each_instant(values: MetricValues, client: httpx.AsyncClient) -> None:
    counted = await values.metric(_purchases(), group_by_dimensions=SUM["group_by_dimensions"])
    asked = {"customerId": "bob", "from": format_ms(AT - DAY), "to": format_ms(AT + 1), "step": "day"}
    shown = await _shown(client, counted, "series", **asked)
    points = [{"at": format_ms(AT - DAY), "value": "0"}, {"at": NOON, "value": "2"}]
    assert shown == {
        "metricId": metric_text(counted.id),
        **asked,
        "series": [{"dimensions": {"store.country": "FR", "vip": "1.5"}, "points": points}],
    }
    least = await values.metric([Given("ann", "[]", AT, Decimal("-1.50"))], aggregate_function="min")
    for customer, value in (("ann", "-1.5"), ("nobody", None)):
        asked = {"customerId": customer, "from": format_ms(AT), "to": format_ms(AT + 7_200_000), "step": "hour"}
        (only,) = (await _shown(client, least, "series", **asked))["series"]
        assert [point["value"] for point in only["points"]] == [None, value, value]
    by_default = await _shown(client, least, "series", customerId="ann")
    assert [len(one["points"]) for one in by_default["series"]] == [31]
    first = await _shown(client, least, "series", customerId="ann", to="0001-01-02T00:00:00Z")
    assert (first["from"], len(first["series"][0]["points"])) == ("0001-01-01T00:00:00.000Z", 2)


async def test_an_explanation_has_the_records_of_the_window(values: MetricValues, client: httpx.AsyncClient) -> None:
    given = [Given("ann", "[]", AT - at, Decimal("2.50") if at else None) for at in (0, 0, 1, DAY, 30 * DAY, 31 * DAY)]
    metric = await values.metric(given, aggregate_function="sum")
    asked = {"customerId": "ann", "at": format_ms(AT + 1), "limit": 2}
    first = await _shown(client, metric, "explain", **asked)
    assert (first["value"], first["recordCount"], first["to"]) == ("5", "2", format_ms(AT + 1))
    rest = await _shown(client, metric, "explain", customerId="ann", limit=2, cursor=first["nextCursor"])
    assert (rest["value"], rest["to"], rest["nextCursor"]) == ("5", first["to"], None)
    assert [(one["eventTime"], one["counted"], one["reason"], one["number"]) for one in first["records"]] == [
        (NOON, False, "not_numeric", None)
    ] * 2
    assert [(one["eventTime"], one["counted"], one["reason"], one["number"]) for one in rest["records"]] == [
        (format_ms(AT - at), True, None, "2.5") for at in (1, DAY)
    ]
    record = rest["records"][0]
    assert record["kind"] == "interaction"
    assert record["href"] == f"/api/interactions/{record['id']}"
    await values.series.add(metric, [Given("eve", "[]", AT, None)], kind="e")
    of_event = await _shown(client, metric, "explain", customerId="eve", at=format_ms(AT + 1))
    assert of_event["value"] == "0"
    assert of_event["records"][0]["href"] == f"/api/v1/events/{of_event['records'][0]['id']}"
    await values.store(metric, AT)
    assert (await _shown(client, metric, "explain", customerId="ann"))["to"] == NOON


async def test_dimensions_name_what_is_explained(values: MetricValues, client: httpx.AsyncClient) -> None:
    metric = await values.metric(_purchases(), **SUM)
    asked = {"customerId": "bob", "at": NOON}
    for given in ('{"vip": 1.50, "store.country": "FR"}', '{"store.country": "FR", "vip": 15e-1}'):
        assert (await _shown(client, metric, "explain", dimensions=given, **asked))["recordCount"] == "2"
    for wrong in (None, "{}", "[1]", '{"vip": 1}', '{"store.country": "FR", "vip": 1, "x": 2}', "\ud800{", "{" * 5_000):
        params = asked if wrong is None else {**asked, "dimensions": wrong.encode("utf-8", "replace").decode()}
        refused = await _get(client, metric, "explain", **params)
        assert refused.status_code == 422, wrong
        assert refused.json()["error"]["details"][0]["field"] == "dimensions"


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("values", {"limit": 1_001}, "limit"),
    ("values", {"limit": 0}, "limit"),
    ("values", {"at": "soon"}, "at"),
    ("values", {"customer_id": "ann"}, "customer_id"),
    ("series", {}, "customerId"),
    ("series", {"customerId": "ann", "step": "month"}, "step"),
    ("series", {"customerId": "ann", "step": "hour"}, "step"),
    ("series", {"customerId": "ann", "from": NOON, "to": format_ms(AT - 1)}, "from"),
    ("explain", {}, "customerId"),
    ("explain", {"customerId": "ann", "limit": 101}, "limit"),
    ("explain", {"customerId": "ann", "cursor": "nonsense"}, "cursor"),
    ("explain", {"customerId": "ann", "dimensions": '{"a": 1}'}, "dimensions"),
]
"""Requests, and the parameter at fault."""


async def test_what_cannot_be_read_is_refused(values: MetricValues, client: httpx.AsyncClient) -> None:
    metric = await values.metric()
    for what, params, field in REFUSED:
        refused = await _get(client, metric, what, **params)
        assert refused.status_code == 422, (what, params)
        assert [one["field"] for one in refused.json()["error"]["details"]] == [field]


async def test_what_the_serving_tables_lack_is_not_computed(values: MetricValues, client: httpx.AsyncClient) -> None:
    metric = await values.metric([Given("bob", "[]", AT - 1, None)], compute_mode="realtime", window_days=None)
    await values.store(metric, AT)
    async with values.series.entered() as conn:
        await conn.execute("UPDATE series_starts SET next_offset = 1")
    assert [row[-1] for row in await _rows(client, metric, customerId="bob")] == ["1"]
    for what in ("values", "series", "explain"):
        answer = await _get(client, metric, what, customerId="bob", at=NOON)
        assert (answer.status_code, "Retry-After" in answer.headers) == (503, True), what


async def test_an_instant_without_customer_takes_bounded_time(
    values: MetricValues, log: MemoryEventLog, settings: MetricsSettings, callers: Callers
) -> None:
    metric = await values.metric([Given("bob", "[]", AT - 1, None)])
    async with values.series.entered() as conn:
        await conn.execute(SLOW_WINDOWS)
    hurried = settings.model_copy(update={"database_statement_timeout_s": 0.1})
    async with serving(create_service_app(SERVICE, hurried, log=log), headers=callers.user()) as client:
        refused = await _get(client, metric, "values", at=NOON)
    assert refused.status_code == 503
    assert "`customerId`" in refused.json()["error"]["message"]


async def test_another_tenants_metric_is_not_there(
    values: MetricValues, client: httpx.AsyncClient, callers: Callers
) -> None:
    metric = await values.metric()
    for what in ("values", "series", "explain"):
        path = f"{METRICS_URL}/{metric_text(metric.id)}/{what}"
        answer = await client.get(path, params={"customerId": "ann"}, headers=callers.user(tenant_id="other"))
        assert answer.status_code == 404
        assert (await client.get(path.replace("metric_", "run_"), params={"customerId": "a"})).status_code == 404
        viewer = await client.get(path, params={"customerId": "ann"}, headers=callers.user("viewer"))
        assert viewer.status_code == 200
