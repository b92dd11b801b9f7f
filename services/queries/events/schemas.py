"""The requests and answers of the events' routes, for OpenAPI; `render` writes the answers themselves."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from libs.httpkit.camel import Camel
from libs.httpkit.responses import Responses
from libs.records.schemas import EVENT_EXAMPLE, EventOut

_COUNT: list[JsonValue] = [{"count": 3, "key": "order.shipped"}]


class SharedFilters(BaseModel):
    """The filters that the list and the stream have in common."""

    model_config = ConfigDict(frozen=True)

    event_type: str | None = Field(default=None, description="Event type.")
    resource_type: str | None = Field(default=None, description="A built-in type or a mnemonic of the catalog.")
    resource_id: str | None = Field(default=None, description="Resource id.")
    source: str | None = Field(
        default=None,
        min_length=1,
        description="Writer of the event: `waymark/<tenant>/<service>`, or `waymark/<tenant>/events` for producers.",
    )


class EventListFilters(SharedFilters):
    """The filters of the list; all of them must hold."""

    actor_id: str | None = Field(default=None, description="Actor id.")
    correlation_id: str | None = Field(default=None, description="Correlation id.")


class EventStreamFilters(SharedFilters):
    """The filters of a stream; all of them must hold."""

    actor_id: str | None = Field(default=None, description="Actor id.")
    actor_type: str | None = Field(
        default=None, description="`user`, `api_key`, `service`, `system`, or a producer's own word."
    )
    correlation_id: str | None = Field(default=None, description="Correlation id.")


class EventsOut(Camel):
    """A page of events, newest first; `nextCursor` goes on after it, null at the end."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "events": [EVENT_EXAMPLE],
                "hasNext": False,
                "limit": 100,
                "offset": 0,
                "total": 1,
                "nextCursor": None,
            }
        }
    )

    events: list[EventOut]
    has_next: bool
    limit: int
    offset: int
    total: int
    next_cursor: str | None


class CountOut(BaseModel):
    """The number of events with the value `key`."""

    count: int
    key: str


class AggregateOut(Camel):
    """Counts of a range's events, the largest first, ties by key; `byActorType` leaves out events without an actor."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "byActorType": [{"count": 3, "key": "user"}],
                "byEventType": _COUNT,
                "byResourceType": [{"count": 3, "key": "ORDER"}],
                "total": 3,
            }
        }
    )

    by_actor_type: list[CountOut]
    by_event_type: list[CountOut]
    by_resource_type: list[CountOut]
    total: int


class ActorOut(Camel):
    """The counts of one actor's events; `total` includes those that are neither failures nor successes."""

    actor_id: str
    actor_type: str | None
    failures: int
    successes: int
    total: int


class ActorsOut(Camel):
    """The most active actors of a range."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "actors": [{"actorId": "ann", "actorType": "user", "failures": 1, "successes": 1, "total": 3}],
                "hasMore": False,
            }
        }
    )

    actors: list[ActorOut]
    has_more: bool


class CausesOut(Camel):
    """An event's chain of causes, its own cause first, up to the root; at most 100.

    The chain is `complete` when it ends with an event that names no cause. Otherwise `missing` is the cause that is not
    recorded, or the last one's cause is already in the chain (`cycle`), or the chain is longer (`truncated`).
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "eventId": "0199439c-2000-7e21-8d54-1b2c3d4e5f60",
                "causes": [EVENT_EXAMPLE],
                "complete": False,
                "missing": EVENT_EXAMPLE["causationId"],
                "cycle": False,
                "truncated": False,
            }
        }
    )

    event_id: str
    causes: list[EventOut]
    complete: bool
    missing: str | None = Field(
        description="Id of a cause that is no event of this tenant, as the event it led to names it."
    )
    cycle: bool
    truncated: bool


_answers = Responses(
    {
        404: "No such event for this tenant",
        503: "The positions asked for are not applied yet, or the query takes too long",
    }
)

LISTED = _answers.of(EventsOut, 503)
EVENT = _answers.of(EventOut, 404, 503)
AGGREGATE = _answers.of(AggregateOut, 503)
ACTORS = _answers.of(ActorsOut, 503)
CAUSES = _answers.of(CausesOut, 404, 503)
