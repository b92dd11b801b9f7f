"""Limits login attempts, per e-mail and address, over all processes and restarts.

An attempt is counted before the password is looked at, so that many at once cannot outrun the limit.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from libs.pg.database import Database
from libs.pg.sql_files import SqlFile
from services.accounts.errors import too_many_logins
from services.accounts.model import fold_email

QUERIES = SqlFile.load(Path(__file__).with_name("store") / "login_attempts.sql")


@dataclass(frozen=True, slots=True)
class AttemptLimits:
    """The numbers of attempts that a window allows: for an e-mail from one address, for an e-mail, for an address."""

    window: timedelta = timedelta(minutes=15)
    pair: int = 10
    email: int = 50
    address: int = 200


class Attempts:
    """Counts attempts (projector role)."""

    def __init__(self, db: Database, limits: AttemptLimits | None = None) -> None:
        self._db = db
        self._limits = limits or AttemptLimits()

    async def count(self, email: str, address: str, *, at: datetime) -> None:
        """Count one attempt; raises TooManyLogins (429) when it is one too many."""
        limits = _subjects(email, address, self._limits)
        async with self._db.transaction() as conn:
            rows = await conn.fetch(QUERIES.count_attempts, list(limits), at, at - self._limits.window)
        over = [row for row in rows if row["attempts"] > limits[row["subject"]]]
        if over:
            ends = max(row["window_start"] for row in over) + self._limits.window
            raise too_many_logins(max(1, math.ceil((ends - at).total_seconds())))

    async def forgive(self, email: str, address: str) -> None:
        """Forget the failures of this e-mail from this address, after a login that succeeded."""
        async with self._db.transaction() as conn:
            await conn.execute(QUERIES.forgive, [_subject("pair", fold_email(email), address)])

    async def purge(self, *, at: datetime) -> None:
        """Remove windows that are over."""
        async with self._db.transaction() as conn:
            await conn.execute(QUERIES.purge_attempts, at - self._limits.window)


def _subjects(email: str, address: str, limits: AttemptLimits) -> dict[str, int]:
    folded = fold_email(email)
    return {
        _subject("pair", folded, address): limits.pair,
        _subject("email", folded): limits.email,
        _subject("address", address): limits.address,
    }


def _subject(*parts: str) -> str:
    """Return a digest: e-mails of people who are no users need not be readable in the table."""
    return f"{parts[0]}:{hashlib.sha256('|'.join(parts).encode()).hexdigest()}"
