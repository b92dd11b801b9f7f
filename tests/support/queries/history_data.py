"""Random interactions, and what the list should make of them, worked out by hand."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson

from libs.contracts.interactions import Interaction
from libs.contracts.reference import ACTION, CATALOG_KINDS, ORIGIN, RESOURCE_TYPE
from libs.contracts.times import format_ms, parse_time
from services.queries.interactions.model import Criteria, DateField, JsonFilter, Operator
from services.queries.interactions.reads import HistoryReads
from tests.support.queries.history import World
from tests.support.records import NAMES, START_MS, catalog_of, interaction, recorded

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
            interaction_number=maybe(some.interaction_number, 0.03),
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
        ("interaction_number", criteria.interaction_number),
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
