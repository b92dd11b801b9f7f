"""A record as streams pass it on; decoded once, and rendered once for all streams that show it alike."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import cached_property
from typing import Any, Generic

import orjson

from libs.contracts.envelope import decode_type_and_tenant
from libs.contracts.errors import InvalidRecord
from libs.eventlog.port import Positions, StoredRecord
from services.queries.stream.model import RowT, Wanted

# Key, headers and objects beside the value; once a stream has taken it, row and rendered text weigh twice that more.
_RECORD_BYTES = 2048


class Occurrence(Generic[RowT]):
    """A record and its place. Malformed ones have a place too, and belong to no stream."""

    def __init__(self, record: StoredRecord, decode: Callable[[StoredRecord], RowT | None]) -> None:
        self.place = record.topic_partition
        self.offset = record.offset
        self.size_bytes = _RECORD_BYTES + len(record.value or b"")
        self._record = record
        self._decode = decode
        self._texts: dict[Hashable, bytes] = {}

    def is_for(self, wanted: Wanted[RowT]) -> bool:
        """Return whether the stream takes it; whose it is, is looked at before the rest is decoded."""
        return self._tenant_id == wanted.tenant_id and self._row is not None and wanted.takes(self._row)

    def belongs_to(self, tenant_id: str) -> bool:
        """Return whether both the record itself and the key it lies under in the log are the tenant's."""
        row, (owner, _, _) = self._row, (self._record.key or "").partition(":")
        return row is not None and row.tenant_id == owner == tenant_id

    def data(self, wanted: Wanted[RowT]) -> bytes:
        """Return the record as the list shows it, on one line."""
        row = self._row
        assert row is not None
        look = wanted.look(row)
        text = self._texts.get(look)
        if text is None:
            text = self._texts[look] = _on_one_line(wanted.shown(row))
        return text

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
    def _row(self) -> RowT | None:
        try:
            return self._decode(self._record)
        except InvalidRecord:
            return None


def _on_one_line(shown: dict[str, Any]) -> bytes:
    """Return JSON without line breaks, which are never more than white space there."""
    return orjson.dumps(shown).replace(b"\r", b" ").replace(b"\n", b" ")


def unread(occurrences: list[Occurrence[RowT]], reached: Positions) -> list[Occurrence[RowT]]:
    """Return those at or after the next offset of their partition."""
    return [occurrence for occurrence in occurrences if occurrence.offset >= reached[occurrence.place]]
