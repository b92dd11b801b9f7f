"""Passwords as callers give them: right or wrong, and so many tries that nobody finds one by trying."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from libs.auth.passwords import Passwords
from services.accounts.attempts import Attempts


class Guesses:
    """Checks passwords, whatever a caller wants with one, under one count of attempts."""

    def __init__(self, passwords: Passwords, attempts: Attempts) -> None:
        self._passwords = passwords
        self._attempts = attempts

    async def verify(
        self, password: str, stored_hashes: Sequence[str | None], *, email: str, address: str, at: datetime
    ) -> list[bool]:
        """Return for each hash whether the password is the one behind it; None stands for an unknown user.

        However many hashes there are, it is one attempt. Raises TooManyLogins (429) when there were too many with this
        e-mail, in whatever tenants, or from this address.
        """
        await self._attempts.count(email, address, at=at)
        are_right = await self._passwords.verify(password, stored_hashes)
        if any(are_right):
            await self._attempts.forgive(email, address)
        return are_right
