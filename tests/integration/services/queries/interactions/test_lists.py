"""Every filter, in every combination, gives the page and total that looking at each row would give."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from libs.contracts.reference import ACTION
from libs.contracts.times import from_ms
from libs.httpkit.errors import ApiError
from libs.httpkit.paging import Page
from services.queries.interactions import store
from services.queries.interactions.filters import page_request
from services.queries.interactions.model import Criteria, DateField, JsonFilter, Operator, PageRequest
from tests.support.queries.history import World
from tests.support.queries.history_data import DAY_MS, TENANTS, Data, by_hand, filled, numbers
from tests.support.records import START_MS, interaction, recorded


@pytest.fixture(params=("rare", "frequent"))
def facets_are(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """In event-time order rare facets are found in another way than frequent ones."""
    monkeypatch.setattr(store, "ENTRIES_PER_ROW", 0 if request.param == "rare" else 10**9)


@pytest.mark.usefixtures("facets_are")
async def test_every_filter_equals_looking_at_each_row(world: World) -> None:
    data = Data(seed=1)
    history = await filled(world, data)
    for turn in range(500):
        tenant_id = data.rng.choice(TENANTS)
        criteria = data.random_criteria(tenant_id)
        expected = by_hand(data.rows[tenant_id], criteria)
        limit = data.rng.choice((1, 7, 50, 100))
        page = data.rng.choice((1, 1, 2, max(1, len(expected) // limit), 40))
        listed = await history.find(tenant_id, criteria, PageRequest((page - 1) * limit, limit), page)
        told = f"turn {turn}: {criteria}"
        assert listed.total == len(expected), told
        assert numbers(listed.items) == expected[(page - 1) * limit : page * limit], told
        assert (listed.next_cursor is not None) == (page * limit < len(expected)), told


@pytest.mark.usefixtures("facets_are")
@pytest.mark.parametrize("date_field", DateField)
async def test_cursors_walk_the_whole_list_once(world: World, date_field: DateField) -> None:
    data = Data(seed=2)
    history = await filled(world, data)
    cases = [
        Criteria(date_field=date_field),
        Criteria(date_field=date_field, action="READ"),
        Criteria(date_field=date_field, user_id="ann"),
        Criteria(date_field=date_field, resource_id="order-1", origin="API"),
        Criteria(date_field=date_field, start=from_ms(START_MS + DAY_MS), end=from_ms(START_MS + 3 * DAY_MS)),
    ]
    for criteria in cases:
        walked: list[int] = []
        cursor: str | None = None
        while True:
            asked = page_request(Page(1, 90), cursor, date_field)
            listed = await history.find("default", criteria, asked, asked.after.page if asked.after else 1)
            walked += numbers(listed.items)
            cursor = listed.next_cursor
            if cursor is None:
                break
        assert walked == by_hand(data.rows["default"], criteria), criteria


async def test_a_mnemonic_nobody_knows_or_used_finds_nothing(world: World) -> None:
    history = await filled(world, Data(seed=3))
    await world.apply([recorded(interaction(10**7, **{ACTION: "READ"}))])
    for criteria in (Criteria(action="NEVER"), Criteria(resource_type="FILE", origin="NOWHERE")):
        listed = await history.find("default", criteria, PageRequest(0, 50), 1)
        assert (listed.total, listed.items, listed.next_cursor) == (0, [], None)


async def test_a_list_of_nothing_is_empty(world: World) -> None:
    history = world.history()
    for criteria in (Criteria(), Criteria(user_id="ann"), Criteria(end=datetime(2026, 1, 1, tzinfo=UTC))):
        listed = await history.find("default", criteria, PageRequest(0, 50), 1)
        assert (listed.total, listed.items) == (0, [])


async def test_a_json_filter_that_takes_too_long_is_refused(world: World) -> None:
    big = b"[" + b",".join([b'{"k":[1,2,3]}'] * 5_000) + b"]"
    await world.apply([recorded(interaction(number, json=big)) for number in range(1, 101)])
    history = world.history(search_timeout_s=0.001)
    criteria = Criteria(json_filters=(JsonFilter(("4999", "k"), Operator.EQUALS, [1]),))
    with pytest.raises(ApiError) as caught:
        await history.find("default", criteria, PageRequest(0, 50), 1)
    assert caught.value.status == 503
    assert "Retry-After" in caught.value.headers
