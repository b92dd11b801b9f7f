"""The wire shape of an event on `waymark.events.v1`, and the builder of the platform's own.

A record's value is the payload as sent; everything else is in the envelope. What Waymark does to its own objects is
an event like any other: built here, so that every service says it in the same way.
"""

from __future__ import annotations

from base64 import b64encode
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import msgspec

from libs.contracts.envelope import JSON_CONTENT_TYPE, Envelope, Headers, encode_headers
from libs.contracts.paths import ACCOUNTS
from libs.contracts.times import format_ms
from libs.contracts.topics import correlation_key, resource_key

_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Actor:
    """An actor: `type` is `user`, `api_key`, `service`, `system`, or a producer's own word."""

    id: str
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """The cause of an object's change: the actor, the correlation, and the event that led to it."""

    actor: Actor
    correlation_id: str
    causation_id: str | None = None


SYSTEM = Actor(id="waymark", type="system")
"""The actor of what Waymark does by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformEvent:
    """A change of one of Waymark's own objects, in the past tense: `api_key.revoked`, `action.created`."""

    id: str
    type: str
    tenant_id: str
    resource_type: str
    resource_id: str
    actor: Actor
    occurred_at_ms: int
    correlation_id: str
    payload: dict[str, Any] = field(default_factory=dict)
    causation_id: str | None = None


class Sender(msgspec.Struct, frozen=True, kw_only=True):
    """A CloudEvent as its sender described it; extensions without those that have a place of their own in the record.

    `dataschema` is there where the record's own is another: the one that the tenant registered for the event type.
    `text` is true where the data was sent as a text, of a content type that does not say so.
    """

    id: str
    source: str
    subject: str | None = None
    extensions: dict[str, str] = {}
    datacontenttype: str | msgspec.UnsetType = msgspec.UNSET
    dataschema: str | msgspec.UnsetType = msgspec.UNSET
    text: bool | msgspec.UnsetType = msgspec.UNSET


class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A producer's event. `data` is the payload byte for byte; `occurred_at` is RFC 3339, UTC, milliseconds.

    `id` identifies it for ever. `sender` is there when it came as a CloudEvent.
    """

    id: str
    type: str
    tenant_id: str
    resource_type: str
    resource_id: str
    actor_id: str
    actor_type: str
    occurred_at: str
    data: bytes
    content_type: str = JSON_CONTENT_TYPE
    correlation_id: str | None = None
    causation_id: str | None = None
    dataschema: str | None = None
    traceparent: str | None = None
    sender: Sender | None = None


def event_source(tenant_id: str) -> str:
    """Return the CloudEvents source of events from a tenant's producers: the door gives it, whatever they say."""
    return f"waymark/{tenant_id}/events"


def platform_source(tenant_id: str, service: str) -> str:
    """Return the CloudEvents source of events about the objects that a service of Waymark keeps for a tenant."""
    return f"waymark/{tenant_id}/{service}"


def source_of(tenant_id: str, source: str | None) -> str:
    """Return the CloudEvents source of an event; None stands for a producer's."""
    return source or event_source(tenant_id)


def is_confidential(tenant_id: str, source: str | None) -> bool:
    """Return whether an event's payload is for admins: it tells of users, keys and sessions, as their own routes do.

    `source` is None for a producer's event.
    """
    return source == platform_source(tenant_id, ACCOUNTS)


def encode_event(event: Event) -> tuple[str, bytes, Headers]:
    """Return key, value and headers of a producer's event."""
    envelope = Envelope(
        id=event.id,
        source=event_source(event.tenant_id),
        type=event.type,
        time=event.occurred_at,
        tenant_id=event.tenant_id,
        subject=event.resource_id,
        resource_type=event.resource_type,
        correlation_id=event.correlation_id,
        causation_id=event.causation_id,
        actor_id=event.actor_id,
        actor_type=event.actor_type,
        dataschema=event.dataschema,
        traceparent=event.traceparent,
        content_type=event.content_type,
        cloud_event=None if event.sender is None else _encoder.encode(event.sender).decode(),
    )
    key = event_key(event.tenant_id, event.resource_type, event.resource_id, event.correlation_id)
    return key, event.data, encode_headers(envelope)


def encode_platform_event(event: PlatformEvent, *, service: str) -> tuple[str, bytes, Headers]:
    """Return key, value and headers of a platform event; its source names the service that wrote it."""
    envelope = Envelope(
        id=event.id,
        source=platform_source(event.tenant_id, service),
        type=event.type,
        time=format_ms(event.occurred_at_ms),
        tenant_id=event.tenant_id,
        subject=event.resource_id,
        resource_type=event.resource_type,
        correlation_id=event.correlation_id,
        causation_id=event.causation_id,
        actor_id=event.actor.id,
        actor_type=event.actor.type,
    )
    key = event_key(event.tenant_id, event.resource_type, event.resource_id, event.correlation_id)
    return key, _encoder.encode(event.payload), encode_headers(envelope)


def is_json_type(content_type: str) -> bool:
    """Return whether data of this content type is JSON: its subtype is `json` or ends in `+json`."""
    subtype = content_type.partition(";")[0].strip().lower().rpartition("/")[2]
    return subtype == "json" or subtype.endswith("+json")


def is_text_type(content_type: str) -> bool:
    """Return whether data of this content type is text, whoever sent it."""
    return content_type.lstrip().lower().startswith("text/")


def as_payload(data: bytes, content_type: str, sender: Sender | None = None) -> bytes:
    """Return what data reads back as, the text of a JSON object: an object as it is, other JSON and text as its `data`,
    anything else, and text that no database could hold, as its `data_base64`.
    """
    if is_json_type(content_type):
        return data if data.lstrip()[:1] == b"{" else b'{"data":%s}' % data
    is_text = is_text_type(content_type) or (sender is not None and sender.text is True)
    if is_text and b"\0" not in data:
        with suppress(UnicodeDecodeError):
            return _encoder.encode({"data": data.decode()})
    return _encoder.encode({"data_base64": b64encode(data).decode()})


def event_key(tenant_id: str, resource_type: str, resource_id: str, correlation_id: str | None) -> str:
    """Return the key of an event: its correlation's, else its resource's."""
    if correlation_id is not None:
        return correlation_key(tenant_id, correlation_id)
    return resource_key(tenant_id, resource_type, resource_id)
