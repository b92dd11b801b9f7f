"""From what a caller asks of events to `Criteria` and `PageRequest`; the first thing wrong is a 422 naming it."""

from __future__ import annotations

import uuid
from datetime import datetime

from libs.contracts import resource_types
from libs.contracts.events import event_source
from libs.contracts.reference import RESOURCE_TYPE
from libs.contracts.resource_types import REFERENCE_TYPES
from libs.contracts.times import EPOCH
from libs.httpkit.errors import Loc, Unprocessable, Violation
from libs.httpkit.paging import NoCursor, decode_cursor, encode_cursor
from libs.httpkit.times import parse_start
from libs.records.catalog import Catalog
from services.queries.events.model import EventCursor, PageRequest
from services.queries.interactions.filters import parse_uuid

MAX_OFFSET = 10**15
_MICROSECOND = datetime.resolution
_CURSOR = "events"


def time_range(since: str | None, until: str | None) -> tuple[datetime | None, datetime | None]:
    """Parse `from`, inclusive, and `to`, exclusive; a date is its midnight. Raises 422 when `from` is later."""
    start = None if since is None else parse_start(since, ("query", "from"))
    end = None if until is None else parse_start(until, ("query", "to"))
    if start is not None and end is not None and start > end:
        raise Unprocessable(Violation(("query", "from"), "from is after to"))
    return start, end


def find_type(catalog: Catalog, tenant_id: str, resource_type: str) -> str | None:
    """Return the type as events have it: a built-in one, or a mnemonic in the catalog's spelling."""

    def mnemonic_of(text: str) -> str | None:
        item_id = catalog.id_of(tenant_id, RESOURCE_TYPE, text)
        item = None if item_id is None else catalog.item(tenant_id, RESOURCE_TYPE, item_id)
        return None if item is None else item.mnemonic

    return resource_types.find_type(resource_type, mnemonic_of)


def known_type(catalog: Catalog, tenant_id: str, resource_type: str, loc: Loc) -> str:
    """Return as `find_type`; 422 for anything else."""
    found = find_type(catalog, tenant_id, resource_type)
    if found is None:
        raise Unprocessable(Violation(loc, resource_types.unknown_type_text(resource_type), "enum"))
    return found


def id_spellings(resource_type: str | None, resource_id: str, loc: Loc) -> tuple[str, ...]:
    """Return the ids to look for: of the reference API's types a UUID in any spelling, else the text itself."""
    if resource_type not in REFERENCE_TYPES:
        return (resource_id,)
    return tuple({resource_id: None, parse_uuid(resource_id, loc): None})


def source_filter(tenant_id: str, source: str | None) -> str | None:
    """Return the source as criteria have it: empty for that of the tenant's producers."""
    return "" if source == event_source(tenant_id) else source


def page_request(limit: int, offset: int, cursor: str | None) -> PageRequest:
    """Return the page by the cursor, which knows its own offset, or else by `offset`."""
    if cursor is None:
        return PageRequest(offset, limit)
    match decode_cursor(_CURSOR, cursor):
        case (int(at_us), str(event_id), int(before)) if 0 <= before <= MAX_OFFSET:
            try:
                return PageRequest(before, limit, EventCursor(EPOCH + at_us * _MICROSECOND, str(uuid.UUID(event_id))))
            except (ValueError, OverflowError):
                pass
    raise NoCursor


def next_cursor(last: EventCursor, offset: int) -> str:
    """Return the cursor that goes on after an event, at an offset."""
    return encode_cursor(_CURSOR, (last.at - EPOCH) // _MICROSECOND, last.event_id, offset)
