"""Any timeline and any activity search gives what looking at each row would give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from libs.contracts.interactions import Interaction
from libs.contracts.reference import ACTION, CATALOG_KINDS, ORIGIN, RESOURCE_TYPE
from libs.contracts.times import from_ms, parse_time
from libs.httpkit.errors import ApiError
from libs.httpkit.paging import Page
from services.queries.interactions.model import (
    ActivityCriteria,
    Criteria,
    DateField,
    PageRequest,
    ResourceWanted,
    Timeline,
)
from services.queries.interactions.render import timeline_json
from services.queries.interactions.timeline import DAY, Granularity, Window
from tests.support.queries.history import World
from tests.support.queries.history_data import DAY_MS, RESOURCES, TENANTS, USERS, Data, by_hand, filled, numbers
from tests.support.records import NAMES, START_MS, catalog_of, interaction, recorded

DECEMBER = datetime(2025, 12, 1, tzinfo=UTC)


def at_of(row: Interaction, date_field: DateField) -> datetime:
    return parse_time(row.event_time if date_field is DateField.EVENT else row.created_date)


def counted(rows: Sequence[Interaction], window: Window, kind: str | None, date_field: DateField) -> dict[str, Any]:
    """A timeline by hand."""
    groups = {getattr(row, kind) for row in rows} if kind else {""}
    length = window.buckets[1] - window.buckets[0] if window.bucket_count > 1 else DAY
    counts: Counter[tuple[str, int]] = Counter()
    for row in rows:
        place = (at_of(row, date_field) - window.buckets[0]) // length
        counts[getattr(row, kind) if kind else "", place] += 1
    by_group = {group: [counts[group, place] for place in range(window.bucket_count)] for group in groups}
    return timeline_json(window, Timeline(by_group, kind is not None, DECEMBER))


async def test_every_timeline_equals_looking_at_each_row(world: World) -> None:
    data = Data(seed=5)
    history = await filled(world, data)
    rng = data.rng
    for turn in range(150):
        tenant_id, date_field = rng.choice(TENANTS), rng.choice(tuple(DateField))
        start = from_ms(START_MS + rng.randrange(-4 * DAY_MS, 5 * DAY_MS) // rng.choice((1, 900_000)) * 1)
        if rng.random() < 0.4:
            start = start.replace(hour=rng.choice((0, start.hour)), minute=0, second=0, microsecond=0)
        end = start + rng.choice((timedelta(milliseconds=1), timedelta(hours=3), 2 * DAY, timedelta(days=6, seconds=7)))
        window = Window(start, end, rng.choice(tuple(Granularity)))
        facets: dict[str, Any] = {
            name: rng.choice(NAMES[kind]).lower()
            for name, kind in (("resource_type", RESOURCE_TYPE), ("action", ACTION), ("origin", ORIGIN))
            if rng.random() < 0.3
        }
        criteria = Criteria(date_field=date_field, **facets)
        kind = rng.choice((None, None, *CATALOG_KINDS))
        within = set(by_hand(data.rows[tenant_id], Criteria(start=start, end=end, date_field=date_field, **facets)))
        rows = [row for row in data.rows[tenant_id] if row.interaction_number in within]
        shown = timeline_json(window, await history.timeline(tenant_id, criteria, window, kind))
        told = f"turn {turn}: {criteria} {window} {kind}"
        assert shown["total"] == len(rows), told
        assert shown == counted(rows, window, kind, date_field), told


async def test_reads_before_and_after_a_merge_agree(world: World) -> None:
    data = Data(seed=8)
    bodies = [(tenant_id, row) for tenant_id, rows in data.rows.items() for row in rows]
    data.rng.shuffle(bodies)
    history = world.history(catalog_of(*TENANTS))
    window = Window(DECEMBER, DECEMBER + 90 * DAY, Granularity.HOUR)

    async def answers() -> list[Any]:
        found: list[Any] = []
        for tenant_id in TENANTS:
            for date_field in DateField:
                for kind, asked in ((None, Criteria()), (ORIGIN, Criteria(action="create"))):
                    criteria = replace(asked, date_field=date_field)
                    found.append((await history.timeline(tenant_id, criteria, window, kind)).groups)
                    listed = await history.find(tenant_id, criteria, PageRequest(5, 20), 1)
                    found.append((listed.total, numbers(listed.items)))
        return found

    half = len(bodies) // 2
    for some in (bodies[:half], bodies[half:]):
        await world.apply([recorded(body, tenant_id) for tenant_id, body in some])
        waiting = await answers()
        await world.merging_at(1).apply([recorded(some[0][1], some[0][0])])
        assert await answers() == waiting


async def test_a_dense_quarter_hour_is_cut_to_the_millisecond(world: World) -> None:
    bodies = [interaction(number) for number in range(1, 40_001, 7)]
    await world.apply([recorded(body) for body in bodies])
    history = world.history(catalog_of("default"))
    for date_field in DateField:
        for first, last in ((100, 101), (5_000, 39_000), (3, 16_390), (20_000, 50_000)):
            start, end = from_ms(START_MS + first), from_ms(START_MS + last)
            timeline = await history.timeline(
                "default", Criteria(action="CREATE", date_field=date_field), Window(start, end, Granularity.HOUR), None
            )
            expected = sum(start <= at_of(body, date_field) < end for body in bodies)
            assert sum(timeline.groups[""]) == expected, (date_field, first, last)


async def test_a_timeline_of_nothing_has_its_empty_buckets(world: World) -> None:
    window = Window(DECEMBER, DECEMBER + DAY, Granularity.SIX_HOURS)
    for criteria in (Criteria(), Criteria(action="NEVER")):
        shown = timeline_json(window, await world.history().timeline("default", criteria, window, None))
        assert [bucket["count"] for bucket in shown["data"]] == [0, 0, 0, 0]
        assert shown["total"] == 0
        grouped = timeline_json(window, await world.history().timeline("default", criteria, window, ACTION))
        assert [bucket["groups"] for bucket in grouped["data"]] == [[], [], [], []]


async def test_too_many_groups_are_refused(world: World) -> None:
    data = Data(seed=6)
    history = await filled(world, data)
    start = from_ms(START_MS) - 40 * DAY
    window = Window(start, start + 50 * DAY, Granularity.QUARTER)
    assert window.bucket_count < 10_000
    with pytest.raises(ApiError) as caught:
        await history.timeline("default", Criteria(), window, ACTION)
    assert caught.value.status == 422


def activity_by_hand(rows: Sequence[Interaction], criteria: ActivityCriteria) -> list[dict[str, Any]]:
    """The groups of an activity search, in its order."""
    by_event = criteria.rest.date_field
    within = set(by_hand(rows, criteria.rest))
    groups: dict[tuple[str | None, str], list[Interaction]] = {}
    for row in rows:
        wanted = not criteria.resources or any(
            one.resource_id in (None, row.resource_id)
            and (one.resource_type is None or one.resource_type.casefold() == row.resource_type.casefold())
            for one in criteria.resources
        )
        if wanted and row.interaction_number in within:
            groups.setdefault((row.user_id, row.uow_id), []).append(row)
    ordered = sorted(
        groups.items(),
        key=lambda item: (max(at_of(row, by_event) for row in item[1]), max(row.interaction_number for row in item[1])),
        reverse=True,
    )
    return [
        {
            "user_id": user_id,
            "uow_id": uow_id,
            "count": len(found),
            "first": min(at_of(row, by_event) for row in found),
            "last": max(at_of(row, by_event) for row in found),
            "actions": sorted({row.action for row in found}),
            "resources": {(row.resource_type, row.resource_id) for row in found},
        }
        for (user_id, uow_id), found in ordered
    ]


async def test_every_activity_search_equals_looking_at_each_row(world: World) -> None:
    data = Data(seed=7)
    history = await filled(world, data)
    rng = data.rng
    for turn in range(150):
        tenant_id = rng.choice(TENANTS)
        resources = tuple(
            ResourceWanted(
                *rng.choice(
                    [
                        (rng.choice((*RESOURCES, "nowhere")), rng.choice((None, *NAMES[RESOURCE_TYPE], "NEVER"))),
                        (None, rng.choice((*NAMES[RESOURCE_TYPE], "NEVER")).lower()),
                    ]
                )
            )
            for _ in range(rng.choice((0, 1, 1, 2, 4)))
        )
        some = data.random_criteria(tenant_id)
        rest = Criteria(
            user_id=rng.choice((None, None, *USERS[1:])),
            uow_id=some.uow_id,
            action=some.action,
            start=some.start,
            end=some.end,
            date_field=some.date_field,
            json_filters=some.json_filters,
        )
        criteria = ActivityCriteria(resources=resources, rest=rest)
        expected = activity_by_hand(data.rows[tenant_id], criteria)
        page = Page(rng.choice((1, 1, 2)), rng.choice((3, 50)))
        found = await history.activity(tenant_id, criteria, page)
        told = f"turn {turn}: {criteria}"
        assert found.total == len(expected), told
        shown = [
            {
                "user_id": group.user_id,
                "uow_id": group.uow_id,
                "count": group.count,
                "first": group.first,
                "last": group.last,
                "actions": list(group.actions),
                "resources": set(group.resources),
            }
            for group in found.groups
        ]
        assert shown == expected[page.offset : page.offset + page.limit], told
        assert all(group.resource_count == len(group.resources) for group in found.groups)


async def test_a_group_names_a_hundred_resources_and_counts_all(world: World) -> None:
    long = "x" * 1_020
    bodies = [interaction(n, uow_id="unit", resource_id=f"{long}{n}" if n == 1 else f"r{n}") for n in range(1, 131)]
    await world.apply([recorded(body) for body in bodies])
    criteria = ActivityCriteria(resources=(ResourceWanted(None, "ORDER"),))
    [group] = (await world.history().activity("default", criteria, Page(1, 50))).groups
    assert (group.count, group.resource_count, len(group.resources)) == (130, 130, 100)
    only = ActivityCriteria(resources=(ResourceWanted(f"{long}1", None),))
    [group] = (await world.history().activity("default", only, Page(1, 50))).groups
    assert group.resources == [("ORDER", f"{long}1")]


async def test_a_search_that_takes_too_long_is_refused(world: World) -> None:
    await world.apply([recorded(interaction(number)) for number in range(1, 30_000)])
    history = world.history(search_timeout_s=0.001)
    with pytest.raises(ApiError) as caught:
        await history.activity("default", ActivityCriteria(resources=(ResourceWanted(None, "ORDER"),)), Page(1, 50))
    assert caught.value.status == 503
