"""Every filter, in every combination, gives the page and total that looking at each row would give."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from libs.contracts.interactions import Interaction
from libs.contracts.reference import ACTION, CATALOG_KINDS, ORIGIN, RESOURCE_TYPE
from libs.contracts.times import format_ms, from_ms, parse_time
from libs.httpkit.errors import ApiError
from libs.httpkit.paging import Page
from services.queries.interactions import store
from services.queries.interactions.filters import page_request
from services.queries.interactions.model import Criteria, DateField, JsonFilter, Operator, PageRequest
from services.queries.interactions.reads import HistoryReads
from tests.integration.services.queries.interactions.world import (
    NAMES,
    START_MS,
    World,
    catalog_of,
    interaction,
    recorded,
)

TENANTS = ("default", "acme")
ROWS = 700
DAY_MS = 86_400_000
USERS = (None, "ann", "bob", "élise")
RESOURCES = ("order-1", "order-2", "a/b c", "%_'")
VALUES: tuple[Any, ...] = (1, 1.5, "red", "reddish", "", True, None, [1, "red"], {"b": 1})


class Data:
    """Rows in plain Python, numbers far apart so that they lie in many blocks."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.rows: dict[str, list[Interaction]] = {tenant: self._rows(tenant) for tenant in TENANTS}

    def _rows(self, tenant_id: str) -> list[Interaction]:
        rng, rows, number, at_ms = self.rng, [], 0, START_MS
        for index in range(ROWS):
            number += rng.choice((1, 1, 3, 700, 9_000))
            at_ms += rng.choice((0, 0, 1, 7, DAY_MS // 100))
            event_ms = at_ms - rng.randrange(30) * DAY_MS // 10
            rows.append(
                interaction(
                    number,
                    tenant_id,
                    created_date=format_ms(at_ms),
                    interaction_timestamp=rng.choice((None, format_ms(event_ms))),
                    user_id=rng.choice(USERS),
                    resource_id=rng.choice(RESOURCES),
                    uow_id=f"unit-{index // 7}",
                    external_reference=rng.choice((None, "ref-1", "ref-2")),
                    json=orjson.dumps({"a": rng.choice(VALUES), "n": {"x": [index % 3]}}),
                    **{kind: rng.choice(NAMES[kind]) for kind in CATALOG_KINDS},
                )
            )
        return rows

    def random_criteria(self, tenant_id: str) -> Criteria:
        """Each filter now and then, with values that are mostly there."""
        rng = self.rng
        some = rng.choice(self.rows[tenant_id])

        def maybe(value: Any, chance: float = 0.25) -> Any:
            return value if rng.random() < chance else None

        start, end = sorted((self._time(some), self._time(rng.choice(self.rows[tenant_id]))))
        return Criteria(
            resource_id=maybe(some.resource_id),
            interaction_id=maybe(some.interaction_id, 0.03),
            uow_id=maybe(some.uow_id, 0.1),
            external_reference=maybe(rng.choice(("ref-1", "ref-2"))),
            user_id=maybe(rng.choice(USERS)),
            action=maybe(rng.choice((some.action.lower(), some.action))),
            resource_type=maybe(some.resource_type.title()),
            origin=maybe(some.origin),
            start=maybe(start, 0.4),
            end=maybe(end + timedelta(milliseconds=1), 0.4),
            date_field=rng.choice((DateField.CREATED, DateField.CREATED, DateField.EVENT)),
            json_filters=self._json_filters() if rng.random() < 0.15 else (),
        )

    def _time(self, row: Interaction) -> datetime:
        return parse_time(self.rng.choice((row.created_date, row.event_time)))

    def _json_filters(self) -> tuple[JsonFilter, ...]:
        rng = self.rng
        operator = rng.choice(tuple(Operator))
        value = rng.choice(VALUES)
        if operator is Operator.EXISTS:
            return (
                JsonFilter(rng.choice((("a",), ("a", "b"), ("n", "x", "0"), ("z",))), operator, rng.random() < 0.7),
            )
        if operator is Operator.STARTS_WITH:
            return (JsonFilter(("a",), operator, rng.choice(("red", "", "x"))),)
        return (JsonFilter(("a",), operator, value), JsonFilter(("n", "x", "0"), Operator.EQUALS, rng.randrange(3)))


def holds(json_filter: JsonFilter, row: Interaction) -> bool:
    """A JSON filter, by hand."""
    value = orjson.loads(bytes(row.interaction))
    there = True
    for part in json_filter.path:
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            there = False
            break
    wanted = json_filter.value
    match json_filter.operator:
        case Operator.EXISTS:
            return there is wanted
        case Operator.EQUALS:
            return there and same(value, wanted)
        case Operator.STARTS_WITH:
            return there and isinstance(value, str) and value.startswith(wanted)
        case Operator.CONTAINS if there and isinstance(value, str):
            return isinstance(wanted, str) and wanted in value
        case Operator.CONTAINS:
            return there and isinstance(value, list) and any(same(member, wanted) for member in value)
    return False


def same(one: Any, other: Any) -> bool:
    """JSON equality: true is not 1, 1 is 1.0."""
    return isinstance(one, bool) is isinstance(other, bool) and bool(one == other)


def by_hand(rows: Sequence[Interaction], criteria: Criteria) -> list[int]:
    """The numbers of what matches, in the list's order."""
    equal = (
        ("resource_id", criteria.resource_id),
        ("interaction_id", criteria.interaction_id),
        ("uow_id", criteria.uow_id),
        ("external_reference", criteria.external_reference),
        ("user_id", criteria.user_id),
    )
    facets = ((RESOURCE_TYPE, criteria.resource_type), (ACTION, criteria.action), (ORIGIN, criteria.origin))
    by_event = criteria.date_field is DateField.EVENT

    def matches(row: Interaction) -> bool:
        at = parse_time(row.event_time if by_event else row.created_date)
        return (
            all(value is None or getattr(row, name) == value for name, value in equal)
            and all(value is None or getattr(row, kind).casefold() == value.casefold() for kind, value in facets)
            and (criteria.start is None or at >= criteria.start)
            and (criteria.end is None or at < criteria.end)
            and all(holds(json_filter, row) for json_filter in criteria.json_filters)
        )

    found = [row for row in rows if matches(row)]
    if by_event:
        found.sort(key=lambda row: (parse_time(row.event_time), row.interaction_number), reverse=True)
    else:
        found.sort(key=lambda row: row.interaction_number, reverse=True)
    return [row.interaction_number for row in found]


async def filled(world: World, data: Data) -> HistoryReads:
    """The history over the data, half of which is merged into the counters by time, half of which waits to be."""
    for tenant_id, rows in data.rows.items():
        half = len(rows) // 2
        await world.merging_at(1).apply([recorded(row, tenant_id) for row in rows[:half]])
        await world.apply([recorded(row, tenant_id) for row in rows[half:]])
    return world.history(catalog_of(*TENANTS))


def numbers(items: Sequence[dict[str, Any]]) -> list[int]:
    return [item["interactionNumber"] for item in items]


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
