"""Health over HTTP: figures of ranges, buckets and groups against each result looked at, limits, and refusals."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import pytest

from libs.contracts.critical_interactions import Result
from libs.contracts.times import format_ms
from tests.support.monitoring.defining import create, delete
from tests.support.monitoring.health import Service, result
from tests.support.records import START_MS

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
STEPS = {"minute": MINUTE_MS, "15 minutes": 15 * MINUTE_MS, "hour": HOUR_MS, "6 hours": 6 * HOUR_MS, "day": DAY_MS}
EMPTY = {
    **dict.fromkeys(("completed", "errored", "aborted", "total"), 0),
    **dict.fromkeys(("apdex", "strictApdex", "errorRate", "p50", "p95", "p99")),
    "categories": dict.fromkeys(("excellent", "good", "average", "poor"), 0),
    "errors": dict.fromkeys(("timeout", "sequence_violation"), 0),
    "aborts": dict.fromkeys(("global", "forbidden", "stopped", "deleted"), 0),
    "throughputPerMinute": 0.0,
}


def counted(figures: dict[str, Any], results: Sequence[Result]) -> None:
    """Compare figures with the results that they are of."""
    outcomes = [one.outcome for one in results]
    assert [figures[name] for name in ("completed", "errored", "aborted")] == [
        outcomes.count(name) for name in ("completed", "errored", "aborted")
    ]
    scores = [one.score for one in results if one.score is not None]
    assert figures["apdex"] == (pytest.approx(sum(scores) / len(scores)) if scores else None)
    durations = sorted(one.duration_ms for one in results if one.duration_ms is not None)
    middle = durations[(len(durations) - 1) // 2] if durations else None
    assert figures["p50"] == (None if middle is None else pytest.approx(middle, rel=0.0101, abs=0.051))


async def test_any_range_has_the_results_that_ended_in_it(service: Service) -> None:
    rng = random.Random(5)
    definition_id = await create(service.client)
    results = [
        result(
            name,
            rng.choice((rng.randrange(HOUR_MS), rng.randrange(200 * DAY_MS))),
            rng.choice((None, rng.randrange(400))),
            interaction_id=definition_id,
            version=rng.randrange(1, 3),
            dimensions={"origin": rng.choice(("WEBAPP", "API", "", None))},
        )
        for name in range(300)
    ]
    await service.count(*results)
    for _ in range(40):
        length_ms = rng.choice((1, MINUTE_MS, HOUR_MS, 5 * HOUR_MS, DAY_MS, 6 * DAY_MS, 30 * DAY_MS, 300 * DAY_MS))
        since = START_MS + rng.choice((0, rng.randrange(200 * DAY_MS))) - rng.randrange(2 * length_ms)
        group_by = rng.choice(("origin", "version"))
        shown = await service.shown("health", **{"from": since, "to": since + length_ms, "groupBy": group_by})
        _check(shown, results, since, since + length_ms, group_by)


def _check(shown: Any, results: Sequence[Result], since: int, until: int, group_by: str) -> None:
    from_ms, to_ms, step = shown["from"], shown["to"], STEPS[shown["granularity"]]
    assert from_ms == since // MINUTE_MS * MINUTE_MS
    assert to_ms == -(-until // MINUTE_MS) * MINUTE_MS
    inside = [one for one in results if from_ms <= one.ended_at < to_ms]
    counted(shown["total"], inside)
    starts = list(range(from_ms // step * step, to_ms, step))
    assert [bucket["start"] for bucket in shown["series"]] == starts
    for bucket in shown["series"]:
        counted(bucket, [one for one in inside if 0 <= one.ended_at - bucket["start"] < step])
    values = {_value(one, group_by) for one in inside}
    assert {group["value"] for group in shown["groups"]} == values
    assert [group["total"] for group in shown["groups"]] == sorted(
        (group["total"] for group in shown["groups"]), reverse=True
    )
    for group in shown["groups"]:
        its = [one for one in inside if _value(one, group_by) == group["value"]]
        counted(group, its)
        assert [bucket["start"] for bucket in group["series"]] == starts
        assert sum(bucket["total"] for bucket in group["series"]) == len(its)


def _value(one: Result, group_by: str) -> str | None:
    return str(one.version) if group_by == "version" else one.dimensions[group_by]


async def test_a_new_definition_has_empty_buckets_of_the_last_hour(service: Service) -> None:
    await create(service.client)
    shown = await service.shown("health")
    assert (shown["granularity"], shown["total"]) == ("minute", EMPTY)
    assert len(shown["series"]) in {60, 61}
    assert all(bucket == {"start": bucket["start"], **EMPTY} for bucket in shown["series"])
    assert "groups" not in shown


@pytest.mark.parametrize(
    ("length_ms", "granularity"),
    [
        (6 * HOUR_MS, "minute"),
        (6 * HOUR_MS + 1, "15 minutes"),
        (DAY_MS, "15 minutes"),
        (7 * DAY_MS, "hour"),
        (31 * DAY_MS, "6 hours"),
        (31 * DAY_MS + 1, "day"),
    ],
)
async def test_a_range_is_cut_by_its_length(service: Service, length_ms: int, granularity: str) -> None:
    await create(service.client)
    since = START_MS // DAY_MS * DAY_MS
    shown = await service.shown("health", **{"from": since, "to": since + length_ms})
    assert shown["granularity"] == granularity
    assert len(shown["series"]) == -(-length_ms // STEPS[granularity])


async def test_times_are_milliseconds_or_rfc_3339(service: Service) -> None:
    definition_id = await create(service.client)
    await service.count(result("a", duration_ms=5, interaction_id=definition_id))
    in_ms = await service.shown("health", **{"from": START_MS, "to": START_MS + HOUR_MS})
    in_text = await service.shown("health", **{"from": format_ms(START_MS), "to": format_ms(START_MS + HOUR_MS)})
    assert in_ms["total"]["completed"] == 1
    assert {**in_ms, "asOf": None} == {**in_text, "asOf": None}
    first, last = "0001-01-01T00:00:00Z", "0001-01-02T00:00:00Z"
    assert (await service.shown("health", **{"from": first, "to": last}))["total"] == EMPTY
    last_day = {"from": "9999-12-31", "to": "9999-12-31T23:59:59.999Z"}
    assert (await service.shown("health", **last_day))["to"] == 253402300800000


@pytest.mark.parametrize(
    ("path", "params", "field"),
    [
        ("health", {"from": "noon"}, "from"),
        ("health", {"to": "10000-01-01T00:00:00Z"}, "to"),
        ("health", {"from": START_MS, "to": START_MS}, "from"),
        ("health", {"granularity": "second"}, "granularity"),
        ("health", {"groupBy": "country"}, "groupBy"),
        ("health", {"from": START_MS, "to": START_MS + 8 * DAY_MS, "granularity": "minute"}, "granularity"),
        ("results", {"outcome": "COMPLETED"}, "outcome"),
        ("results", {"cause": "late"}, "cause"),
        ("results", {"category": "excellent"}, "category"),
        ("results", {"limit": 101}, "limit"),
        ("results", {"cursor": "x"}, "cursor"),
        ("results", {"from": 2, "to": 1}, "from"),
        ("suggested-limits", {"from": "9" * 16}, "from"),
    ],
)
async def test_what_cannot_be_answered_is_refused_by_name(
    service: Service, path: str, params: dict[str, Any], field: str
) -> None:
    await create(service.client)
    answer = await service.get(path, **params)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (422, "VALIDATION_ERROR")
    assert field in error["cause"]


async def test_the_dimensions_there_are_are_named(service: Service) -> None:
    await create(service.client, dimensions=["origin", "country"])
    error = (await service.get("health", groupBy="Origin")).json()["error"]
    assert "'origin' or 'country' or 'version'" in error["cause"]


async def test_a_definition_that_is_not_there_has_no_health(service: Service) -> None:
    await create(service.client)
    await delete(service.client)
    for path in ("health", "results", "suggested-limits"):
        assert (await service.get(path)).status_code == 404
        assert (await service.client.get(f"/v1/interactions/Checkout/{path}", headers={})).status_code == 404


async def test_limits_are_suggested_from_twenty_completed_ones_on(service: Service) -> None:
    definition_id = await create(service.client)
    since = {"from": START_MS, "to": START_MS + HOUR_MS}
    durations = [100] * 12 + [200] * 4 + [3_000] * 3
    await service.count(
        *(result(place, place, ms, interaction_id=definition_id) for place, ms in enumerate(durations)),
        result("errored", interaction_id=definition_id),
    )
    few = await service.shown("suggested-limits", **since)
    assert few == {"sample": 19, **dict.fromkeys(few.keys() - {"sample"})}
    await service.count(result("one more", 30, 0, interaction_id=definition_id))
    shown = await service.shown("suggested-limits", **since)
    lower, mid, upper = (shown[f"uptime{name}LimitInMs"] for name in ("Lower", "Mid", "Upper"))
    assert (lower, mid, upper) == (
        pytest.approx(100, rel=0.02),
        pytest.approx(200, rel=0.02),
        pytest.approx(3_000, rel=0.02),
    )
    assert shown["thresholdInMs"] == 2 * upper


async def test_an_answer_says_how_far_it_is_decided(service: Service) -> None:
    await create(service.client)
    answer = await service.get("health")
    assert answer.headers["waymark-as-of"] == "1970-01-01T00:00:00.000Z"
    assert answer.json()["data"]["asOf"] == 0


async def test_any_credential_of_a_viewer_may_read_health(service: Service) -> None:
    await create(service.client)
    for path in ("health", "results", "suggested-limits"):
        url = f"/v1/interactions/Checkout/{path}"
        token = {"authorization": service.callers.user("viewer")["authorization"], "user-email": ""}
        assert (await service.client.get(url, headers=token)).status_code == 200
        nobody = {"authorization": "", "user-email": ""}
        assert (await service.client.get(url, headers=service.callers.key("viewer") | nobody)).status_code == 200
        assert (await service.client.get(url, headers=nobody)).status_code == 401


async def test_open_matches_and_records_without_effect_are_those_of_the_matching(service: Service) -> None:
    definition_id = await create(service.client)
    schema = "monitoring_matches_g1"
    async with service.world.projector.transaction() as conn:
        for tenant_id, partition in (("acme", 0), ("acme", 1), ("other", 0)):
            await conn.execute(
                f"INSERT INTO {schema}.open_matches (tenant_id, definition_id, partition, n) VALUES ($1, $2, $3, 2)",
                tenant_id,
                definition_id,
                partition,
            )
            for minute in (-1, 0, 59, 60):
                await conn.execute(
                    f"INSERT INTO {schema}.counts VALUES ($1, $2, $3, $4, 9, 1, 3)",
                    tenant_id,
                    definition_id,
                    START_MS // MINUTE_MS + minute,
                    partition,
                )
    since = START_MS // MINUTE_MS * MINUTE_MS
    shown = await service.shown("health", **{"from": since, "to": since + HOUR_MS})
    assert (shown["open"], shown["late"], shown["notOpened"]) == (4, 4, 12)
