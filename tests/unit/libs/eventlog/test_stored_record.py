"""A record unpacks its headers when asked and is decoded once by each way of decoding."""

from __future__ import annotations

import pytest

from libs.contracts.errors import InvalidRecord
from libs.eventlog.header_codec import pack_headers
from libs.eventlog.port import StoredRecord

HEADERS = (("ce_id", b"1"), ("twice", b"x"), ("twice", b"y"))


def record_with(headers: tuple[tuple[str, bytes], ...] | bytes) -> StoredRecord:
    return StoredRecord("topic", 0, 7, "k", b"v", headers, 1)


def test_packed_headers_read_as_they_were() -> None:
    assert record_with(pack_headers(HEADERS)).headers == record_with(HEADERS).headers == HEADERS


def test_two_readers_decode_once() -> None:
    calls: list[int] = []

    def decode(record: StoredRecord) -> list[int]:
        calls.append(record.offset)
        return [record.offset]

    record = record_with(())
    assert record.once(decode) is record.once(decode)
    assert calls == [7]


def test_another_way_of_decoding_is_not_answered_by_the_first() -> None:
    record = record_with(())
    assert record.once(lambda one: one.offset) == 7
    assert record.once(lambda one: one.key) == "k"


def test_an_invalid_record_is_invalid_for_everyone() -> None:
    def refuse(record: StoredRecord) -> None:
        raise InvalidRecord(f"offset {record.offset}")

    record = record_with(())
    for _ in range(2):
        with pytest.raises(InvalidRecord, match="offset 7"):
            record.once(refuse)
