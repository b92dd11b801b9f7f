"""Notes when API keys were last used, from the key uses that other services publish.

Its effect is a column of accounts' own objects and only ever moves forward, so re-reading changes nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from libs.contracts.errors import InvalidRecord
from libs.contracts.key_uses import KeyUse, decode_key_use, is_key_use
from libs.contracts.paths import ACCOUNTS
from libs.contracts.times import from_ms
from libs.contracts.topics import CREDENTIALS, KEY_USES, Topic
from libs.eventlog.port import Record, StoredRecord
from libs.pg.database import Connection
from libs.projections.reactor import Emission, Start
from services.accounts.store import api_keys


@dataclass(frozen=True, slots=True)
class LastUses:
    """The reactor over the topics that have key uses; it publishes nothing."""

    name: str
    topics: tuple[Topic, ...]
    service: ClassVar[str] = ACCOUNTS
    publishes: ClassVar[tuple[Topic, ...]] = ()
    starts_at: ClassVar[Start] = "beginning"
    emission: ClassVar[Emission] = "outbox"

    def decode(self, record: StoredRecord) -> api_keys.KeyUse | None:
        """Return the use of a key; None for every other kind of record, without looking into it."""
        if record.value is None or record.key is None or not is_key_use(record.key):
            return None
        return _stored(decode_key_use(record.value))

    async def react(self, conn: Connection, events: Sequence[api_keys.KeyUse]) -> Sequence[Record]:
        await api_keys.note_uses(conn, events)
        return ()


def last_uses() -> tuple[LastUses, LastUses]:
    """Return the reactor over key uses, and the one over those that earlier releases wrote among the credentials.

    They are two because a release before refuses positions of a reactor in topics that it does not know.
    """
    return LastUses("key_uses", (KEY_USES,)), LastUses("last_uses", (CREDENTIALS,))


def _stored(use: KeyUse) -> api_keys.KeyUse:
    try:
        return api_keys.KeyUse(use.tenant_id, uuid.UUID(use.id), from_ms(use.last_used_at_ms))
    except (ValueError, OverflowError) as error:
        raise InvalidRecord(f"key use: {error}") from None
