"""The Python client: record interactions and ask about them, blocking or on an event loop.

It needs nothing of the server's code: httpx and msgspec are all it imports.
"""

from waymark.client.asynchronous import AsyncClient
from waymark.client.blocking import Client
from waymark.client.buffer import QueueClosed, QueueFull, QueueLimits
from waymark.client.delivery import Unsent, UnsentItem
from waymark.client.errors import (
    Conflict,
    ConnectionFailed,
    NotFound,
    Problem,
    RateLimited,
    Refused,
    Unauthorized,
    Unavailable,
    UnexpectedAnswer,
    WaymarkError,
)
from waymark.client.filters import JsonFilter, Resource
from waymark.client.models import (
    Activity,
    CatalogItem,
    Gap,
    Interaction,
    Key,
    NewInteraction,
    NewKey,
    Page,
    Pagination,
    Recorded,
    RecordedItem,
    RecordedMany,
    Timeline,
    TimelineBucket,
    Trace,
    TraceEntry,
    TraceEvent,
    TraceNode,
    TraceSummary,
    TraceTimeline,
    TraceTree,
)
from waymark.client.retries import Retries
from waymark.client.spans import Span, continue_trace, current_span, unit_of_work

__all__ = [
    "Activity",
    "AsyncClient",
    "CatalogItem",
    "Client",
    "Conflict",
    "ConnectionFailed",
    "Gap",
    "Interaction",
    "JsonFilter",
    "Key",
    "NewInteraction",
    "NewKey",
    "NotFound",
    "Page",
    "Pagination",
    "Problem",
    "QueueClosed",
    "QueueFull",
    "QueueLimits",
    "RateLimited",
    "Recorded",
    "RecordedItem",
    "RecordedMany",
    "Refused",
    "Resource",
    "Retries",
    "Span",
    "Timeline",
    "TimelineBucket",
    "Trace",
    "TraceEntry",
    "TraceEvent",
    "TraceNode",
    "TraceSummary",
    "TraceTimeline",
    "TraceTree",
    "Unauthorized",
    "Unavailable",
    "UnexpectedAnswer",
    "Unsent",
    "UnsentItem",
    "WaymarkError",
    "continue_trace",
    "current_span",
    "unit_of_work",
]
