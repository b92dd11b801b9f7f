"""What a request's headers say, and how they are refused."""

from __future__ import annotations

import pytest

from libs.httpkit.errors import ApiError
from libs.httpkit.request_headers import RequestHeaders, scan
from libs.httpkit.request_headers import read_headers as read_found


def read_headers(raw: list[tuple[bytes, bytes]]) -> RequestHeaders:
    return read_found(scan(raw))


TRACE = "0af7651916cd43dd8448eb211c80319c"


def test_every_header_is_read() -> None:
    headers = read_headers(
        [
            (b"x-uowid", b"uow 1"),
            (b"x-userid", b"a@b.c"),
            (b"x-interaction-timestamp", b"2026-01-15T10:30:00+01:00"),
            (b"x-span-id", b"s"),
            (b"x-parent-span-id", b"p"),
            (b"traceparent", f"00-{TRACE}-b7ad6b7169203331-01".encode()),
            (b"idempotency-key", b"k"),
            (b"content-type", b"application/json"),
        ]
    )

    assert headers.interaction_timestamp == "2026-01-15T09:30:00.000Z"
    assert (headers.uow_id, headers.user_id, headers.span_id, headers.parent_span_id) == ("uow 1", "a@b.c", "s", "p")
    assert (headers.trace_id, headers.idempotency_key, headers.content_type) == (TRACE, "k", "application/json")


@pytest.mark.parametrize(("raw", "text"), [("Zoë".encode(), "Zoë"), ("Zoë".encode("latin-1"), "Zoë")])
def test_bytes_are_utf8_when_they_can_be_and_latin1_otherwise(raw: bytes, text: str) -> None:
    assert read_headers([(b"x-userid", raw)]).user_id == text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (b"x-uowid", b""),
        (b"x-uowid", b"x" * 201),
        (b"x-uowid", b"a\tb"),
        (b"x-userid", b"a\x7f"),
        (b"x-interaction-timestamp", b"1700000000"),
        (b"idempotency-key", b"x" * 256),
    ],
)
def test_what_is_not_acceptable_is_422_naming_the_header(name: bytes, value: bytes) -> None:
    with pytest.raises(ApiError) as caught:
        read_headers([(name, value)])

    assert caught.value.status == 422
    assert [violation.field.lower() for violation in caught.value.violations] == [name.decode()]


def test_all_that_is_wrong_is_named_at_once() -> None:
    with pytest.raises(ApiError) as caught:
        read_headers([(b"x-uowid", b""), (b"x-interaction-timestamp", b"soon")])

    assert len(caught.value.violations) == 2


@pytest.mark.parametrize("value", [b"", b"00-xyz", b"00-" + b"0" * 32 + b"-b7ad6b7169203331-01"])
def test_a_malformed_traceparent_is_ignored(value: bytes) -> None:
    headers = read_headers([(b"traceparent", value)])

    assert headers.trace_id is None
    assert headers.traceparent is None


def test_a_longest_unit_of_work_passes() -> None:
    assert read_headers([(b"x-uowid", b"x" * 200)]).uow_id == "x" * 200
