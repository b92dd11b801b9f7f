"""A migrated accounts schema for each test, an operator on it, and the service over a log in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from libs.auth.passwords import Passwords
from libs.eventlog.memory import MemoryEventLog
from libs.pg.database import Database
from libs.service.app import create_service_app
from services.accounts.operator import Operator
from services.accounts.service import SERVICE
from services.accounts.settings import AccountsSettings
from tests.support.accounts import PASSWORD, SECRET_KEY, People, accounts_with
from tests.support.objects import log, projector_db, request_db, service_under_test, service_url
from tests.support.serving import serving

__all__ = ["log", "projector_db", "request_db", "service_url"]

declared = service_under_test(SERVICE)


@pytest.fixture
def passwords() -> Passwords:
    """Real argon2, at a cost that suits tests."""
    return Passwords(memory_kib=64, rounds=1)


@pytest.fixture
def operator(projector_db: Database, passwords: Passwords) -> Operator:
    """The operator's functions on the test's database."""
    return Operator(projector_db, passwords=passwords)


@pytest.fixture
def settings(service_url: str) -> AccountsSettings:
    """The service's settings for the test's database."""
    return AccountsSettings(database_url=service_url, secret_key=SECRET_KEY)


@pytest.fixture
async def people(operator: Operator) -> People:
    """Both tenants, made by the operator."""
    await operator.create_tenant("acme")
    await operator.create_tenant("other")
    keys = {}
    for role in ("viewer", "editor", "admin"):
        await operator.create_user("acme", f"{role}@acme.example", PASSWORD, roles=[role])
        keys[role] = (await operator.create_key("acme", label=role, roles=[role]))[1]
    return People(keys, await operator.create_admin_key("other"))


@pytest.fixture
async def client(
    settings: AccountsSettings, log: MemoryEventLog, passwords: Passwords, people: People
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the running service."""
    async with serving(create_service_app(accounts_with(passwords), settings, log=log)) as client:
        yield client
