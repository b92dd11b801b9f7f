"""A gateway for tests: its database, its topics, a tenant with keys and a catalog in the log, and a client.

Nothing here knows which log it is; whoever calls hands over a started one.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from libs.auth.keys import generate
from libs.contracts.credentials import ApiKey, CredentialRecord, Tenant, encode_credential
from libs.contracts.interactions import Interaction, Voided, decode_interaction_record
from libs.contracts.reference import (
    ACTION,
    FRONTIER,
    ORIGIN,
    RESOURCE_TYPE,
    Frontier,
    ReferenceRecord,
    decode_data,
    decode_reference,
    encode_reference,
)
from libs.contracts.topics import CREDENTIALS, INTERACTIONS, MANIFEST, REFERENCE
from libs.eventlog.port import Appended, EventLog, Record, StoredRecord
from tests.support.records import item_id

CATALOG = {
    RESOURCE_TYPE: ("ORDER", "PAYMENT", "FILE"),
    ACTION: ("CREATE", "READ", "UPDATE"),
    ORIGIN: ("WEBAPP", "MOBILE", "API"),
}
_TIME = "2026-01-01T00:00:00.000Z"


def catalog_record(
    tenant_id: str, kind: str, mnemonic: str, *, version: int = 1, archived: bool = False, of: str | None = None
) -> ReferenceRecord:
    """A catalog item's state; `of` names the mnemonic its id is made from, when that has changed."""
    data = {"title": mnemonic.title(), "mnemonic": mnemonic, "createdDate": _TIME, "modifiedDate": _TIME}
    identifier = item_id(tenant_id, kind, of or mnemonic)
    return ReferenceRecord(kind=kind, tenant_id=tenant_id, id=identifier, version=version, archived=archived, data=data)


@dataclass(frozen=True, slots=True)
class TestTenant:
    """A tenant with one key of each role."""

    __test__ = False

    tenant_id: str
    editor_key: str
    viewer_key: str
    editor: ApiKey


def api_key(tenant_id: str, role: str, **changes: Any) -> tuple[str, ApiKey]:
    """A key in plain and its record."""
    made = generate()
    fields: dict[str, Any] = {"version": 1, "label": role, "roles": (role,), **changes}
    record = ApiKey(tenant_id=tenant_id, id=str(uuid.uuid4()), hash=made.hash, prefix=made.prefix, **fields)
    return made.plain, record


async def publish(log: EventLog, records: Sequence[Record]) -> None:
    """Append, and fail the test when the log does not take it all."""
    outcomes = await log.append(records)
    assert all(isinstance(outcome, Appended) for outcome in outcomes), outcomes


async def publish_credentials(log: EventLog, *records: CredentialRecord) -> None:
    """Put credential records into the log."""
    await publish(
        log, [Record(CREDENTIALS.name, *encode_credential(r, timestamp_ms=1), timestamp_ms=1) for r in records]
    )


async def publish_reference(log: EventLog, *records: ReferenceRecord) -> None:
    """Put reference records into the log."""
    encoded = [encode_reference(record, timestamp_ms=1) for record in records]
    await publish(log, [Record(REFERENCE.name, *parts, timestamp_ms=1) for parts in encoded])


async def seed(log: EventLog, tenant_id: str = "default") -> TestTenant:
    """Make the topics, a tenant, its keys and its catalog."""
    await log.ensure_topics(MANIFEST)
    editor_key, editor = api_key(tenant_id, "editor")
    viewer_key, viewer = api_key(tenant_id, "viewer")
    await publish_credentials(log, Tenant(tenant_id=tenant_id, version=1), editor, viewer)
    items = [catalog_record(tenant_id, kind, name) for kind, names in CATALOG.items() for name in names]
    await publish_reference(log, *items)
    return TestTenant(tenant_id, editor_key, viewer_key, editor)


async def read_topic(log: EventLog, topic: Any = INTERACTIONS) -> list[StoredRecord]:
    """Everything a topic holds now."""
    ends = await log.end_offsets([topic])
    reader = await log.reader(await log.beginning_offsets([topic]))
    found: list[StoredRecord] = []
    try:
        while any(reader.positions[place] < end for place, end in ends.items()):
            found += await reader.poll(timeout_s=1.0, max_records=5_000)
    finally:
        await reader.stop()
    return found


@dataclass(frozen=True, slots=True)
class Numbers:
    """What the log says about one tenant's numbers: recorded (number → id) and voided without a record."""

    recorded: dict[int, str]
    voided: set[int]
    ids: dict[str, set[int]]

    def assert_gapless(self, up_to: int | None = None) -> None:
        """Every number from 1 is recorded or voided, and every id has one number."""
        known = set(self.recorded) | self.voided
        assert known == set(range(1, len(known) + 1)), sorted(set(range(1, max(known) + 1)) - known)[:20]
        assert up_to is None or len(known) == up_to, (len(known), up_to)


async def numbers_in(log: EventLog, tenant_id: str = "default") -> Numbers:
    """Fold a tenant's interactions as a projection does: by number, and a record beats a void."""
    return fold_numbers(await read_topic(log), tenant_id)


def fold_numbers(records: Sequence[StoredRecord], tenant_id: str = "default") -> Numbers:
    """As `numbers_in`, of records already read."""
    recorded: dict[int, str] = {}
    voided: set[int] = set()
    ids: dict[str, set[int]] = {}
    for record in records:
        envelope, body = decode_interaction_record(record.value, record.headers)
        if envelope.tenant_id != tenant_id:
            continue
        if isinstance(body, Voided):
            voided.add(body.interaction_number)
            continue
        assert isinstance(body, Interaction)
        known = recorded.setdefault(body.interaction_number, body.interaction_id)
        assert known == body.interaction_id, "two records under one number"
        ids.setdefault(body.interaction_id, set()).add(body.interaction_number)
    return Numbers(recorded, voided - set(recorded), ids)


async def frontier(log: EventLog) -> int | None:
    """The last published frontier of the default tenant."""
    below = None
    for record in await read_topic(log, REFERENCE):
        assert record.value is not None
        reference = decode_reference(record.value)
        if reference.kind == FRONTIER:
            data = decode_data(reference, Frontier)
            assert isinstance(data, Frontier)
            below = data.below
    return below
