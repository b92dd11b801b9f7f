"""Cursors lead back to where they were given out; ranges and types are what the family says they are."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.resource_types import BUILT_IN_TYPES
from libs.httpkit.errors import Unprocessable
from libs.httpkit.paging import encode_cursor
from libs.records.catalog import Catalog
from services.queries.events.filters import find_type, id_spellings, next_cursor, page_request, time_range
from services.queries.events.model import EventCursor, PageRequest

ID = "497f6eca-6276-4993-bfeb-53cbbbba6f08"
AT = datetime(2019, 8, 24, 14, 15, 22, tzinfo=UTC)


@given(st.datetimes(timezones=st.just(UTC)), st.uuids(), st.integers(0, 10**9))
def test_a_cursor_leads_to_where_it_was_given_out(at: datetime, event_id: uuid.UUID, offset: int) -> None:
    last = EventCursor(at, str(event_id))
    assert page_request(7, 0, next_cursor(last, offset)) == PageRequest(offset, 7, last)


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        encode_cursor("interactions", 1, ID, 0),
        encode_cursor("events"),
        encode_cursor("events", 1, ID),
        encode_cursor("events", 1, "no id", 0),
        encode_cursor("events", "1", ID, 0),
        encode_cursor("events", 10**18, ID, 0),
        encode_cursor("events", 1, ID, -1),
        encode_cursor("events", 1, ID, 10**16),
    ],
)
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Unprocessable):
        page_request(7, 0, cursor)


def test_a_range_begins_with_from_and_ends_before_to() -> None:
    assert time_range(None, None) == (None, None)
    assert time_range("2019-08-24T16:15:22+02:00", "2019-08-24T14:15:22") == (AT, AT)
    assert time_range("2019-08-24", None)[0] == AT.replace(hour=0, minute=0, second=0)
    assert time_range(None, "2019-08-24")[1] == AT.replace(hour=0, minute=0, second=0)
    with pytest.raises(Unprocessable) as refused:
        time_range("2019-08-25", "2019-08-24")
    assert refused.value.violations[0].loc == ("query", "from")


def test_only_the_references_types_ask_for_a_uuid() -> None:
    assert id_spellings("template", ID.upper(), ("query", "resource_id")) == (ID.upper(), ID)
    assert id_spellings("template", ID, ("query", "resource_id")) == (ID,)
    assert id_spellings("ORDER", "order-1", ("query", "resource_id")) == ("order-1",)
    assert id_spellings(None, "order-1", ("query", "resource_id")) == ("order-1",)
    with pytest.raises(Unprocessable):
        id_spellings("template", "order-1", ("query", "resource_id"))


def test_built_in_types_need_no_catalog() -> None:
    assert all(find_type(Catalog(), "default", name) == name for name in BUILT_IN_TYPES)
    assert find_type(Catalog(), "default", "ORDER") is None
