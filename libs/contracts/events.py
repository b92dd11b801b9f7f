"""The wire shape of an event on `waymark.events.v1`, and the builder of the platform's own.

A record's value is the payload as sent; everything else is in the envelope. What Waymark does to its own objects is
an event like any other: built here, so that every service says it in the same way.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from libs.contracts.envelope import Envelope, Headers, encode_headers
from libs.contracts.times import format_ms
from libs.contracts.topics import correlation_key, resource_key

_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it: `type` is `user`, `api_key`, `service` or `system`."""

    id: str
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why an object changes: who did it, within which correlation, because of which event."""

    actor: Actor
    correlation_id: str | None = None
    causation_id: str | None = None


SYSTEM = Cause(actor=Actor(id="waymark", type="system"))
"""The cause of what Waymark does by itself."""


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
    payload: dict[str, Any] = field(default_factory=dict)
    correlation_id: str | None = None
    causation_id: str | None = None


def encode_platform_event(event: PlatformEvent, *, service: str) -> tuple[str, bytes, Headers]:
    """Key, value and headers of a platform event; its source is `waymark/<tenant>/<service>`."""
    envelope = Envelope(
        id=event.id,
        source=f"waymark/{event.tenant_id}/{service}",
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


def event_key(tenant_id: str, resource_type: str, resource_id: str, correlation_id: str | None) -> str:
    """The key of an event: its correlation's, else its resource's."""
    if correlation_id is not None:
        return correlation_key(tenant_id, correlation_id)
    return resource_key(tenant_id, resource_type, resource_id)
