"""Makes records ready to be sent: with an id, their place in the current unit of work, and their text.

Every one has its id before it is sent first, so sending it again, from this process or another, records nothing twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from waymark.client import calls, event_calls
from waymark.client.errors import local_problem
from waymark.client.event_models import NewEvent
from waymark.client.ids import new_id
from waymark.client.models import NewInteraction
from waymark.client.spans import Span, current_span

T = TypeVar("T")
ITEM_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Outgoing(Generic[T]):
    """A record ready to be sent, with the text it is sent as."""

    item: T
    line: bytes


def in_context(item: NewInteraction) -> NewInteraction:
    """Give the item the ids of the current span, unless it has its own."""
    span = current_span()
    if span is None or item.uow_id not in {None, span.uow_id}:
        return item
    has_span = item.span_id is not None
    return msgspec.structs.replace(
        item,
        uow_id=span.uow_id,
        user_id=item.user_id or span.user_id,
        span_id=item.span_id if has_span else span.span_id,
        parent_span_id=item.parent_span_id if has_span else item.parent_span_id or span.parent_span_id,
    )


def event_in_context(item: NewEvent, span: Span | None) -> NewEvent:
    """Give the event the unit of work and the user of the span, unless it has its own."""
    if span is None or item.correlation_id not in {None, span.uow_id}:
        return item
    has_actor = item.actor_id is not None or item.actor_type is not None
    actor_id = item.actor_id if has_actor else span.user_id
    return msgspec.structs.replace(item, correlation_id=span.uow_id, actor_id=actor_id)


def outgoing(item: NewInteraction) -> Outgoing[NewInteraction]:
    """Make an interaction ready to be sent. Raises Refused when it cannot be written as JSON or is over 1 MiB."""
    placed = in_context(item)
    if placed.interaction_id is None:
        placed = msgspec.structs.replace(placed, interaction_id=new_id())
    return Outgoing(placed, _within_a_record("interaction", calls.encode_item(placed)))


def outgoing_event(item: NewEvent) -> Outgoing[NewEvent]:
    """Make an event ready to be sent. Raises Refused as `outgoing` does."""
    placed = event_in_context(item, current_span())
    if placed.id is None:
        placed = msgspec.structs.replace(placed, id=new_id())
    return Outgoing(placed, _within_a_record("payload", event_calls.encode_event(placed)))


def _within_a_record(field: str, line: bytes) -> bytes:
    if len(line) > ITEM_BYTES:
        raise local_problem(field, f"{len(line)} bytes are over the limit of {ITEM_BYTES} for one record")
    return line
