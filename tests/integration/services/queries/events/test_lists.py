"""Lists, counts and figures of events are what looking at each of them would give."""

from __future__ import annotations

import random
from typing import Any

from libs.contracts.events import Event
from libs.contracts.times import format_ms, from_ms
from services.queries.events.filters import page_request
from services.queries.events.model import Criteria, PageRequest
from services.queries.events.reads import EventReads
from tests.support.queries.events import START_MS, World, event
from tests.support.queries.events_data import (
    TENANTS,
    TYPES,
    actors,
    aggregate,
    in_range,
    matching,
    random_criteria,
    random_events,
)

ROWS = 500


async def filled(world: World, rng: random.Random) -> dict[str, list[Event]]:
    """Random events of both tenants, in batches out of order."""
    events = {tenant_id: random_events(rng, tenant_id, ROWS) for tenant_id in TENANTS}
    mixed = [body for of_tenant in events.values() for body in of_tenant]
    rng.shuffle(mixed)
    for start in range(0, len(mixed), 150):
        await world.apply(mixed[start : start + 150])
    return events


def ids(content: dict[str, Any]) -> list[str]:
    return [shown["id"] for shown in content["events"]]


async def test_every_filter_equals_looking_at_each_event(world: World) -> None:
    for seed in range(3):
        rng = random.Random(seed)
        await world.empty()
        events, history = await filled(world, rng), world.history()
        for turn in range(150):
            tenant_id = rng.choice(TENANTS)
            criteria = random_criteria(rng, events[tenant_id])
            expected = matching(events[tenant_id], criteria)
            limit, offset = rng.choice((1, 7, 50, 100)), rng.choice((0, 0, 3, rng.randrange(ROWS), len(expected)))
            content, _ = await history.find(tenant_id, criteria, PageRequest(offset, limit))
            told = f"seed {seed}, turn {turn}: {criteria}, {offset} + {limit}"
            assert content["total"] == len(expected), told
            assert ids(content) == expected[offset : offset + limit], told
            assert content["hasNext"] == (offset + limit < len(expected)), told
            assert (content["nextCursor"] is not None) == content["hasNext"], told


async def test_cursors_walk_the_whole_list_once(world: World) -> None:
    rng = random.Random(7)
    events, history = await filled(world, rng), world.history()
    for criteria in (Criteria(), Criteria(event_type="order.failed"), Criteria(actor_id="ann", resource_type="ORDER")):
        assert await walked(history, criteria, 33) == matching(events["acme"], criteria), criteria


async def test_cursors_pass_over_nothing_of_the_same_time(world: World) -> None:
    events = [
        event(number, "acme", occurred_at=format_ms(START_MS + number * 7 % 3), type=TYPES[number % 2])
        for number in range(30)
    ]
    await world.apply(events)
    history = world.history()
    for criteria in (
        Criteria(),
        Criteria(event_type=TYPES[0]),
        Criteria(actor_id="ann"),
        Criteria(actor_id="ann", resource_type="ORDER"),
        Criteria(start=from_ms(START_MS + 1)),
    ):
        for limit in range(1, 8):
            assert await walked(history, criteria, limit) == matching(events, criteria), (criteria, limit)


async def walked(history: EventReads, criteria: Criteria, limit: int) -> list[str]:
    """The whole list by its cursors, in pages of `limit`."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        content, _ = await history.find("acme", criteria, page_request(limit, 0, cursor))
        assert content["offset"] == len(found)
        found += ids(content)
        cursor = content["nextCursor"]
        if cursor is None:
            return found


async def test_counts_equal_looking_at_each_event(world: World) -> None:
    rng = random.Random(11)
    events, history = await filled(world, rng), world.history()
    for turn in range(80):
        tenant_id = rng.choice(TENANTS)
        criteria = random_criteria(rng, events[tenant_id])
        expected = in_range(events[tenant_id], criteria)
        told = f"turn {turn}: {criteria.start} to {criteria.end}"
        found, _ = await history.aggregate(tenant_id, criteria.start, criteria.end)
        assert found == aggregate(expected), told
        limit = rng.choice((1, 2, 10))
        stats, _ = await history.by_actor(tenant_id, criteria.start, criteria.end, limit)
        assert stats["actors"] == actors(expected)[:limit], told
        assert stats["hasMore"] == (len(actors(expected)) > limit), told


async def test_nothing_is_an_empty_list_and_nought(world: World) -> None:
    history = world.history()
    content, _ = await history.find("default", Criteria(), PageRequest(0, 100))
    assert (content["events"], content["total"], content["hasNext"]) == ([], 0, False)
    counted, _ = await history.aggregate("default", None, None)
    assert counted == {"byActorType": [], "byEventType": [], "byResourceType": [], "total": 0}
    assert (await history.by_actor("default", None, None, 5))[0] == {"actors": [], "hasMore": False}
