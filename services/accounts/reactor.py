"""Notes when API keys were last used, from the key uses that other services publish.

Its effect is a column of accounts' own objects and only ever moves forward, so re-reading changes nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from libs.contracts.credentials import KeyUse, decode_credential
from libs.contracts.errors import InvalidRecord
from libs.contracts.paths import ACCOUNTS
from libs.contracts.times import from_ms
from libs.contracts.topics import CREDENTIALS, Topic
from libs.eventlog.port import Record, StoredRecord
from libs.pg.database import Connection
from libs.projections.reactor import Emission, Start
from services.accounts.store import api_keys

_KEY_USE_PREFIX = "key_use:"


class LastUses:
    """The reactor; it publishes nothing."""

    service = ACCOUNTS
    name = "last_uses"
    topics: tuple[Topic, ...] = (CREDENTIALS,)
    publishes: tuple[Topic, ...] = ()
    starts_at: Start = "beginning"
    emission: Emission = "outbox"

    def decode(self, record: StoredRecord) -> api_keys.KeyUse | None:
        """Return the use of a key; None for every other kind of record, without looking into it."""
        if record.value is None or record.key is None or not record.key.startswith(_KEY_USE_PREFIX):
            return None
        use = decode_credential(record.value)
        if not isinstance(use, KeyUse):
            raise InvalidRecord(f"value: a {type(use).__name__} under a key use's key")
        return _stored(use)

    async def react(self, conn: Connection, events: Sequence[api_keys.KeyUse]) -> Sequence[Record]:
        await api_keys.note_uses(conn, events)
        return ()


def _stored(use: KeyUse) -> api_keys.KeyUse:
    try:
        return api_keys.KeyUse(use.tenant_id, uuid.UUID(use.id), from_ms(use.last_used_at_ms))
    except (ValueError, OverflowError) as error:
        raise InvalidRecord(f"key use: {error}") from None
