"""Query parameters become criteria, or a 422 that names the one that is wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from libs.httpkit.errors import ApiError
from libs.httpkit.paging import Page
from libs.httpkit.times import parse_range
from services.queries.interactions.filters import next_cursor, page_request, parse_uuid
from services.queries.interactions.json_filters import MAX_FILTERS, parse_json_filters
from services.queries.interactions.model import (
    Criteria,
    DateField,
    JsonFilter,
    Operator,
    PageRequest,
    Strategy,
    strategy_of,
)

AT = datetime(2026, 1, 15, 10, 30, tzinfo=UTC)


def place_of(caught: pytest.ExceptionInfo[ApiError]) -> tuple[str | int, ...]:
    assert caught.value.status == 422
    return caught.value.violations[0].loc


def test_a_date_as_the_end_includes_its_day() -> None:
    start, end = parse_range("2026-01-01", "2026-01-31")
    assert start == datetime(2026, 1, 1, tzinfo=UTC)
    assert end == datetime(2026, 2, 1, tzinfo=UTC)


def test_a_time_as_the_end_is_included_to_the_millisecond() -> None:
    _, end = parse_range(None, "2026-01-15T10:30:00.123Z")
    assert end == AT + timedelta(milliseconds=124)


def test_one_and_the_same_instant_is_a_range() -> None:
    assert parse_range("2026-01-15T10:30:00Z", "2026-01-15T10:30:00Z") == (AT, AT + timedelta(milliseconds=1))


def test_a_range_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ApiError) as caught:
        parse_range("2026-02-01", "2026-01-01")
    assert place_of(caught) == ("query", "startDate")


@pytest.mark.parametrize("text", ["yesterday", "", "2026-13-01", "2026-01-01T25:00:00Z"])
def test_a_text_that_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ApiError) as caught:
        parse_range(text, None)
    assert place_of(caught) == ("query", "startDate")


def test_a_text_that_is_no_uuid_is_refused() -> None:
    with pytest.raises(ApiError) as caught:
        parse_uuid("42", ("path", "interactionId"))
    assert place_of(caught) == ("path", "interactionId")


def test_a_cursor_leads_to_the_row_it_was_made_of() -> None:
    cursor = next_cursor(DateField.CREATED, 7, AT, 3)
    after = page_request(Page(1, 20), cursor, DateField.CREATED).after
    assert after is not None
    assert (after.number, after.event_at, after.page) == (7, None, 3)


def test_a_cursor_by_event_time_carries_the_time() -> None:
    cursor = next_cursor(DateField.EVENT, 7, AT, 3)
    after = page_request(Page(1, 20), cursor, DateField.EVENT).after
    assert after is not None
    assert (after.number, after.event_at) == (7, AT)


@pytest.mark.parametrize("cursor", ["", "nonsense", next_cursor(DateField.EVENT, 7, AT, 2)])
def test_a_cursor_of_another_order_is_refused(cursor: str) -> None:
    with pytest.raises(ApiError) as caught:
        page_request(Page(1, 20), cursor, DateField.CREATED)
    assert place_of(caught) == ("query", "cursor")


def test_without_a_cursor_the_page_says_where() -> None:
    assert page_request(Page(3, 20), None, DateField.CREATED) == PageRequest(40, 20)


def test_json_filters_are_read() -> None:
    text = '[{"path":"a.b","operator":"equals","value":1.5},{"path":"c","operator":"exists"}]'
    assert parse_json_filters(text) == (
        JsonFilter(("a", "b"), Operator.EQUALS, 1.5),
        JsonFilter(("c",), Operator.EXISTS, value=True),
    )


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("{", ()),
        ("{}", ()),
        ("[1]", (0,)),
        ('[{"operator":"exists"}]', (0, "path")),
        ('[{"path":"a..b","operator":"exists"}]', (0, "path")),
        ('[{"path":"a","operator":"regex","value":1}]', (0, "operator")),
        ('[{"path":"a","operator":"equals"}]', (0, "value")),
        ('[{"path":"a","operator":"startsWith","value":1}]', (0, "value")),
        ('[{"path":"a","operator":"exists","value":"yes"}]', (0, "value")),
        ('[{"path":"a","operator":"equals","value":"\\u0000"}]', (0, "value")),
        ("[" + ",".join(['{"path":"a","operator":"exists"}'] * (MAX_FILTERS + 1)) + "]", ()),
    ],
)
def test_a_wrong_json_filter_is_refused(text: str, place: tuple[str | int, ...]) -> None:
    with pytest.raises(ApiError) as caught:
        parse_json_filters(text)
    assert place_of(caught) == ("query", "jsonFilters", *place)


@pytest.mark.parametrize("value", ["NaN", "1e400", str(2**64), '"\\u0000"', '"\\ud800"', "[" * 40, "{"])
def test_a_wrong_json_filter_is_named_once(value: str) -> None:
    with pytest.raises(ApiError) as caught:
        parse_json_filters(f'[{{"path":"a","operator":"equals","value":{value}}}]')
    assert caught.value.detail.count("jsonFilters") == 1


@pytest.mark.parametrize(
    ("criteria", "strategy"),
    [
        (Criteria(), Strategy.FACET_BLOCKS),
        (Criteria(action="READ", resource_type="ORDER", start=AT), Strategy.FACET_BLOCKS),
        (Criteria(user_id="u", end=AT), Strategy.USER_BLOCKS),
        (Criteria(user_id="u", action="READ"), Strategy.ONE_SCAN),
        (Criteria(resource_id="r", start=AT), Strategy.ONE_INDEX),
        (Criteria(resource_id="r", uow_id="w"), Strategy.ONE_SCAN),
        (Criteria(date_field=DateField.EVENT, action="READ"), Strategy.EVENT_DAYS),
        (Criteria(date_field=DateField.EVENT, start=AT), Strategy.EVENT_DAYS),
        (Criteria(date_field=DateField.EVENT, user_id="u"), Strategy.ONE_SCAN),
        (Criteria(json_filters=(JsonFilter(("a",), Operator.EXISTS),)), Strategy.ONE_SCAN),
    ],
)
def test_each_filter_is_counted_in_its_cheapest_exact_way(criteria: Criteria, strategy: Strategy) -> None:
    assert strategy_of(criteria) is strategy
