"""A record as it was posted: its customer, its attributes and its data, read from the body and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, NamedTuple

INTERACTION: Literal["interaction"] = "interaction"
EVENT: Literal["event"] = "event"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Instant(NamedTuple):
    """A time, which is another kind of value than a number."""

    ms: int


@dataclass(frozen=True)
class Posted:
    """A body that was acknowledged under an id, and when it was accepted. Numbers of the body are int and Decimal."""

    kind: Literal["interaction", "event"]
    id: str
    body: Mapping[str, Any]
    accepted_ms: int

    @property
    def name(self) -> str:
        """The action or the event type. The starter set spells its actions in capitals."""
        return str(self.body["action"]).upper() if self.kind == INTERACTION else str(self.body["eventType"])

    @property
    def data(self) -> Any:
        return self.body.get("interaction" if self.kind == INTERACTION else "payload")

    @property
    def event_ms(self) -> int:
        return self.accepted_ms if self._own_time is None else ms_of(self._own_time)

    @property
    def has_own_time(self) -> bool:
        return self._own_time is not None

    @property
    def _own_time(self) -> str | None:
        return self.body.get("interactionTimestamp" if self.kind == INTERACTION else "occurredAt")

    @property
    def customer(self) -> str | None:
        in_data = at_path(self.data, "customerId")
        if kind_of(in_data) == "text":
            return str(in_data)
        if type(in_data) is int:
            return str(in_data)
        if self.kind == INTERACTION:
            return self.body.get("userId")
        return self.body.get("actorId") if self.body.get("actorType", "user") == "user" else None

    def field(self, name: str) -> Any:
        """Return an attribute, else what is at a path into the data; None for null and for what is not there."""
        attributes = self._attributes()
        if name in attributes:
            return attributes[name]
        return at_path(self.data, name.removeprefix("data."))

    def _attributes(self) -> dict[str, Any]:
        body, is_interaction = self.body, self.kind == INTERACTION
        correlation = body.get("uowId" if is_interaction else "correlationId")
        return {
            "kind": self.kind,
            "action": self.name if is_interaction else None,
            "eventType": None if is_interaction else self.name,
            "resourceType": body["resourceType"],
            "resourceId": body["resourceId"],
            "origin": body["origin"] if is_interaction else None,
            "userId": body.get("userId") if is_interaction else None,
            "actorId": None if is_interaction else body.get("actorId"),
            "actorType": None if is_interaction else body.get("actorType", "user"),
            "correlationId": correlation,
            "uowId": correlation,
            "customerId": self.customer,
            "eventTime": Instant(self.event_ms),
            "createdDate": Instant(self.accepted_ms),
        }


def at_path(data: Any, path: str) -> Any:
    """Return what a dotted path leads to: segments are keys, and digits also indexes of arrays."""
    found = data
    for segment in path.split("."):
        if isinstance(found, Mapping):
            found = found.get(segment)
        elif isinstance(found, list) and segment.isdecimal() and int(segment) < len(found):
            found = found[int(segment)]
        else:
            return None
    return found


def kind_of(value: Any) -> str | None:
    """Return the kind of a value: only those of one kind compare. Null, objects and arrays have none."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | Decimal):
        return "number"
    if isinstance(value, str):
        return "text"
    return "instant" if isinstance(value, Instant) else None


def ms_of(text: str) -> int:
    """Return the milliseconds since 1970 of a time of RFC 3339; what is finer is cut."""
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def time_text(ms: int) -> str:
    """Return a time as the API writes it."""
    return (_EPOCH + timedelta(milliseconds=ms)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def plain(number: int | Decimal) -> str:
    """Return a number in plain notation, without zeros at the end of its fraction."""
    digits = format(Decimal(number), "f")
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    return "0" if digits == "-0" else digits


def json_of(value: Any) -> str:
    """Return a text, number or boolean as the JSON that tells it from all others; anything else is null."""
    kind = kind_of(value)
    if kind == "number":
        return plain(value)
    return json.dumps(value, ensure_ascii=False) if kind in {"text", "boolean"} else "null"
