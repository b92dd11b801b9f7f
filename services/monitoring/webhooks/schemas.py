"""Bodies, query parameters and answers of webhooks' routes."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, JsonValue, StrictBool, StringConstraints

from libs.httpkit.camel import Camel, CamelBody, CamelQuery
from libs.httpkit.paging import DEFAULT_LIMIT, MAX_LIMIT
from services.monitoring.webhooks.model import MAX_DESCRIPTION_CHARS, MAX_URL_CHARS

_ID = "0199439c-0440-70db-8d54-f9add9ea5f62"
_DELIVERY_ID = "f3c6c8c4-3f0e-5b0a-9d0c-6a1f6f0c2b1e"
_SECRET = "whsec_" + "Q" * 43 + "="
_FIELDS: dict[str, JsonValue] = {
    "url": "https://hooks.example.com/waymark?token=t0k3n",
    "description": "The on-call channel",
    "enabled": True,
}
_DETAILS: dict[str, JsonValue] = {
    "id": _ID,
    **_FIELDS,
    "secretRotatedAt": None,
    "version": 1,
    "createdAt": 1768473000000,
    "updatedAt": 1768473000000,
}
_DELIVERY: dict[str, JsonValue] = {
    "id": _DELIVERY_ID,
    "type": "alert.firing",
    "incidentId": "0199439c-0a10-7c1e-b0a5-1f2e3d4c5b6a",
    "state": "PENDING",
    "attempts": [{"at": 1768473000000, "status": 503, "error": "status 503", "durationMs": 41}],
    "nextAttemptAt": 1768473005120,
}

Url = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_URL_CHARS),
    Field(description="`https`; `http` where the operator lets it through. Viewers see it without path and query."),
]
Description = Annotated[str, StringConstraints(max_length=MAX_DESCRIPTION_CHARS)]


class WebhookIn(CamelBody):
    """A webhook to make; it is told of alerts whose rules name it."""

    model_config = ConfigDict(json_schema_extra={"example": _FIELDS})

    url: Url
    description: Description | None = None
    enabled: StrictBool = True


class WebhookPatchIn(CamelBody):
    """The fields to change; null changes nothing, except of `description`."""

    model_config = ConfigDict(json_schema_extra={"example": {"enabled": False}})

    url: Url | None = None
    description: Description | None = None
    enabled: StrictBool | None = None

    def changes(self) -> dict[str, Any]:
        """Return the values of the fields that the body wants, by their names."""
        return self.sent(nullable=("description",))


class DeliveriesQuery(CamelQuery):
    """A page of deliveries, newest first."""

    limit: int = Field(default=DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description="Deliveries per page.")
    cursor: str | None = Field(default=None, description="The `nextCursor` of the page before.")


class WebhookOut(Camel):
    """A webhook; times are milliseconds since the epoch."""

    model_config = ConfigDict(json_schema_extra={"example": _DETAILS})

    id: uuid.UUID
    url: str
    description: str | None
    enabled: bool
    secret_rotated_at: int | None
    version: int
    created_at: int
    updated_at: int


class WebhookDetailsOut(Camel):
    """A webhook, under `data`."""

    data: WebhookOut


class WebhooksPage(Camel):
    """The items of a page, and how many there are in all."""

    webhooks: list[WebhookOut]
    total_webhooks: int


class WebhooksPageOut(Camel):
    """A page of webhooks, under `data`."""

    data: WebhooksPage


class WebhookId(Camel):
    """A webhook's id."""

    model_config = ConfigDict(json_schema_extra={"example": {"id": _ID}})

    id: uuid.UUID


class WebhookIdOut(Camel):
    """A webhook's id, under `data`."""

    data: WebhookId


class WebhookSecret(Camel):
    """The secret that its messages are signed with."""

    model_config = ConfigDict(json_schema_extra={"example": {"secret": _SECRET}})

    secret: str


class WebhookSecretOut(Camel):
    """A webhook's secret, under `data`."""

    data: WebhookSecret


class WebhookMade(Camel):
    """A new webhook's id, and the secret that its messages are signed with."""

    model_config = ConfigDict(json_schema_extra={"example": {"id": _ID, "secret": _SECRET}})

    id: uuid.UUID
    secret: str


class WebhookMadeOut(Camel):
    """A new webhook's id and secret, under `data`."""

    data: WebhookMade


class DeliveryId(Camel):
    """A delivery's id, which is its `webhook-id`."""

    model_config = ConfigDict(json_schema_extra={"example": {"deliveryId": _DELIVERY_ID}})

    delivery_id: uuid.UUID


class DeliveryIdOut(Camel):
    """A delivery's id, under `data`."""

    data: DeliveryId


class DeliveryAttemptOut(Camel):
    """An attempt: the status that was answered, and why it failed."""

    at: int
    status: int | None
    error: str | None
    duration_ms: int


class WebhookDeliveryOut(Camel):
    """A message to the webhook, and the attempts to deliver it."""

    model_config = ConfigDict(json_schema_extra={"example": _DELIVERY})

    id: uuid.UUID
    type: str
    incident_id: str | None
    state: Literal["PENDING", "DELIVERED", "FAILED"]
    attempts: list[DeliveryAttemptOut]
    next_attempt_at: int | None


class WebhookDeliveriesPage(Camel):
    """The deliveries of a page, newest first; `nextCursor` is null at the end."""

    model_config = ConfigDict(json_schema_extra={"example": {"deliveries": [_DELIVERY], "nextCursor": None}})

    deliveries: list[WebhookDeliveryOut]
    next_cursor: str | None


class WebhookDeliveriesOut(Camel):
    """A page of deliveries, under `data`."""

    data: WebhookDeliveriesPage
