"""Gives every new tenant its starter set, from the `tenant.created` events of accounts.

The ids of system items are made from tenant and mnemonic, so an event that is read again changes nothing that is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from libs.contracts.envelope import decode_headers
from libs.contracts.events import SYSTEM, Cause, platform_source
from libs.contracts.paths import ACCOUNTS, CATALOG
from libs.contracts.topics import EVENTS, Topic
from libs.eventlog.port import Record, StoredRecord
from libs.objects.changes import Changes
from libs.pg.database import Connection
from libs.projections.reactor import Emission, Start
from services.catalog.rules import ensure_starter_set

TENANT_CREATED = "tenant.created"
_TYPE_HEADER = ("ce_type", TENANT_CREATED.encode())


@dataclass(frozen=True, slots=True)
class TenantCreated:
    """A tenant was created; `event_id` is the event that said so.

    One that was recorded without a correlation is the first of its own.
    """

    tenant_id: str
    event_id: str
    correlation_id: str


class StarterSets:
    """The reactor; the changes that it makes publish themselves."""

    service = CATALOG
    name = "starter_sets"
    topics: tuple[Topic, ...] = (EVENTS,)
    publishes: tuple[Topic, ...] = ()
    starts_at: Start = "beginning"
    emission: Emission = "outbox"

    def __init__(self, changes: Changes | None = None) -> None:
        self._changes = changes or Changes()

    def decode(self, record: StoredRecord) -> TenantCreated | None:
        """Return the event when it is accounts' own word that a tenant was created.

        A producer's event of that name is not.
        """
        if _TYPE_HEADER not in record.headers:
            return None
        envelope = decode_headers(record.headers)
        is_accounts_own = envelope.source == platform_source(envelope.tenant_id, ACCOUNTS)
        if not is_accounts_own or envelope.subject != envelope.tenant_id:
            return None
        return TenantCreated(envelope.tenant_id, envelope.id, envelope.correlation_id or envelope.id)

    async def react(self, conn: Connection, events: Sequence[TenantCreated]) -> Sequence[Record]:
        for event in events:
            cause = Cause(actor=SYSTEM, correlation_id=event.correlation_id, causation_id=event.event_id)
            await ensure_starter_set(self._changes.begin(conn, event.tenant_id, cause))
        return ()
