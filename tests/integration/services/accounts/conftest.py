"""A migrated accounts schema for each test, and an operator on it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from libs.auth.passwords import Passwords
from libs.pg.database import Database
from libs.pg.roles import projector_role, request_role
from services.accounts.operator import Operator
from services.accounts.setup import setup
from tests.support.postgres import TestServer


@pytest.fixture
async def accounts_url(postgres_server: TestServer) -> AsyncIterator[str]:
    """A database with the accounts schema and nothing in it."""
    template = await postgres_server.template("accounts", setup)
    async with postgres_server.database(template=template) as url:
        yield url


@pytest.fixture
async def projector_db(accounts_url: str) -> AsyncIterator[Database]:
    """The database as accounts' projector role."""
    async with await Database.connect(
        accounts_url, role=projector_role("accounts"), application_name="test", search_path=("accounts",)
    ) as db:
        yield db


@pytest.fixture
async def request_db(accounts_url: str) -> AsyncIterator[Database]:
    """The database as accounts' request role."""
    async with await Database.connect(
        accounts_url, role=request_role("accounts"), application_name="test", search_path=("accounts",)
    ) as db:
        yield db


@pytest.fixture
def passwords() -> Passwords:
    """Real argon2, at a cost that suits tests."""
    return Passwords(memory_kib=64, rounds=1)


@pytest.fixture
def operator(projector_db: Database, passwords: Passwords) -> Operator:
    """The operator's functions on the test's database."""
    return Operator(projector_db, passwords=passwords)
