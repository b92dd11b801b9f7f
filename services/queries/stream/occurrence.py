"""A record of the events topic as streams pass it on; decoded and rendered once, however many streams share it."""

from __future__ import annotations

from functools import cached_property

import orjson

from libs.contracts.envelope import decode_type_and_tenant
from libs.contracts.errors import InvalidRecord
from libs.contracts.events import is_confidential
from libs.eventlog.port import Positions, StoredRecord
from libs.records.events import EventRow, decode_event
from libs.records.render import shown_event
from services.queries.stream.model import Wanted

# Key, headers and objects beside the value; once a stream has taken it, row and rendered text weigh twice that more.
_RECORD_BYTES = 2048


class Occurrence:
    """A record and its place. Malformed ones have a place too, and belong to no stream."""

    def __init__(self, record: StoredRecord) -> None:
        self.place = record.topic_partition
        self.offset = record.offset
        self.size_bytes = _RECORD_BYTES + len(record.value or b"")
        self._record = record

    def is_for(self, wanted: Wanted) -> bool:
        """Return whether the stream takes it; whose it is, is looked at before the rest is decoded."""
        return self._tenant_id == wanted.tenant_id and self._event is not None and wanted.takes(self._event)

    def belongs_to(self, tenant_id: str) -> bool:
        """Return whether both the event itself and the key it lies under in the log are the tenant's."""
        event, (owner, _, _) = self._event, (self._record.key or "").partition(":")
        return event is not None and event.tenant_id == owner == tenant_id

    def data(self, *, to_admin: bool) -> bytes:
        """Return the event as the list shows it, on one line."""
        return self._whole if to_admin else self._shown

    @cached_property
    def _whole(self) -> bytes:
        return _on_one_line(self._row, to_admin=True)

    @cached_property
    def _shown(self) -> bytes:
        row = self._row
        return _on_one_line(row, to_admin=False) if is_confidential(row.tenant_id, row.source) else self._whole

    @property
    def _row(self) -> EventRow:
        assert self._event is not None
        return self._event

    @property
    def identity(self) -> tuple[str, str] | None:
        """The tenant and the id that a repeat has in common with it; None of a malformed one."""
        if self._tenant_id is None:
            return None
        return self._tenant_id, next(value for name, value in self._record.headers if name == "ce_id").decode()

    @cached_property
    def _tenant_id(self) -> str | None:
        try:
            return decode_type_and_tenant(self._record.headers)[1]
        except InvalidRecord:
            return None

    @cached_property
    def _event(self) -> EventRow | None:
        try:
            return decode_event(self._record)
        except InvalidRecord:
            return None


def _on_one_line(event: EventRow, *, to_admin: bool) -> bytes:
    """Return an event as JSON without line breaks, which are never more than white space there."""
    text = orjson.dumps(shown_event(event, to_admin=to_admin))
    return text.replace(b"\r", b" ").replace(b"\n", b" ")


def unread(occurrences: list[Occurrence], reached: Positions) -> list[Occurrence]:
    """Return those at or after the next offset of their partition."""
    return [occurrence for occurrence in occurrences if occurrence.offset >= reached[occurrence.place]]
