"""Work that accounts does by itself now and then: note key uses, rotate signing keys, remove what nobody needs.

Nothing rests on its being on time; while the database is away it waits.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime

from libs.auth.key_use import KeyUses
from libs.background.loops import Periodic
from libs.contracts.times import from_ms
from libs.objects.changes import utc_now
from libs.pg.database import Database
from libs.pg.errors import DatabaseUnavailable
from services.accounts.attempts import Attempts
from services.accounts.sessions import Sessions
from services.accounts.signing import Signing
from services.accounts.store import api_keys

USES_INTERVAL_S = 5.0
ROUNDS_TO_TIDY = 120


class KeyUseWriter:
    """Uses of keys at accounts' own routes, straight into its table (projector role)."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.key_uses = KeyUses()

    async def write(self) -> None:
        """Note what was used since the last time."""
        if uses := self.key_uses.drain():
            async with self._db.transaction() as conn:
                await api_keys.note_uses(
                    conn,
                    [api_keys.KeyUse(use.tenant_id, uuid.UUID(use.id), from_ms(use.last_used_at_ms)) for use in uses],
                )


class Housekeeping(Periodic):
    """Notes key uses every few seconds, and tidies every ten minutes."""

    def __init__(
        self,
        *,
        signing: Signing,
        sessions: Sessions,
        attempts: Attempts,
        uses: KeyUseWriter,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        super().__init__(
            "housekeeping", USES_INTERVAL_S, self._write_and_tidy, survives=DatabaseUnavailable, once_more=True
        )
        self._signing = signing
        self._sessions = sessions
        self._attempts = attempts
        self._uses = uses
        self._clock = clock
        self._rounds_done = 0

    async def tidy(self) -> None:
        """Do one round of everything but key uses."""
        await self._signing.refresh()
        await self._sessions.purge()
        await self._attempts.purge(at=self._clock())

    async def _write_and_tidy(self) -> None:
        self._rounds_done += 1
        await self._uses.write()
        if self._rounds_done % ROUNDS_TO_TIDY == 0:
            await self.tidy()
