"""The status of objectives over real results: windows up to `asOf`, budgets and burn rates."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from libs.contracts.times import from_ms
from libs.httpkit.positions import AS_OF_HEADER, format_as_of
from services.monitoring.health.freshness import keep
from tests.support.monitoring.defining import create
from tests.support.monitoring.health import Service, result
from tests.support.monitoring.objectives import SLOS_URL, create_slo
from tests.support.records import START_MS

MINUTE_MS = 60_000
WATERMARK_MS = 5_000
AS_OF_MS = START_MS // MINUTE_MS * MINUTE_MS + 30_000


async def _decided(service: Service, as_of_ms: int) -> None:
    async with service.world.projector.transaction() as conn:
        await keep(conn, as_of_ms + WATERMARK_MS)


async def _status(service: Service, slo_id: str) -> dict[str, Any]:
    answer = await service.client.get(f"{SLOS_URL}/{slo_id}/status", headers=service.callers.key("viewer"))
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()["data"]
    assert answer.headers[AS_OF_HEADER] == format_as_of(from_ms(shown["asOf"]))
    return shown


async def test_a_status_counts_what_ended_in_the_window_up_to_as_of(service: Service) -> None:
    definition_id = await create(service.client)
    rules = [{"longMinutes": 10, "shortMinutes": 2, "factor": 2, "severity": "critical"}]
    slo_id = await create_slo(service.client, goodWhen="GOOD", target=0.9, windowMinutes=60, burnRules=rules)
    await _decided(service, AS_OF_MS)
    to_ms = AS_OF_MS - 30_000 + MINUTE_MS
    empty = await _status(service, slo_id)
    assert (empty["asOf"], empty["from"], empty["to"]) == (AS_OF_MS, to_ms - 60 * MINUTE_MS, to_ms)
    assert [
        empty[name] for name in ("good", "bad", "total", "sli", "allowedBad", "budgetSpent", "budgetRemaining")
    ] == [*(0, 0, 0, None, 0, None, None)]
    assert [(rule["longRate"], rule["shortRate"]) for rule in empty["burnRules"]] == [(None, None)]

    ends = {"last": to_ms - 1, "after": to_ms, "first": to_ms - 60 * MINUTE_MS, "before": to_ms - 60 * MINUTE_MS - 1}
    ends |= {"long": to_ms - 10 * MINUTE_MS, "out of long": to_ms - 10 * MINUTE_MS - 1, "short": to_ms - 2 * MINUTE_MS}

    def ended(name: str, at: str, duration_ms: int | None, **changes: Any) -> Any:
        return result(name, ends[at] - START_MS, duration_ms, interaction_id=definition_id, **changes)

    await service.count(
        ended("excellent", "first", 10),
        ended("good", "last", 200),
        ended("average", "long", 300),
        ended("poor", "out of long", 301),
        ended("timeout", "short", None),
        ended("aborted", "last", None, outcome="aborted", cause="global"),
        ended("good before", "before", 10),
        ended("bad after", "after", None),
        result("of another", ends["last"] - START_MS, None, interaction_id=definition_id + 1),
    )
    await service.count(ended("of another tenant", "last", None), tenant_id="other")
    shown = await _status(service, slo_id)
    assert (shown["good"], shown["bad"], shown["total"], shown["sli"], shown["target"]) == (2, 3, 5, 0.4, 0.9)
    assert (shown["allowedBad"], shown["budgetSpent"], shown["budgetRemaining"]) == (0.5, 6.0, -5.0)
    (rule,) = shown["burnRules"]
    assert {name: rule[name] for name in rules[0]} == rules[0]
    assert (rule["longRate"], rule["shortRate"]) == (20 / 3, 5.0)


async def test_goodness_is_at_least_a_category(service: Service) -> None:
    definition_id = await create(service.client)
    await _decided(service, AS_OF_MS)
    durations = {"excellent": 100, "good": 200, "average": 300, "poor": 301}
    await service.count(*(result(name, 0, ms, interaction_id=definition_id) for name, ms in durations.items()))
    for good_when, good in (("COMPLETED", 4), ("AVERAGE", 3), ("GOOD", 2), ("EXCELLENT", 1)):
        shown = await _status(service, await create_slo(service.client, good_when, goodWhen=good_when))
        assert (shown["good"], shown["total"]) == (good, 4)


async def test_a_status_says_up_to_when_it_is_and_goes_back_ninety_days(service: Service) -> None:
    definition_id = await create(service.client)
    slo_id = await create_slo(service.client, windowMinutes=129_600)
    days = timedelta(days=90) // timedelta(milliseconds=1)
    await _decided(service, AS_OF_MS)
    to_ms = AS_OF_MS - 30_000 + MINUTE_MS
    await service.count(
        result("in", to_ms - days - START_MS, 10, interaction_id=definition_id),
        result("out", to_ms - days - 1 - START_MS, None, interaction_id=definition_id),
    )
    assert (await _status(service, slo_id))["total"] == 1
    await _decided(service, AS_OF_MS + MINUTE_MS)
    later = await _status(service, slo_id)
    assert (later["asOf"], later["total"]) == (AS_OF_MS + MINUTE_MS, 0)


async def test_there_is_no_status_of_what_is_not_there(service: Service) -> None:
    await create(service.client)
    slo_id = await create_slo(service.client)
    foreign = await service.client.get(f"{SLOS_URL}/{slo_id}/status", headers=service.callers.key("viewer", "other"))
    missing = await service.client.get(f"{SLOS_URL}/{uuid.UUID(int=7)}/status")
    assert (foreign.status_code, missing.status_code) == (404, 404)
