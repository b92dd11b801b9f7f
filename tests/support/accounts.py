"""Accounts for tests: the declared service, with passwords hashed at a cost of the test's choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import httpx

from libs.auth.credentials import CredentialIndex
from libs.auth.passwords import Passwords
from libs.contracts.topics import CREDENTIALS
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.replica import Replica
from libs.service.service import Service
from services.accounts.app import start
from services.accounts.service import SERVICE
from services.accounts.settings import AccountsSettings

LOGIN = "/api/v1/auth/login"
ME = "/api/v1/auth/me"

SECRET_KEY = "a secret of the tests alone"
PASSWORD = "correct horse"


def accounts_with(passwords: Passwords) -> Service[AccountsSettings]:
    """Return accounts, hashing passwords by `passwords`."""
    return replace(SERVICE, api=lambda: replace(SERVICE.api(), start=partial(start, passwords=passwords)))


@dataclass(frozen=True, slots=True)
class People:
    """Two tenants: `acme` with a user and a key of each role, `other` with an admin key."""

    keys: dict[str, str]
    other_key: str

    def headers(self, role: str = "admin") -> dict[str, str]:
        """The headers of acme's key of a role."""
        return {"x-api-key": self.keys[role]}


class CountingPasswords(Passwords):
    """Notes for each verification which of its places held a hash of a user's."""

    def __init__(self, *, memory_kib: int, rounds: int) -> None:
        super().__init__(memory_kib=memory_kib, rounds=rounds)
        self.verified: list[list[bool]] = []

    async def verify(self, password: str, stored_hashes: Sequence[str | None]) -> list[bool]:
        self.verified.append([stored_hash is not None for stored_hash in stored_hashes])
        return await super().verify(password, stored_hashes)


async def login(
    client: httpx.AsyncClient, role: str = "editor", password: str = PASSWORD, **more: str
) -> httpx.Response:
    return await client.post(LOGIN, json={"email": f"{role}@acme.example", "password": password, **more})


def bearer(answer: httpx.Response) -> dict[str, str]:
    return {"Authorization": f"Bearer {answer.json()['accessToken']}"}


async def refresh_with(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.post("/api/v1/auth/refresh", headers={"Cookie": f"waymark_refresh={token}"})


async def index_of(log: MemoryEventLog) -> CredentialIndex:
    """What a service that reads the log to its end knows of credentials."""
    index = CredentialIndex()
    replica = Replica(log, CREDENTIALS, lambda record: index.apply(record.key or "", record.value))
    await replica.start()
    await replica.stop()
    return index
