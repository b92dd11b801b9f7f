"""An event on its way through the door: its draft (as sent), and the request's context that fills in the rest.

Pure: a draft and a context always make the same event, so a repeat in the same context is the identical record.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Final

import msgspec

from libs.contracts.envelope import JSON_CONTENT_TYPE
from libs.contracts.events import Event, Sender, encode_event
from libs.contracts.times import format_ms
from libs.contracts.topics import EVENTS
from libs.eventlog.port import Record
from libs.httpkit.errors import Loc

KEYED_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "urn:waymark:event:key")
CLOUD_EVENT_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "urn:waymark:event:cloudevent")
USER: Final = "user"


class EventDraft(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A validated event; None stands for an attribute that was not sent.

    `occurred_at` is RFC 3339, UTC, milliseconds; `id` a UUID; `resource_type_loc` the place of its type in the request.
    """

    type: str
    resource_type: str
    resource_id: str
    data: bytes = b"{}"
    content_type: str = JSON_CONTENT_TYPE
    id: str | None = None
    actor_id: str | None = None
    actor_type: str | None = None
    correlation_id: str | None = None
    causation_id: str | None = None
    occurred_at: str | None = None
    dataschema: str | None = None
    traceparent: str | None = None
    sender: Sender | None = None
    resource_type_loc: Loc = ("body", "resourceType")


class RequestContext(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The sender of a request, its accept time, its trace and its Idempotency-Key."""

    tenant_id: str
    actor_id: str
    actor_type: str
    accepted_ms: int
    correlation_id: str | None = None
    traceparent: str | None = None
    idempotency_key: str | None = None


def to_event(draft: EventDraft, context: RequestContext, index: int, new_id: Callable[[], object]) -> Event:
    """Return the event of a request's draft number `index`. An actor named without a type is a user."""
    named = draft.actor_id is not None
    return Event(
        id=draft.id or _made_id(context, index, new_id),
        type=draft.type,
        tenant_id=context.tenant_id,
        resource_type=draft.resource_type,
        resource_id=draft.resource_id,
        actor_id=draft.actor_id or context.actor_id,
        actor_type=draft.actor_type or (USER if named else context.actor_type),
        occurred_at=draft.occurred_at or format_ms(context.accepted_ms),
        data=draft.data,
        content_type=draft.content_type,
        correlation_id=draft.correlation_id or context.correlation_id,
        causation_id=draft.causation_id,
        dataschema=draft.dataschema,
        traceparent=draft.traceparent or context.traceparent,
        sender=draft.sender,
    )


def to_record(event: Event, accepted_ms: int) -> Record:
    """Return the log record of an event."""
    return Record(EVENTS.name, *encode_event(event), accepted_ms)


def cloud_event_id(tenant_id: str, source: str, sender_id: str) -> str:
    """Return our id of a CloudEvent: UUIDv5 of tenant, source and the sender's id."""
    return _uuid5(CLOUD_EVENT_NAMESPACE, tenant_id, source, sender_id)


def _made_id(context: RequestContext, index: int, new_id: Callable[[], object]) -> str:
    if context.idempotency_key is None:
        return str(new_id())
    return _uuid5(KEYED_NAMESPACE, context.tenant_id, str(context.accepted_ms), context.idempotency_key, str(index))


def _uuid5(namespace: uuid.UUID, *parts: str) -> str:
    """Return the UUIDv5 of the parts, each with its length before it, so that no two lists of parts share a text."""
    return str(uuid.uuid5(namespace, "".join(f"{len(part)}:{part}" for part in parts)))
