"""What the routes of events answer, as OpenAPI describes it; the answers themselves are written by `render`."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from libs.history.schemas import Camel

EVENT_EXAMPLE: dict[str, JsonValue] = {
    "actorId": "ann@example.com",
    "actorType": "user",
    "causationId": "0199439c-0440-70db-8d54-f9add9ea5f61",
    "correlationId": "8d1f0b7e-0d5c-4b1e-9a47-3d8c5a0e7f11",
    "eventType": "schedule.fired",
    "id": "0199439c-0440-70db-8d54-f9add9ea5f62",
    "occurredAt": "2026-01-15T10:30:00.000Z",
    "payload": {"schedule": "nightly"},
    "resourceId": "497f6eca-6276-4993-bfeb-53cbbbba6f08",
    "resourceType": "action_run",
    "tenantId": "default",
}
_COUNT: list[JsonValue] = [{"count": 3, "key": "schedule.fired"}]


class CloudEventOut(BaseModel):
    """What a CloudEvent's sender said of it."""

    id: str
    source: str
    subject: str | None
    dataschema: str | None
    extensions: dict[str, str]


class EventOut(Camel):
    """An event. `dataschema` and `cloudEvent` are there only where the event has one."""

    model_config = ConfigDict(json_schema_extra={"example": EVENT_EXAMPLE})

    actor_id: str | None
    actor_type: str | None
    causation_id: str | None
    correlation_id: str | None
    event_type: str
    id: str
    occurred_at: str
    payload: dict[str, JsonValue]
    resource_id: str
    resource_type: str
    tenant_id: str
    dataschema: str | None = None
    cloud_event: CloudEventOut | None = None


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
    """How many events have one value."""

    count: int
    key: str


class AggregateOut(Camel):
    """Counts of a range's events, the largest first, ties by key. An event without an actor has no actor type."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "byActorType": [{"count": 3, "key": "user"}],
                "byEventType": _COUNT,
                "byResourceType": [{"count": 3, "key": "action_run"}],
                "total": 3,
            }
        }
    )

    by_actor_type: list[CountOut]
    by_event_type: list[CountOut]
    by_resource_type: list[CountOut]
    total: int


class ActorOut(Camel):
    """What one actor's events came to; those that are neither failures nor successes are in the total alone."""

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
                "actors": [
                    {"actorId": "ann@example.com", "actorType": "user", "failures": 1, "successes": 1, "total": 3}
                ],
                "hasMore": False,
            }
        }
    )

    actors: list[ActorOut]
    has_more: bool


class CausesOut(Camel):
    """An event's causes, its own first, up to the root; at most 100.

    The chain is `complete` when it ends with an event that names no cause. Otherwise `missing` is the cause that is not
    here, or the last one's cause came before (`cycle`), or there are more (`truncated`).
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "eventId": "0199439c-0440-70db-8d54-f9add9ea5f63",
                "causes": [EVENT_EXAMPLE],
                "complete": False,
                "missing": "0199439c-0440-70db-8d54-f9add9ea5f61",
                "cycle": False,
                "truncated": False,
            }
        }
    )

    event_id: str
    causes: list[EventOut]
    complete: bool
    missing: str | None = Field(description="A cause that is no event of this tenant, as its event names it.")
    cycle: bool
    truncated: bool


class PlaceOut(BaseModel):
    """One thing that is wrong: where, what, and a machine-readable type."""

    loc: list[str | int]
    msg: str
    type: str


class InvalidOut(BaseModel):
    """A request that is not acceptable."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "detail": [
                    {"loc": ["query", "limit"], "msg": "at most 100 is expected", "type": "less_than_equal"},
                ]
            }
        }
    )

    detail: list[PlaceOut]


def _responses(model: type[BaseModel], *, not_found: bool = False) -> dict[int | str, dict[str, Any]]:
    described: dict[int | str, dict[str, Any]] = {
        200: {"model": model},
        401: {"description": "No credential, or one that is not valid"},
        403: {"description": "The credential's roles do not allow this"},
        422: {"model": InvalidOut, "description": "Not acceptable; `detail` says where"},
        503: {"description": "The positions asked for are not applied yet, or the query takes too long"},
    }
    return described | ({404: {"description": "No such event for this tenant"}} if not_found else {})


LISTED = _responses(EventsOut)
EVENT = _responses(EventOut, not_found=True)
AGGREGATE = _responses(AggregateOut)
ACTORS = _responses(ActorsOut)
CAUSES = _responses(CausesOut, not_found=True)
