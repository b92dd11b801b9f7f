"""Events, sums and chains of causes as the JSON the API shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.queries.events.model import ActorSums, Counter, Dimension

_AGGREGATES = {
    Dimension.ACTOR_TYPE: "byActorType",
    Dimension.EVENT_TYPE: "byEventType",
    Dimension.RESOURCE_TYPE: "byResourceType",
}


def aggregate_json(sums: Mapping[Counter, int]) -> dict[str, Any]:
    """Count by each attribute, the largest first, ties by key."""
    shown: dict[str, Any] = {
        name: [{"count": n, "key": key} for key, n in _largest_first(sums, dimension)]
        for dimension, name in _AGGREGATES.items()
    }
    return {**shown, "total": sums.get(Counter(Dimension.ALL), 0)}


def actors_json(found: Sequence[ActorSums], limit: int) -> dict[str, Any]:
    """Return the first actors of those found, with what became of their events."""
    return {
        "actors": [
            {
                "actorId": actor.actor_id,
                "actorType": actor.actor_type or None,
                "failures": actor.failures,
                "successes": actor.successes,
                "total": actor.n,
            }
            for actor in found[:limit]
        ],
        "hasMore": len(found) > limit,
    }


def _largest_first(sums: Mapping[Counter, int], dimension: Dimension) -> Iterable[tuple[str, int]]:
    found = ((counter.key, n) for counter, n in sums.items() if counter.dimension is dimension)
    return sorted(found, key=lambda item: (-item[1], item[0]))
