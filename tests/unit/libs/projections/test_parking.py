"""Which record is at fault, how it is kept, and when there are too many."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self, cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from libs.contracts.envelope import tenant_of
from libs.contracts.errors import InvalidRecord
from libs.contracts.topics import EVENTS, INTERACTIONS, MAX_RECORD_BYTES, REFERENCE
from libs.eventlog.port import StoredRecord
from libs.pg.database import Connection
from libs.projections.parking import (
    PUBLISHED_TOPICS,
    Decoded,
    ParkedAt,
    dead_letter,
    decode_all,
    exceeds,
    fold_or_fault,
    pack_headers,
    parked_record,
    readable,
    unpack_headers,
)


def stored(offset: int) -> StoredRecord:
    return StoredRecord(EVENTS.name, 0, offset, "k", b"v", (), 1)


class _Savepoint:
    def __init__(self, rows: list[int]) -> None:
        self._rows = rows
        self._before: list[int] = []

    async def __aenter__(self) -> Self:
        self._before = list(self._rows)
        return self

    async def __aexit__(self, kind: type | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        if kind is not None:
            self._rows[:] = self._before


class Table:
    """A connection with one table and savepoints."""

    def __init__(self) -> None:
        self.rows: list[int] = []

    def transaction(self) -> _Savepoint:
        return _Savepoint(self.rows)


@given(st.integers(0, 60), st.sets(st.integers(0, 59)))
async def test_exactly_the_records_at_fault_are_found(count: int, bad: set[int]) -> None:
    table = Table()

    async def fold(conn: Any, events: Sequence[int]) -> None:
        for event in events:
            if event in bad:
                raise InvalidRecord(f"{event} is bad")
            conn.rows.append(event)

    decoded = [Decoded(stored(number), number) for number in range(count)]
    faults = (await fold_or_fault(cast("Connection", table), fold, decoded)).faults
    assert [fault.record.offset for fault in faults] == sorted(number for number in bad if number < count)
    assert all(fault.reason == f"{fault.record.offset} is bad" for fault in faults)
    assert table.rows == [number for number in range(count) if number not in bad]


async def test_a_bug_is_nobodys_fault() -> None:
    async def fold(_conn: Connection, _events: Sequence[int]) -> None:
        raise KeyError("typo")

    with pytest.raises(KeyError):
        await fold_or_fault(cast("Connection", Table()), fold, [Decoded(stored(0), 0)])


def test_records_of_no_concern_are_neither_events_nor_faults() -> None:
    def decode(record: StoredRecord) -> int | None:
        if record.offset == 2:
            raise InvalidRecord("two")
        return None if record.offset == 1 else record.offset

    decoded, faults = decode_all(decode, [stored(number) for number in range(4)])
    assert [item.event for item in decoded] == [0, 3]
    assert [(fault.record.offset, fault.stage, fault.reason) for fault in faults] == [(2, "decode", "two")]


@given(
    st.dictionaries(st.integers(1, 60), st.sampled_from(("acme", "other", None))), st.integers(0, 6), st.integers(1, 20)
)
@example({1: None, 2: None, 3: None}, 2, 3)
@example({1: None, 2: None, 4: None}, 2, 3)
@example({1: "acme", 2: "acme", 3: "acme"}, 2, 3)
@example({1: "acme", 2: "acme", 3: "other"}, 2, 3)
def test_the_limit_holds_for_every_run_of_consecutive_records_of_several_tenants(
    parked: dict[int, str | None], allowed: int, window: int
) -> None:
    def is_too_much(start: int) -> bool:
        tenants = [tenant for at, tenant in parked.items() if start <= at < start + window]
        most = max(tenants.count("acme"), tenants.count("other"))
        return len(tenants) > allowed and len(tenants) - most > 0

    ordered = [ParkedAt(*one) for one in sorted(parked.items(), key=lambda one: one[0])]
    assert exceeds(ordered, allowed=allowed, window=window) == any(map(is_too_much, range(-20, 61)))


def test_a_stray_record_of_another_tenant_makes_no_several() -> None:
    flood = [ParkedAt(number, "acme") for number in range(900)]
    stray = [ParkedAt(900 + number, "other") for number in range(11)]
    assert not exceeds(flood + stray[:10], allowed=100, window=1_000)
    assert exceeds(flood + stray, allowed=100, window=1_000)


def test_the_tenant_of_a_record_is_what_its_headers_name() -> None:
    assert tenant_of((("ce_id", b"1"), ("ce_tenantid", b"acme"))) == "acme"
    assert tenant_of((("ce_id", b"1"),)) is None
    assert tenant_of((("ce_tenantid", b"\xff"),)) is None
    assert tenant_of((("ce_tenantid", b"a\0"),)) is None
    assert tenant_of((("ce_tenantid", b"a" * 63),)) == "a" * 63
    assert tenant_of((("ce_tenantid", b"a" * 64),)) is None


@given(st.lists(st.tuples(st.text(), st.binary())))
def test_headers_survive_packing(headers: list[tuple[str, bytes]]) -> None:
    kept = tuple((name.encode("utf-8", "ignore").decode(), value) for name, value in headers)
    assert unpack_headers(pack_headers(kept)) == kept


@given(st.text(alphabet=st.characters()))
def test_any_reason_is_text_for_postgresql(text: str) -> None:
    reason = readable(InvalidRecord(text))
    assert "\0" not in reason
    assert 0 < len(reason.encode()) <= 4_000


def row(**changes: Any) -> Any:
    whole = {
        "topic": EVENTS.name,
        "partition": 2,
        "offset": 7,
        "key": b"acme:1",
        "value": b"{",
        "headers": pack_headers((("ce_id", b"\xff"),)),
        "timestamp_ms": 5,
        "stage": "decode",
        "reason": "not JSON",
    }
    return {**whole, **changes}


def test_a_copy_says_where_it_came_from_and_what_was_wrong() -> None:
    copy = dead_letter(row(), "queries.history", now_ms=9, limit_bytes=1_000)
    assert (copy.topic, copy.key, copy.value, copy.timestamp_ms) == (EVENTS.name + ".dlq", "acme:1", b"{", 9)
    assert dict(copy.headers) == {
        "ce_id": b"\xff",
        "waymark_dlq_projection": b"queries.history",
        "waymark_dlq_stage": b"decode",
        "waymark_dlq_reason": b"not JSON",
        "waymark_dlq_topic": EVENTS.name.encode(),
        "waymark_dlq_partition": b"2",
        "waymark_dlq_offset": b"7",
    }


def test_a_copy_that_would_be_too_large_leaves_the_value_out() -> None:
    copy = dead_letter(row(value=b"x" * MAX_RECORD_BYTES, key=None), "m", now_ms=9, limit_bytes=MAX_RECORD_BYTES)
    assert (copy.key, copy.value) == ("", None)
    assert dict(copy.headers)["waymark_dlq_value"] == b"left out"


def test_a_parked_record_comes_back_as_it_was_read() -> None:
    assert parked_record(row(key=None)) == StoredRecord(EVENTS.name, 2, 7, None, b"{", (("ce_id", b"\xff"),), 5)


def test_copies_go_where_the_manifest_has_a_topic_for_them() -> None:
    assert set(PUBLISHED_TOPICS) >= {INTERACTIONS.name, EVENTS.name}
    assert REFERENCE.name not in PUBLISHED_TOPICS
