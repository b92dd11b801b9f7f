"""Random events over days, with repeats, and what the read model should make of them, worked out by hand."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from libs.contracts.events import Event
from libs.contracts.times import format_ms, parse_time, to_ms
from services.queries.events.model import Criteria
from tests.support.queries.events import START_MS, event, event_id, source

TENANTS = ("default", "acme")
TYPES = ("schedule.fired", "order.failed", "order.completed", "x" * 1_200)
KINDS = ("ORDER", "action_run", "service")
RESOURCES = ("order-1", "order-2", "%_'", "é" * 700)
ACTORS = (("ann", "user"), ("bob", "user"), ("ann", "api_key"), ("y" * 1_300, "service"))
SPANS_MS = (0, 0, 1, 40_000, 3_000_000, 40_000_000)


def random_event(rng: random.Random, number: int, tenant_id: str, at_ms: int) -> Event:
    """An event with random attributes."""
    actor_id, actor_type = rng.choice(ACTORS)
    return event(
        number,
        tenant_id,
        type=rng.choice(TYPES),
        resource_type=rng.choice(KINDS),
        resource_id=rng.choice(RESOURCES),
        actor_id=actor_id,
        actor_type=actor_type,
        occurred_at=format_ms(at_ms),
        correlation_id=rng.choice((None, "c-1", "c-2")),
        causation_id=rng.choice((None, "elsewhere", event_id(number - 1, tenant_id))),
        data=rng.choice((b"{}", b'{"outcome": "Failed"}', b'{"status": "success"}', b"[1]")),
    )


def random_events(rng: random.Random, tenant_id: str, count: int) -> list[Event]:
    """Events in bursts, minutes, hours and days apart, before and after 1970."""
    at_ms, found = rng.choice((START_MS, -90_000_000)), []
    for number in range(count):
        at_ms += rng.choice(SPANS_MS)
        found.append(random_event(rng, number, tenant_id, at_ms))
    return found


def outcome(body: Event) -> str:
    """What it came to, by hand."""
    if body.type in ("order.failed", "order.completed"):
        return body.type.removeprefix("order.")
    return {b'{"outcome": "Failed"}': "failed", b'{"status": "success"}': "completed"}.get(body.data, "")


def in_range(events: Iterable[Event], criteria: Criteria) -> list[Event]:
    """The events of the criteria's range."""
    return [
        body
        for body in events
        if (criteria.start is None or parse_time(body.occurred_at) >= criteria.start)
        and (criteria.end is None or parse_time(body.occurred_at) < criteria.end)
    ]


def matching(events: Iterable[Event], criteria: Criteria) -> list[str]:
    """The ids of those that meet the criteria, newest first."""
    found = [
        body
        for body in in_range(events, criteria)
        if criteria.event_type in (None, body.type)
        and criteria.resource_type in (None, body.resource_type)
        and (not criteria.resource_ids or body.resource_id in criteria.resource_ids)
        and criteria.actor_id in (None, body.actor_id)
        and criteria.correlation_id in (None, body.correlation_id)
        and criteria.source in (None, source(body) or "")
    ]
    return [body.id for body in sorted(found, key=lambda body: (body.occurred_at, body.id), reverse=True)]


def random_criteria(rng: random.Random, events: list[Event]) -> Criteria:
    """Each filter now and then, with values that are mostly there; bounds on, beside and between events."""
    some = rng.choice(events)

    def maybe(value: Any, chance: float) -> Any:
        return value if rng.random() < chance else None

    times = sorted(parse_time(rng.choice(events).occurred_at) for _ in range(2))
    edges = [time + timedelta(milliseconds=rng.choice((-30_000, -1, 0, 1, 30_000))) for time in times]
    rounded = [edge.replace(second=0, microsecond=0) if rng.random() < 0.3 else edge for edge in edges]
    indexed = rng.random() < 0.3
    return Criteria(
        event_type=maybe(some.type, 0.4),
        resource_type=maybe(some.resource_type, 0.4),
        resource_ids=(some.resource_id,) if indexed and rng.random() < 0.5 else (),
        actor_id=maybe(some.actor_id, 0.4) if indexed else None,
        correlation_id=maybe(some.correlation_id, 0.3) if indexed else None,
        source=maybe(source(some) or "", 0.3),
        start=maybe(rounded[0], 0.5),
        end=maybe(rounded[1], 0.5),
    )


def aggregate(events: list[Event]) -> dict[str, Any]:
    """The aggregate of these events."""

    def by(name: str) -> list[dict[str, Any]]:
        counts = Counter(getattr(body, name) for body in events)
        return [{"count": n, "key": key} for key, n in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]

    return {
        "byActorType": by("actor_type"),
        "byEventType": by("type"),
        "byResourceType": by("resource_type"),
        "total": len(events),
    }


def actors(events: list[Event]) -> list[dict[str, Any]]:
    """What became of each actor's events, the most active first."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for body in events:
        found.setdefault((body.actor_id, body.actor_type), Counter()).update(("total", outcome(body)))
    return [
        {
            "actorId": actor_id,
            "actorType": actor_type,
            "failures": counts["failed"],
            "successes": counts["completed"],
            "total": counts["total"],
        }
        for (actor_id, actor_type), counts in sorted(found.items(), key=lambda item: (-item[1]["total"], *item[0]))
    ]


def minute(body: Event) -> int:
    """The minute it occurred in, counted from the first of 1970."""
    return to_ms(parse_time(body.occurred_at)) // 60_000
