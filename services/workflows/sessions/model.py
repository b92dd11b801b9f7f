"""Values of the read model `sessions`: its name, and the records that it folds."""

from __future__ import annotations

from typing import Final, NamedTuple

from libs.contracts.times import EARLIEST_MS
from libs.contracts.workflow_sessions import AnyRecord

SESSIONS_MODEL: Final = "sessions"
MINUTE_MS: Final = 60_000


class SessionKey(NamedTuple):
    """A session of a tenant."""

    tenant_id: str
    session_id: str


class SessionEntry(NamedTuple):
    """A record of a session with its place in the log and its key."""

    partition: int
    offset: int
    tenant_id: str
    key: str
    record: AnyRecord

    @property
    def session(self) -> SessionKey:
        """The session that the record is of."""
        return SessionKey(self.tenant_id, self.record.session_id)


def minute_of(at_ms: int) -> int:
    """Return the minute that an instant (milliseconds since the epoch) lies in, counted from 0001-01-01."""
    return (at_ms - EARLIEST_MS) // MINUTE_MS
