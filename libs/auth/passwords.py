"""Passwords: argon2id in a worker thread, a bounded number at a time, as slow for users that do not exist."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Sequence
from typing import TypeVar

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

from libs.auth.common_passwords import is_common
from libs.httpkit.errors import Loc, Unprocessable, Violation, unavailable

T = TypeVar("T")
MIN_LENGTH = 8
MAX_LENGTH = 1024
CONCURRENT = 2
MAX_HASHES = 64
"""How many hashes callers may wait for in one process, those under way included: 0.6 s of work."""


def check_new_password(password: str, *, email: str | None = None, loc: Loc = ("body", "password")) -> None:
    """Raise 422 for a password nobody should have: under 8 or over 1,024 characters, common, or the user's e-mail."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        message = f"{MIN_LENGTH} to {MAX_LENGTH:,} characters are expected"
        raise Unprocessable(Violation(loc, message, "password_length"))
    if is_common(password, email):
        message = "one that is not among the first to be tried is expected"
        raise Unprocessable(Violation(loc, message, "password_common"))


class Passwords:
    """Hashes and verifies. One instance per process; each running hash holds 19 MiB."""

    def __init__(self, *, memory_kib: int = 19_456, rounds: int = 2) -> None:
        self._hasher = argon2.PasswordHasher(time_cost=rounds, memory_cost=memory_kib, parallelism=1)
        self._slots = asyncio.Semaphore(CONCURRENT)
        self._hashes = 0

    async def hash(self, password: str) -> str:
        """Return the argon2id hash to store, parameters included."""
        return await self._in_thread(1, functools.partial(self._hasher.hash, password))

    async def verify(self, password: str, stored_hashes: Sequence[str | None]) -> list[bool]:
        """Return for each hash whether the password is the one behind it, one after the other in one thread.

        None stands for an unknown user and takes as long.
        """
        if len(password) > MAX_LENGTH:
            password, stored_hashes = "", [None] * len(stored_hashes)
        return await self._in_thread(len(stored_hashes), functools.partial(self._verify_each, password, stored_hashes))

    def needs_rehash(self, stored_hash: str) -> bool:
        """Return whether the hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(stored_hash)

    @functools.cached_property
    def _dummy_hash(self) -> str:
        return self._hasher.hash("a password that nobody has")

    def _verify_each(self, password: str, stored_hashes: Sequence[str | None]) -> list[bool]:
        return [self._verify(password, stored_hash) for stored_hash in stored_hashes]

    def _verify(self, password: str, stored_hash: str | None) -> bool:
        try:
            self._hasher.verify(self._dummy_hash if stored_hash is None else stored_hash, password)
        except (VerificationError, InvalidHashError):
            return False
        return stored_hash is not None

    async def _in_thread(self, hashes: int, work: functools.partial[T]) -> T:
        if self._hashes + hashes > MAX_HASHES:
            raise unavailable("too many logins at once", retry_after_s=2)
        self._hashes += hashes
        try:
            async with self._slots:
                return await asyncio.to_thread(work)
        finally:
            self._hashes -= hashes
