"""Times, positions, pages, cursors and keys as requests carry them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.httpkit.errors import Unprocessable
from libs.httpkit.idempotency import hash_request, parse_key
from libs.httpkit.paging import Page, Pagination, decode_cursor, encode_cursor
from libs.httpkit.positions import encode_position, parse_min_position
from libs.httpkit.times import format_time, parse_end_exclusive, parse_start, parse_time

LOC = ("query", "startDate")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-01-15", "2024-01-15T00:00:00.000Z"),
        ("2024-01-15T10:30", "2024-01-15T10:30:00.000Z"),
        ("2024-01-15T10:30:00", "2024-01-15T10:30:00.000Z"),
        ("2024-01-15T10:30:00Z", "2024-01-15T10:30:00.000Z"),
        ("2024-01-15t10:30:00z", "2024-01-15T10:30:00.000Z"),
        ("2024-01-15 10:30:00.5Z", "2024-01-15T10:30:00.500Z"),
        ("2024-01-15T10:30:00.123456789Z", "2024-01-15T10:30:00.123Z"),
        ("2024-01-15T10:30:00+02:00", "2024-01-15T08:30:00.000Z"),
        ("2024-01-15T10:30:00 02:00", "2024-01-15T08:30:00.000Z"),
        ("2024-01-15T10:30:00-0330", "2024-01-15T14:00:00.000Z"),
        ("2024-01-15T10:30:00.1999Z", "2024-01-15T10:30:00.199Z"),
        ("1969-12-31T23:59:59.9999Z", "1969-12-31T23:59:59.999Z"),
        (f"2024-01-15T10:30:00.{'9' * 400}Z", "2024-01-15T10:30:00.999Z"),
        ("2024-01-15T10:30:00,5Z", "2024-01-15T10:30:00.500Z"),
        ("2024-01-15T10:30:00-00:00", "2024-01-15T10:30:00.000Z"),
        ("2024-01-15T10:30:00+23:59", "2024-01-14T10:31:00.000Z"),
        ("2024-01-15T10:30:00-23:59", "2024-01-16T10:29:00.000Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"),
        ("2016-12-31t23:59:60.25z", "2017-01-01T00:00:00.250Z"),
        ("1990-12-31T15:59:60-08:00", "1991-01-01T00:00:00.000Z"),
        ("2024-01-15T23:59:60", "2024-01-16T00:00:00.000Z"),
        ("0001-01-01", "0001-01-01T00:00:00.000Z"),
        ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
    ],
)
def test_times_are_read(text: str, expected: str) -> None:
    assert format_time(parse_time(text, LOC)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2024-13-01",
        "2023-02-29",
        "20240115",
        "2024-W03-1",
        "2024-01-15T25:00:00Z",
        "2024-01-15T10:30:60Z",
        "2024-01-15T23:59:60+01:00",
        "2024-01-15T23:59:61Z",
        "2024-01-15T24:00:00Z",
        "2024-01-15T10:60:00Z",
        "9999-12-31T23:59:60Z",
        "2024-01-15T10:30:00+22:60",
        "2024-01-15T10:30:00+2:00",
        "2024-01-15T10:30:00.Z",
        "2024-01-15T10:30.5Z",
        "2024-01-15T10:30:00+24:00",
        "2024-01-15T10:30:00 Europe",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "10000-01-01",
        "1705314600000",
        "２０２４-01-15",
        "2024-01-15\n",
    ],
)
def test_what_is_no_time_is_422_naming_the_parameter(text: str) -> None:
    with pytest.raises(Unprocessable) as caught:
        parse_time(text, LOC)
    assert caught.value.violations[0].loc == LOC


def test_both_bounds_are_inclusive_to_the_millisecond() -> None:
    assert parse_start("2024-01-15T10:30:00.1239Z", LOC).microsecond == 123_000
    assert parse_end_exclusive("2024-01-15T10:30:00.123Z", LOC).microsecond == 124_000
    assert parse_end_exclusive("2024-01-31", LOC) == datetime(2024, 2, 1, tzinfo=UTC)
    assert parse_end_exclusive("9999-12-31", LOC) == datetime.max.replace(tzinfo=UTC)


offsets = st.dictionaries(
    st.tuples(st.sampled_from(["waymark.interactions.v1", "waymark.events.v1"]), st.integers(0, 5)),
    st.integers(0, 2**63 - 1),
    max_size=8,
)


@given(offsets, offsets)
def test_positions_survive_the_journey_and_merge_to_the_highest(
    one: dict[tuple[str, int], int], two: dict[tuple[str, int], int]
) -> None:
    assert parse_min_position(encode_position("log-1", one), "log-1") == one
    merged = parse_min_position(f"{encode_position('log-1', one)}, {encode_position('log-1', two)}", "log-1")
    assert merged == {place: max(one.get(place, 0), two.get(place, 0)) for place in one | two}


def test_no_position_is_no_wait() -> None:
    assert parse_min_position(None, "log-1") == {}
    assert parse_min_position("", "log-1") == {}


@given(st.text(max_size=60))
def test_garbage_is_no_position(text: str) -> None:
    if not text.replace(",", "").strip():
        return
    with pytest.raises(Unprocessable) as caught:
        parse_min_position(text, "log-1")
    assert caught.value.violations[0].loc == ("header", "Waymark-Min-Position")


def test_a_position_in_another_log_is_422() -> None:
    with pytest.raises(Unprocessable):
        parse_min_position(encode_position("log-2", {("t", 0): 1}), "log-1")


@pytest.mark.parametrize(
    ("page", "total", "pages", "has_next", "has_prev"),
    [(1, 0, 0, False, False), (1, 50, 1, False, False), (1, 51, 2, True, False), (9, 51, 2, False, True)],
)
def test_pagination(page: int, total: int, pages: int, has_next: bool, has_prev: bool) -> None:
    found = Pagination.of(Page(page, 50), total).as_json()
    assert found == {
        "page": page,
        "limit": 50,
        "total": total,
        "totalPages": pages,
        "hasNext": has_next,
        "hasPrev": has_prev,
        "nextCursor": None,
    }


@given(st.lists(st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**63 - 1), st.text()), max_size=4))
def test_cursors_survive_the_journey(values: list[str | int | bool | None]) -> None:
    clean = [v for v in values if not isinstance(v, str) or v.isprintable()]
    assert decode_cursor("byNumber", encode_cursor("byNumber", *clean)) == tuple(clean)


@pytest.mark.parametrize("token", ["", "x", "!!!", "W10", encode_cursor("byTime", 1), "eyJhIjoxfQ", "ÿ"])
def test_what_is_no_cursor_of_this_list_is_422(token: str) -> None:
    with pytest.raises(Unprocessable):
        decode_cursor("byNumber", token)


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "a\x7f", '""', '"a\tb"', "a\u2028b", f'"{"x" * 256}"'])
def test_bad_idempotency_keys(key: str) -> None:
    with pytest.raises(Unprocessable):
        parse_key(key)


def test_idempotency_keys_and_hashes() -> None:
    assert parse_key(None) is None
    assert parse_key("x" * 255) == "x" * 255
    assert parse_key("日本\u3000語") == "日本\u3000語"
    assert parse_key('"a-1"') == parse_key("a-1") == "a-1"
    assert parse_key(r'"a \"b\" \\ c"') == r'a "b" \ c'
    assert parse_key('"a"b"') == '"a"b"'
    assert hash_request("POST", "/a", b"1") != hash_request("POST", "/b", b"1")
