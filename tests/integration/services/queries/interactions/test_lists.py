"""Every filter, in every combination, gives the page and total that looking at each row would give."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from libs.contracts.reference import ACTION
from libs.contracts.times import format_ms, from_ms
from libs.httpkit.errors import ApiError
from libs.httpkit.paging import Page
from services.queries.interactions import store
from services.queries.interactions.filters import page_request
from services.queries.interactions.json_filters import parse_json_filters
from services.queries.interactions.model import Criteria, DateField, JsonFilter, Operator, PageRequest
from services.queries.interactions.reads import HistoryReads
from tests.support.queries.history import World
from tests.support.queries.history_data import DAY_MS, TENANTS, Data, by_hand, filled, numbers
from tests.support.records import NAMES, START_MS, interaction, recorded


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
        assert await walked(history, criteria, 90) == by_hand(data.rows["default"], criteria), criteria


@pytest.mark.usefixtures("facets_are")
async def test_cursors_pass_over_nothing_of_the_same_time(world: World) -> None:
    rows = [
        interaction(
            number,
            interaction_timestamp=format_ms(START_MS + number * 7 % 3),
            user_id="ann",
            **{ACTION: NAMES[ACTION][number % 2]},
        )
        for number in range(1, 30)
    ]
    await world.apply([recorded(row) for row in rows])
    history = world.history()
    for criteria in (
        Criteria(),
        Criteria(action="READ"),
        Criteria(user_id="ann"),
        Criteria(start=from_ms(START_MS + 1)),
    ):
        by_event = replace(criteria, date_field=DateField.EVENT)
        for limit in range(1, 8):
            assert await walked(history, by_event, limit) == by_hand(rows, by_event), (criteria, limit)


async def walked(history: HistoryReads, criteria: Criteria, limit: int) -> list[int]:
    """The whole list by its cursors, in pages of `limit`."""
    found: list[int] = []
    cursor: str | None = None
    while True:
        asked = page_request(Page(1, limit), cursor, criteria.date_field)
        listed = await history.find("default", criteria, asked, asked.after.page if asked.after else 1)
        found += numbers(listed.items)
        cursor = listed.next_cursor
        if cursor is None:
            return found


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


async def test_decimals_are_compared_as_they_were_sent(world: World) -> None:
    sent = ("1.000000000000000001", "1.0", "1", "0.1", "1e-300", "100000000000000000000000.5", "9007199254740993")
    await world.apply([recorded(interaction(at, json=b'{"a": %b}' % sent[at].encode())) for at in range(1, 7)])
    await world.apply([recorded(interaction(100, json=b'{"a": 1.000000000000000001}'))])
    history = world.history()
    for value, expected in (
        ("1.000000000000000001", [100]),
        ("1.000000000000000002", []),
        ("1.00", [2, 1]),
        ("0.10", [3]),
        ("1E-300", [4]),
        ("100000000000000000000000.50", [5]),
        ("9007199254740993", [6]),
        ("9007199254740992", []),
        ("9007199254740992.0", []),
    ):
        for operator in ("equals", "contains"):
            filters = parse_json_filters(f'[{{"path":"a","operator":"{operator}","value":{value}}}]')
            found = await walked(history, Criteria(json_filters=filters), 50)
            assert found == (expected if operator == "equals" else []), (operator, value)


async def test_no_row_can_make_a_filter_fail(world: World) -> None:
    """What the door refuses now may be in the log from before."""
    hostile = (b"1e-20000", b"0." + b"3" * 17_000, b"1e400000", b"[1e-20000]", b'{"b": 1e-20000}')
    rows = [recorded(interaction(at, json=b'{"a": %b}' % value)) for at, value in enumerate(hostile, start=1)]
    await world.apply(
        [*rows, recorded(interaction(10, json=b'{"a": 5}')), recorded(interaction(11, json=b'{"a": [5]}'))]
    )
    history = world.history()
    for operator, value, expected in (
        ("equals", "5", [10]),
        ("equals", "[5]", [11]),
        ("contains", "5", [11]),
        ("startsWith", '"5"', []),
        ("exists", "true", [11, 10, 5, 4, 3, 2, 1]),
    ):
        filters = parse_json_filters(f'[{{"path":"a","operator":"{operator}","value":{value}}}]')
        assert await walked(history, Criteria(json_filters=filters), 50) == expected, (operator, value)


async def test_a_json_filter_that_takes_too_long_is_refused(world: World) -> None:
    big = b"[" + b",".join([b'{"k":[1,2,3]}'] * 5_000) + b"]"
    await world.apply([recorded(interaction(number, json=big)) for number in range(1, 101)])
    history = world.history(search_timeout_s=0.001)
    criteria = Criteria(json_filters=(JsonFilter(("4999", "k"), Operator.EQUALS, [1]),))
    with pytest.raises(ApiError) as caught:
        await history.find("default", criteria, PageRequest(0, 50), 1)
    assert caught.value.status == 503
    assert "Retry-After" in caught.value.headers
