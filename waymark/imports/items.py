"""The items of an import, and the routes of the API that take them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from waymark.client import calls, event_calls
from waymark.client.requests import ApiCall
from waymark.client.retries import Request


@dataclass(frozen=True, slots=True)
class ImportItem:
    """One line to send, and its origin for messages. Items of one `unit` of work reach the log in their order.

    An import goes on from `resume` once the item is through, from `again` to send it once more.
    """

    line: bytes
    origin: str
    resume: object = None
    unit: str | None = None
    again: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Destination:
    """A bulk route: what it records, the request that sends lines to it, and the call that reads one record by its id.

    `is_array`: lines are sent as one JSON array, which a line that is no JSON would spoil.
    """

    records: str
    request: Callable[[Iterable[bytes]], Request]
    read: Callable[[str], ApiCall[Any]]
    is_array: bool = False


# The door knows a repeated interaction by its id; a key would cost it a second receipt for each.
INTERACTIONS = Destination("interactions", partial(calls.batch, is_keyed=False), calls.get_interaction)
EVENTS = Destination("events", event_calls.event_batch, event_calls.get_event)
CLOUD_EVENTS = Destination("events", event_calls.cloud_event_batch, event_calls.get_event, is_array=True)
