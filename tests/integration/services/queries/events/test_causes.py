"""The chain of an event's causes: up to the root, to what is missing, to what comes again, or to a hundred."""

from __future__ import annotations

import pytest

from libs.httpkit.errors import NotFound
from services.queries.events.reads import MAX_CAUSES
from tests.support.queries.events import World, event, event_id


async def causes(world: World, number: int) -> tuple[list[str], dict[str, object]]:
    """The ids of the causes, and how the chain ends."""
    content, _ = await world.history().causes("default", event_id(number))
    assert content.pop("eventId") == event_id(number)
    return [cause["id"] for cause in content.pop("causes")], content


async def test_a_chain_ends_at_its_root(world: World) -> None:
    await world.apply([event(n, causation_id=event_id(n - 1) if n else None) for n in (2, 0, 3, 1)])
    ids, end = await causes(world, 3)
    assert ids == [event_id(2), event_id(1), event_id(0)]
    assert end == {"complete": True, "missing": None, "cycle": False, "truncated": False}
    assert (await causes(world, 0))[0] == []


@pytest.mark.parametrize("missing", [event_id(99), "a message of another system"])
async def test_a_cause_that_is_not_here_is_named(world: World, missing: str) -> None:
    await world.apply([event(1, causation_id=missing), event(2, causation_id=event_id(1).upper())])
    ids, end = await causes(world, 2)
    assert ids == [event_id(1)]
    assert end == {"complete": False, "missing": missing, "cycle": False, "truncated": False}


async def test_a_cycle_ends_where_it_closes(world: World) -> None:
    await world.apply([event(1, causation_id=event_id(2)), event(2, causation_id=event_id(1))])
    await world.apply([event(3, causation_id=event_id(2)), event(4, causation_id=event_id(4))])
    closed = {"complete": False, "missing": None, "cycle": True, "truncated": False}
    assert await causes(world, 1) == ([event_id(2)], closed)
    assert await causes(world, 3) == ([event_id(2), event_id(1)], closed)
    assert await causes(world, 4) == ([], closed)


async def test_a_long_chain_is_cut(world: World) -> None:
    last = MAX_CAUSES + 1
    await world.apply([event(n, causation_id=event_id(n - 1) if n else None) for n in range(last + 1)])
    ids, end = await causes(world, last)
    assert (len(ids), ids[-1]) == (MAX_CAUSES, event_id(1))
    assert end == {"complete": False, "missing": None, "cycle": False, "truncated": True}
    ids, end = await causes(world, last - 1)
    assert (len(ids), end["complete"], end["truncated"]) == (MAX_CAUSES, True, False)


async def test_another_tenants_event_is_no_cause(world: World) -> None:
    await world.apply([event(1, "acme"), event(2, causation_id=event_id(1, "acme"))])
    ids, end = await causes(world, 2)
    assert (ids, end["missing"]) == ([], event_id(1, "acme"))
    with pytest.raises(NotFound):
        await world.history().causes("default", event_id(1, "acme"))
