"""The attributes of records that filters and dimensions may name; every other name is a path into the data."""

from __future__ import annotations

from typing import Final

from libs.expressions.form import ValueKind
from libs.expressions.names import Attributes

_TEXTS: Final = (
    "kind",
    "action",
    "eventType",
    "resourceType",
    "resourceId",
    "origin",
    "userId",
    "actorId",
    "actorType",
    "correlationId",
    "customerId",
)
_INSTANTS: Final = ("eventTime", "createdDate")
ATTRIBUTES: Final = Attributes(
    dict.fromkeys(_TEXTS, ValueKind.TEXT) | dict.fromkeys(_INSTANTS, ValueKind.INSTANT),
    aliases={"uowId": "correlationId"},
)
"""`kind` is `interaction` or `event`, `customerId` the customer as worked out, `createdDate` the accept time."""
