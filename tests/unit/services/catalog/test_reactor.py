"""Which records mean that a tenant was created."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from libs.contracts.errors import InvalidRecord
from libs.contracts.events import SYSTEM, PlatformEvent, encode_platform_event
from libs.contracts.topics import EVENTS
from libs.eventlog.port import StoredRecord
from services.catalog.reactor import StarterSets, TenantCreated

CREATED = PlatformEvent(
    id="e1",
    type="tenant.created",
    tenant_id="acme",
    resource_type="tenant",
    resource_id="acme",
    actor=SYSTEM,
    occurred_at_ms=1,
    correlation_id="c1",
)


def stored(event: PlatformEvent, *, service: str = "accounts") -> StoredRecord:
    key, value, headers = encode_platform_event(event, service=service)
    return StoredRecord(EVENTS.name, 0, 0, key, value, headers, 1)


def test_accounts_word_counts() -> None:
    assert StarterSets().decode(stored(CREATED)) == TenantCreated("acme", "e1", "c1")


def test_an_event_from_before_events_had_correlations_is_the_first_of_its_own() -> None:
    record = stored(CREATED)
    headers = tuple(header for header in record.headers if header[0] != "ce_correlationid")

    found = StarterSets().decode(msgspec.structs.replace(record, stored_headers=headers))

    assert found == TenantCreated("acme", "e1", "e1")


@pytest.mark.parametrize(
    "record",
    [
        stored(replace(CREATED, type="tenant.suspended")),
        stored(CREATED, service="events"),
        stored(replace(CREATED, resource_id="another")),
    ],
)
def test_nothing_else_does(record: StoredRecord) -> None:
    assert StarterSets().decode(record) is None


def test_a_record_without_envelope_is_invalid_only_if_it_claims_to_be_one() -> None:
    record = msgspec.structs.replace(stored(CREATED), stored_headers=(("ce_type", b"tenant.created"),))

    with pytest.raises(InvalidRecord):
        StarterSets().decode(record)
    assert StarterSets().decode(msgspec.structs.replace(record, stored_headers=())) is None
