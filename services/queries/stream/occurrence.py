"""A record of the events topic as streams pass it on; decoded and rendered once, however many streams share it."""

from __future__ import annotations

from functools import cached_property

import orjson

from libs.contracts.envelope import Headers, decode_type_and_tenant
from libs.contracts.errors import InvalidRecord
from libs.eventlog.port import StoredRecord, TopicPartition
from libs.records.events import EventRow, decode_event
from libs.records.render import event_json
from services.queries.stream.model import Wanted


class Occurrence:
    """A record and its place. Malformed ones have a place too, and belong to no stream."""

    def __init__(self, record: StoredRecord) -> None:
        self.place = record.topic_partition
        self.offset = record.offset
        self.size_bytes = len(record.value or b"")
        self._record = record

    def is_for(self, wanted: Wanted) -> bool:
        """Return whether the stream takes it; whose it is, is looked at before the rest is decoded."""
        return self._tenant_id == wanted.tenant_id and self._event is not None and wanted.takes(self._event)

    @cached_property
    def data(self) -> bytes:
        """The event as the list shows it, on one line: a line break in JSON is never more than white space."""
        event = self._event
        assert event is not None
        row = event._asdict() | {"event_at": event.occurred_at}
        text = orjson.dumps(event_json(event.tenant_id, event.correlation_id, row))
        return text.replace(b"\r", b" ").replace(b"\n", b" ")

    @cached_property
    def identity(self) -> tuple[str, str] | None:
        """The tenant and the id that a repeat has in common with it; None of a malformed one."""
        if self._tenant_id is None:
            return None
        return self._tenant_id, next(value for name, value in self._headers if name == "ce_id").decode()

    @cached_property
    def _headers(self) -> Headers:
        return self._record.headers

    @cached_property
    def _tenant_id(self) -> str | None:
        try:
            return decode_type_and_tenant(self._headers)[1]
        except InvalidRecord:
            return None

    @cached_property
    def _event(self) -> EventRow | None:
        try:
            return decode_event(self._record)
        except InvalidRecord:
            return None


def unread(occurrences: list[Occurrence], reached: dict[TopicPartition, int]) -> list[Occurrence]:
    """Return those at or after the next offset of their partition."""
    return [occurrence for occurrence in occurrences if occurrence.offset >= reached[occurrence.place]]
