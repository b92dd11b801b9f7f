"""An interaction and an event as OpenAPI describes them, wherever shown; the answers are written by `render`."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from libs.httpkit.camel import Camel

INTERACTION_EXAMPLE: dict[str, JsonValue] = {
    "interactionId": "0199439c-0440-70db-8d54-f9add9ea5f62",
    "interactionNumber": 42,
    "resourceId": "order-456",
    "resourceTypeId": "6f1c2c39-9c1a-5a53-8f0b-0f4a6f0d2c11",
    "actionId": "c0e77a0e-2a0a-5a86-9a7c-5c9f4bb0a1a4",
    "originId": "2c1f2d0a-7d6e-5a53-b1a4-90b7a6f0e4d2",
    "resourceTypeMnemonic": "ORDER",
    "resourceTypeIcon": "📦",
    "resourceTypeFontColorHex": "#fff",
    "resourceTypeBgColorHex": "#f59e0b",
    "actionMnemonic": "CREATE",
    "actionIcon": "➕",
    "actionFontColorHex": "#fff",
    "actionBgColorHex": "#16a34a",
    "originMnemonic": "WEBAPP",
    "originIcon": "🌐",
    "originFontColorHex": "#fff",
    "originBgColorHex": "#2563eb",
    "interaction": {"total": 149.99, "currency": "USD", "items": 3},
    "externalReference": "stripe-pi-abc123",
    "externalResponse": None,
    "uowId": "8d1f0b7e-0d5c-4b1e-9a47-3d8c5a0e7f11",
    "userId": None,
    "createdDate": "2026-01-15T10:30:00.000Z",
    "interactionTimestamp": None,
    "spanId": None,
    "parentSpanId": None,
    "sequenceIndex": None,
}

EVENT_EXAMPLE: dict[str, JsonValue] = {
    "actorId": "ann",
    "actorType": "user",
    "causationId": "0199439c-0440-70db-8d54-f9add9ea5f62",
    "correlationId": INTERACTION_EXAMPLE["uowId"],
    "eventType": "order.shipped",
    "id": "0199439c-1000-7b1c-8d54-0a1b2c3d4e5f",
    "occurredAt": "2026-01-15T10:30:02.000Z",
    "payload": {"carrier": "DHL"},
    "resourceId": "order-456",
    "resourceType": "ORDER",
    "source": "waymark/default/events",
    "tenantId": "default",
}


class InteractionOut(Camel):
    """A recorded interaction, with mnemonic, icon and colours of its catalog items as they are now."""

    model_config = ConfigDict(json_schema_extra={"example": INTERACTION_EXAMPLE})

    interaction_id: str
    interaction_number: int
    resource_id: str
    resource_type_id: str
    action_id: str
    origin_id: str
    resource_type_mnemonic: str
    resource_type_icon: str | None
    resource_type_font_color_hex: str | None
    resource_type_bg_color_hex: str | None
    action_mnemonic: str
    action_icon: str | None
    action_font_color_hex: str | None
    action_bg_color_hex: str | None
    origin_mnemonic: str
    origin_icon: str | None
    origin_font_color_hex: str | None
    origin_bg_color_hex: str | None
    interaction: JsonValue
    external_reference: str | None
    external_response: JsonValue
    uow_id: str
    user_id: str | None
    created_date: str
    interaction_timestamp: str | None
    span_id: str | None
    parent_span_id: str | None
    sequence_index: int | None


class CloudEventOut(BaseModel):
    """A CloudEvent's attributes as its sender gave them."""

    id: str
    source: str
    subject: str | None
    datacontenttype: str | None
    dataschema: str | None
    extensions: dict[str, str]


class EventOut(Camel):
    """An event. `dataschema` and `cloudEvent` are there only where the event has one.

    The payload of the platform's own events about users, keys and sessions is empty for callers who are no admin.
    """

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
    source: str = Field(
        description="Writer of the event: the platform itself, as `waymark/<tenant>/<service>`, or a producer, as"
        " `waymark/<tenant>/events`."
    )
    tenant_id: str
    dataschema: str | None = None
    cloud_event: CloudEventOut | None = None
