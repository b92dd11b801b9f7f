"""Events, sums and chains of causes as the JSON the API shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from services.queries.events.model import Counter, Dimension

_AGGREGATES = {
    Dimension.ACTOR_TYPE: "byActorType",
    Dimension.EVENT_TYPE: "byEventType",
    Dimension.RESOURCE_TYPE: "byResourceType",
}


def aggregate_json(sums: Mapping[Counter, int]) -> dict[str, Any]:
    """Counts by each attribute, the largest first, ties by key."""
    shown: dict[str, Any] = {
        name: [{"count": n, "key": key} for key, n in _largest_first(sums, dimension)]
        for dimension, name in _AGGREGATES.items()
    }
    return {**shown, "total": sums.get(Counter(Dimension.ALL), 0)}


def actors_json(sums: Mapping[Counter, int], limit: int) -> dict[str, Any]:
    """Actors with what became of their events, the most active first, ties by id and type."""
    actors = sorted(
        ((-n, counter.key, counter.other) for counter, n in sums.items() if counter.dimension is Dimension.ACTOR)
    )
    return {
        "actors": [
            {
                "actorId": actor_id,
                "actorType": actor_type or None,
                "failures": sums.get(Counter(Dimension.FAILURES, actor_id, actor_type), 0),
                "successes": sums.get(Counter(Dimension.SUCCESSES, actor_id, actor_type), 0),
                "total": -minus_n,
            }
            for minus_n, actor_id, actor_type in actors[:limit]
        ],
        "hasMore": len(actors) > limit,
    }


def _largest_first(sums: Mapping[Counter, int], dimension: Dimension) -> Iterable[tuple[str, int]]:
    found = ((counter.key, n) for counter, n in sums.items() if counter.dimension is dimension)
    return sorted(found, key=lambda item: (-item[1], item[0]))
