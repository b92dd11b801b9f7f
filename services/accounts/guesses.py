"""Passwords as callers give them: right or wrong, and so many tries that nobody finds one by trying."""

from __future__ import annotations

from datetime import datetime

from libs.auth.passwords import Passwords
from services.accounts.attempts import Attempts


class Guesses:
    """Checks passwords, whatever a caller wants with one, under one count of attempts."""

    def __init__(self, passwords: Passwords, attempts: Attempts) -> None:
        self._passwords = passwords
        self._attempts = attempts

    async def is_right(self, password: str, stored_hash: str | None, *, email: str, address: str, at: datetime) -> bool:
        """Return whether the password is the one behind `stored_hash`; None stands for an unknown user.

        Raises TooManyLogins (429) when there were too many attempts with this e-mail or from this address.
        """
        await self._attempts.count(email, address, at=at)
        is_right = await self._passwords.verify(password, stored_hash)
        if is_right:
            await self._attempts.forgive(email, address)
        return is_right
