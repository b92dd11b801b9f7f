"""The credentials of a service that does not own them: the index kept by a replica of `waymark.credentials.v1`.

Also tells the log when keys were last used; that is a courtesy, so what the log does not take is simply told later.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from libs.auth.credentials import CredentialIndex
from libs.auth.key_use import KeyUses
from libs.auth.tokens import VerificationKey
from libs.background.loops import Periodic, check_all
from libs.contracts.credentials import ApiKey
from libs.contracts.key_uses import KeyUse, encode_key_use
from libs.contracts.topics import CREDENTIALS, KEY_USES
from libs.eventlog.errors import AppendFailed, LogUnavailable
from libs.eventlog.port import EventLog, Record, StoredRecord
from libs.eventlog.replica import Replica

REPORT_INTERVAL_S = 5.0


class ReplicatedCredentials:
    """A `CredentialSource` over the log. `start` returns once everything in the topic is known."""

    def __init__(
        self,
        log: EventLog,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        report_interval_s: float = REPORT_INTERVAL_S,
    ) -> None:
        self._log = log
        self._clock = clock
        self._reporting = Periodic("report of key uses", report_interval_s, self._report, once_more=True)
        self._untold: dict[tuple[str, str], KeyUse] = {}
        self.index = CredentialIndex()
        self.key_uses = KeyUses()
        self.replica = Replica(log, CREDENTIALS, self._apply)

    async def start(self) -> None:
        """Read the topic, then go on reading and begin to report key uses. Raises LogMismatch without the topic."""
        await self.replica.start()
        await self._reporting.start()

    async def stop(self) -> None:
        """Report what is left, and stop. Idempotent."""
        await self._reporting.stop()
        await self.replica.stop()

    async def check(self) -> str | None:
        """Return None while changes are applied and uses reported, else the reason."""
        return await check_all(self.replica, self._reporting)

    def find_key(self, key_hash: str) -> ApiKey | None:
        return self.index.find_key(key_hash)

    def signing_key(self, kid: str) -> VerificationKey | None:
        return self.index.signing_key(kid)

    def is_active(self, tenant_id: str) -> bool:
        return self.index.is_active(tenant_id)

    def is_revoked(self, tenant_id: str, subject: str, session_id: str | None, issued_at: datetime) -> bool:
        return self.index.is_revoked(tenant_id, subject, session_id, issued_at)

    async def catch_up(self) -> None:
        await self.replica.catch_up()

    def _apply(self, record: StoredRecord) -> None:
        if record.key is not None:
            self.index.apply(record.key, record.value)

    async def _report(self) -> None:
        self.index.forget_expired(self._clock())
        await self._tell()

    async def _tell(self) -> None:
        self._untold |= {(use.tenant_id, use.id): use for use in self.key_uses.drain()}
        if not self._untold:
            return
        uses = list(self._untold.values())
        try:
            outcomes = await self._log.append([_record(use) for use in uses])
        except LogUnavailable:
            return
        for use, outcome in zip(uses, outcomes, strict=True):
            if not isinstance(outcome, AppendFailed):
                self._untold.pop((use.tenant_id, use.id), None)


def _record(use: KeyUse) -> Record:
    return Record(KEY_USES.name, *encode_key_use(use), timestamp_ms=use.last_used_at_ms)
