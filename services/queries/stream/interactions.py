"""Streams of interactions: their filters, and how they show an interaction."""

from __future__ import annotations

from typing import Any, Final

from libs.contracts.reference import ACTION, ORIGIN, RESOURCE_TYPE
from libs.contracts.topics import INTERACTIONS
from libs.eventlog.port import StoredRecord
from libs.httpkit.errors import ApiError
from libs.records.catalog import Catalog
from libs.records.index_key import optional_key
from libs.records.interactions import RecordedRow, decode_change
from libs.records.render import shown_interaction
from services.queries.interactions.schemas import InteractionStreamFilters
from services.queries.stream.model import Kind


class InteractionsGone(ApiError):
    """what followed this Last-Event-ID is not kept any more; from=beginning gives what is"""

    status, code, title = 410, "interactions_gone", "Gone"


def _decode(record: StoredRecord) -> RecordedRow | None:
    change = decode_change(record)
    return change if isinstance(change, RecordedRow) else None


STREAMED_INTERACTIONS: Final = Kind("interactions", INTERACTIONS, _decode, InteractionsGone)


class WantedInteractions:
    """The interactions of one tenant that every filter finds; mnemonics mean what the catalog calls so at the time."""

    def __init__(self, tenant_id: str, filters: InteractionStreamFilters, catalog: Catalog) -> None:
        self.tenant_id = tenant_id
        self._catalog = catalog
        self._facets = {
            RESOURCE_TYPE: filters.resource_type,
            ACTION: filters.action,
            ORIGIN: filters.origin,
        }
        self._resource_id = optional_key(filters.resource_id)
        self._uow_id = optional_key(filters.uow_id)
        self._user_id = optional_key(filters.user_id)
        self._external_reference = optional_key(filters.external_reference)

    def takes(self, row: RecordedRow) -> bool:
        compared = (
            (self.tenant_id, row.tenant_id),
            (self._resource_id, row.resource_id),
            (self._uow_id, row.uow_id),
            (self._user_id, row.user_id),
            (self._external_reference, row.external_reference),
        )
        return all(asked is None or asked == found for asked, found in compared) and self._is_of_facets(row)

    def look(self, _row: RecordedRow, /) -> int:
        return self._catalog.revision

    def shown(self, row: RecordedRow) -> dict[str, Any]:
        return shown_interaction(row, self._catalog)

    def _is_of_facets(self, row: RecordedRow) -> bool:
        ids = {RESOURCE_TYPE: row.type_id, ACTION: row.action_id, ORIGIN: row.origin_id}
        return all(
            mnemonic is None or self._catalog.id_of(self.tenant_id, kind, mnemonic) == ids[kind]
            for kind, mnemonic in self._facets.items()
        )
