"""Accounts and the catalog beside each other on the PostgreSQL log, as the single machine runs them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import httpx
import pytest

from libs.contracts.topics import MANIFEST, REFERENCE
from libs.eventlog.open import open_log
from libs.eventlog.port import EventLog, TopicPartition
from libs.httpkit.positions import parse_min_position
from libs.service.app import create_service_app
from libs.service.setup import setup_service
from libs.service.worker import Worker
from services.accounts.credentials_file import Credentials
from services.accounts.operator import Operator, open_operator
from services.accounts.service import SERVICE as ACCOUNTS
from services.accounts.settings import AccountsSettings
from services.catalog.service import SERVICE as CATALOG
from services.catalog.settings import CatalogSettings
from tests.support.accounts import SECRET_KEY
from tests.support.postgres import TestServer
from tests.support.projections import FAST
from tests.support.serving import serving
from tests.support.waiting import eventually


class Kept:
    """Keeps the first credentials in memory."""

    def __init__(self) -> None:
        self.credentials: Credentials | None = None

    def exists(self) -> bool:
        return self.credentials is not None

    def save(self, credentials: Credentials) -> None:
        self.credentials = credentials


@dataclass(frozen=True, slots=True)
class Machine:
    """Both services, running, after a first start."""

    accounts: httpx.AsyncClient
    catalog: httpx.AsyncClient
    credentials: Credentials
    operator: Operator
    log: EventLog

    @property
    def headers(self) -> dict[str, str]:
        """The first key's."""
        return {"x-api-key": self.credentials.api_key}


async def set_up(url: str) -> None:
    """What the one-shot setup does for the two services."""
    await setup_service(ACCOUNTS, url)
    await setup_service(CATALOG, url)


@pytest.fixture
async def both_url(postgres_server: TestServer) -> AsyncIterator[str]:
    """A database with both schemas and nothing in them."""
    template = await postgres_server.template("accounts and catalog", set_up)
    async with postgres_server.database(template=template) as url:
        yield url


@pytest.fixture
async def machine(both_url: str) -> AsyncIterator[Machine]:
    """A first start on an empty database, ready."""
    settings = AccountsSettings(database_url=both_url, secret_key=SECRET_KEY)
    async with AsyncExitStack() as stack:
        log = await open_log(settings)
        stack.push_async_callback(log.stop)
        await log.start()
        await log.ensure_topics(MANIFEST)
        operator = await stack.enter_async_context(open_operator(both_url))
        credentials = await operator.first_start(Kept())
        assert credentials is not None
        accounts = await stack.enter_async_context(serving(create_service_app(ACCOUNTS, settings, log=log)))
        catalog_settings = CatalogSettings(database_url=both_url)
        catalog_app = create_service_app(CATALOG, catalog_settings, log=log)
        catalog = await stack.enter_async_context(serving(catalog_app))
        consumers = [*ACCOUNTS.consumers(settings), *CATALOG.consumers(catalog_settings)]
        worker = Worker(log, consumers, url_as=lambda _: both_url, member="test", settings=FAST)
        await stack.enter_async_context(worker)

        async def is_ready() -> bool:
            return all([(await client.get("/readyz")).status_code == 200 for client in (accounts, catalog)])

        await eventually(is_ready)
        yield Machine(accounts, catalog, credentials, operator, log)


async def test_the_first_key_reads_the_starter_set_and_defines_more(machine: Machine) -> None:
    listed = await machine.catalog.get("/api/origins", headers=machine.headers)
    made = await machine.catalog.post(
        "/api/origins", json={"title": "Kiosk", "mnemonic": "KIOSK"}, headers=machine.headers
    )

    assert [item["mnemonic"] for item in listed.json()] == ["API", "CLI", "GIT", "MOBILE", "SDK", "WEBAPP", "WORKFLOW"]
    assert made.status_code == 201
    position = parse_min_position(made.headers["waymark-position"], await machine.log.identity())
    ends = await machine.log.end_offsets([REFERENCE])
    assert position[REFERENCE.name, 0] == ends[TopicPartition(REFERENCE.name, 0)]


async def test_keys_and_tokens_of_accounts_work_at_once_and_stop_when_revoked(machine: Machine) -> None:
    body = {"label": "x", "roles": ["viewer"]}
    key = (await machine.accounts.post("/api/keys", json=body, headers=machine.headers)).json()
    login = {"email": machine.credentials.email, "password": machine.credentials.password}
    token = (await machine.accounts.post("/api/v1/auth/login", json=login)).json()["accessToken"]
    by_key, by_token = {"x-api-key": key["key"]}, {"Authorization": f"Bearer {token}"}

    async def statuses() -> list[int]:
        return [
            (await machine.catalog.get("/api/actions", headers=headers)).status_code for headers in (by_key, by_token)
        ]

    assert await statuses() == [200, 200]
    await machine.accounts.delete(f"/api/keys/{key['id']}", headers=machine.headers)
    await machine.accounts.post("/api/v1/auth/logout")

    async def are_refused() -> bool:
        return await statuses() == [401, 401]

    await eventually(are_refused)


async def test_a_later_tenant_gets_its_own_set(machine: Machine) -> None:
    await machine.operator.create_tenant("acme")
    headers = {"x-api-key": await machine.operator.create_admin_key("acme")}

    async def has_set() -> bool:
        answer = await machine.catalog.get("/api/actions", headers=headers)
        return answer.status_code == 200 and len(answer.json()) == 11

    await eventually(has_set)
    assert (await machine.catalog.get("/readyz")).status_code == 200
