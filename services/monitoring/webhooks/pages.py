"""Deliveries as pages of a list show them, and where the next page begins."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, Final

import msgspec

from libs.contracts.times import to_ms_if_any
from libs.httpkit.paging import NoCursor, decode_cursor, encode_cursor
from libs.webhooks.deliveries import Place, WebhookDelivery

_DELIVERIES: Final = "deliveries"


def delivery_json(one: WebhookDelivery) -> dict[str, Any]:
    """Return a delivery's JSON shape."""
    return {
        "id": str(one.id),
        "type": one.type,
        "incidentId": one.incident_id,
        "state": one.state,
        "attempts": msgspec.to_builtins(one.attempts),
        "nextAttemptAt": to_ms_if_any(one.next_attempt_at),
    }


def cursor_after(last: WebhookDelivery) -> str:
    """Return the cursor of the page that follows a delivery."""
    return encode_cursor(_DELIVERIES, last.created_at.isoformat(), str(last.id))


def place_of(cursor: str | None) -> Place | None:
    """Return the place where a page goes on; 422 for a text that is no cursor of this list."""
    if cursor is None:
        return None
    match decode_cursor(_DELIVERIES, cursor):
        case (str(at), str(last)):
            try:
                place = datetime.fromisoformat(at), uuid.UUID(last)
            except ValueError:
                raise NoCursor from None
            if place[0].tzinfo is not None:
                return place
    raise NoCursor
