"""All series of all tenants, compiled to work out the contributions of a record.

A record of a tenant without any costs one look-up in its headers. Any other costs one partial decode of its data and
one look-up by its name; filters are for those records that a source names, however many sources there are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from libs.contracts.envelope import Envelope, decode_headers
from libs.contracts.events import as_payload, is_confidential, is_json_type
from libs.contracts.interactions import Interaction, decode_interaction_body, decode_interaction_data
from libs.contracts.topics import EVENTS
from libs.eventlog.header_codec import HeaderScreen
from libs.eventlog.port import StoredRecord
from libs.expressions.values import is_index
from libs.records.short_text import short_text
from services.metrics.definitions.model import SeriesSource
from services.metrics.feeding.members import Data, Members
from services.metrics.feeding.record import FedRecord, of_event, of_interaction
from services.metrics.feeding.source import CompiledSource

Refused: TypeAlias = dict[tuple[str, int], str]
"""The reasons for which the sources of series, by tenant and id, cannot be read."""


class IndexedSeries(NamedTuple):
    """A series and its source."""

    tenant_id: str
    series_id: int
    source: SeriesSource


class Contribution(NamedTuple):
    """The contribution of one record to a series, for a customer; repeats of the record have the same `record_id`.

    `dims` is the JSON text of the array of its dimensions' values; `event_at` is in milliseconds since the epoch.
    """

    tenant_id: str
    series_id: int
    record_id: str
    customer: str
    dims: str
    event_at: int
    number: Decimal | int | None


class SeriesIndex:
    """Works out the contributions of records to `series`; sources that `former` has compiled are taken over.

    A series whose source cannot be read is left out and noted in `refused`, if that is given; else its ValueError is
    raised.
    """

    def __init__(
        self,
        series: Iterable[IndexedSeries] = (),
        former: SeriesIndex | None = None,
        *,
        refused: Refused | None = None,
    ) -> None:
        by_tenant: defaultdict[str, dict[int, SeriesSource]] = defaultdict(dict)
        for tenant_id, series_id, source in series:
            by_tenant[tenant_id][series_id] = source
        known = {} if former is None else former._tenants
        self._tenants: Mapping[str, _TenantSeries] = {
            tenant_id: _tenant_series(tenant_id, sources, known.get(tenant_id), refused)
            for tenant_id, sources in by_tenant.items()
        }
        self._screen = HeaderScreen("ce_tenantid", frozenset(tenant_id.encode() for tenant_id in self._tenants))

    def contributions(self, record: StoredRecord) -> Sequence[Contribution]:
        """Return the contributions of the record. Raises InvalidRecord for one that no model could take."""
        if not (self._tenants and self._screen.passes(record.stored_headers)):
            return ()
        return self._of_event(record) if record.topic == EVENTS.name else self._of_interaction(record)

    def _of_interaction(self, record: StoredRecord) -> Sequence[Contribution]:
        headers = record.headers
        found = decode_interaction_data(record.value, headers)
        if found is None:
            return ()
        tenant_id, action, data = found
        tenant = self._tenants.get(tenant_id)
        concerned = tenant.concerned(action, data) if tenant else ()
        if not (tenant and concerned):
            return ()
        _, body = decode_interaction_body(record.value, headers)
        assert isinstance(body, Interaction)  # voids have no action
        return tenant.fed(concerned, of_interaction(body, tenant.wanted.read(data)))

    def _of_event(self, record: StoredRecord) -> Sequence[Contribution]:
        envelope = decode_headers(record.headers)
        tenant = self._tenants.get(envelope.tenant_id)
        data = _payload(record, envelope)
        concerned = tenant.concerned(envelope.type, data) if tenant else ()
        if not (tenant and concerned):
            return ()
        return tenant.fed(concerned, of_event(record, envelope, tenant.wanted.read(data)))


class _TenantSeries:
    """The series of one tenant, by the record names and by the members of data that their sources name."""

    def __init__(self, tenant_id: str, sources: Mapping[int, CompiledSource]) -> None:
        self.sources = sources
        self._tenant_id = tenant_id
        by_name, by_member = defaultdict(list), defaultdict(list)
        for series_id, source in sources.items():
            by_name[source.name].append(series_id)
            by_member[source.path[0]].append(series_id)
        self._by_name: Mapping[str, Sequence[int]] = dict(by_name)
        self._by_member: Mapping[str, Sequence[int]] = dict(by_member)
        self._of_arrays = [series_id for series_id, source in sources.items() if is_index(source.path[0])]
        self._naming = Members(frozenset(by_member))
        self.wanted = Members(frozenset().union(*(source.members for source in sources.values())))

    def concerned(self, name: str, json: bytes) -> Iterable[int]:
        """Return the series whose source names the record, or perhaps a value in its data."""
        named = self._by_name.get(name.casefold(), ())
        data = self._naming.read(json)
        return dict.fromkeys([*named, *self._looked_at(data)]) if data else named

    def _looked_at(self, data: Data) -> Iterable[int]:
        if isinstance(data, list):
            return self._of_arrays
        return [series_id for member in data or () for series_id in self._by_member.get(member, ())]

    def fed(self, concerned: Iterable[int], record: FedRecord) -> Sequence[Contribution]:
        """Return the contributions of the record to those of the `concerned` series whose filter it passes."""
        if record.customer is None:
            return ()
        customer = short_text(record.customer)
        contributions = []
        for series_id in concerned:
            fed = self.sources[series_id].fed_by(record)
            if fed is not None:
                of = (self._tenant_id, series_id, record.id, customer, fed.dims, record.event_at, fed.number)
                contributions.append(Contribution(*of))
        return contributions


def _payload(record: StoredRecord, envelope: Envelope) -> bytes:
    """Return the JSON of an event's payload; one that is for admins is empty to metrics, which all may read."""
    if record.value is None or not is_json_type(envelope.content_type):
        return b""
    if is_confidential(envelope.tenant_id, envelope.source):
        return b""
    return as_payload(record.value, envelope.content_type)


def _tenant_series(
    tenant_id: str, sources: Mapping[int, SeriesSource], former: _TenantSeries | None, refused: Refused | None
) -> _TenantSeries:
    """Return the tenant's series. A series' source never changes, so one that is known need not be compiled."""
    known = {} if former is None else former.sources
    if former is not None and known.keys() == sources.keys():
        return former
    compiled: dict[int, CompiledSource] = {}
    for series_id, source in sources.items():
        try:
            compiled[series_id] = known.get(series_id) or CompiledSource(source)
        except ValueError as error:
            if refused is None:
                raise
            refused[tenant_id, series_id] = f"the filter cannot be read any more: {error}"
    return _TenantSeries(tenant_id, compiled)
