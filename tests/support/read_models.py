"""The surroundings of a service with a read model: an empty generation, its two roles, a log, a viewer of each tenant;
and what its tables must refuse to requests.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from libs.contracts.credentials import Tenant
from libs.contracts.topics import MANIFEST
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import EventLog, StoredRecord
from libs.pg.database import Connection, Database, connect_once
from libs.pg.roles import projector_role, request_role
from libs.projections.generations import ensure_serving
from libs.projections.projection import Projection
from libs.projections.runner import ProjectionRunner
from libs.service.service import Service
from tests.support.gateway.records import api_key, publish_credentials
from tests.support.projections import FAST

C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class ModelWorld:
    """A database with one empty generation of a read model, a pool for each role, and a log."""

    url: str
    log: EventLog
    projector: Database
    requests: Database
    schema: str

    @asynccontextmanager
    async def entered(self) -> AsyncIterator[Connection]:
        """A transaction of the projector in which the generation's tables need no schema."""
        async with self.projector.transaction() as conn:
            await conn.execute(f"SET LOCAL search_path = {self.schema}")
            yield conn

    async def fold_into(self, projection: Projection[C], changes: Sequence[C]) -> None:
        """One batch, in a transaction of its own."""
        async with self.entered() as conn:
            await projection.apply(conn, changes)

    async def fold_records(self, projection: Projection[C], records: Sequence[StoredRecord]) -> None:
        """Fold what the projection decodes of the records, as one batch."""
        changes = [change for record in records if (change := projection.decode(record)) is not None]
        await self.fold_into(projection, changes)

    async def truncate(self, tables: Iterable[str]) -> None:
        """Remove every row."""
        conn = await connect_once(self.url, application_name="tests")
        try:
            await conn.execute(f"SET search_path = {self.schema}")
            await conn.execute(f"TRUNCATE {', '.join(tables)}")
        finally:
            await conn.close()


W = TypeVar("W", bound=ModelWorld)


@asynccontextmanager
async def opened_model(
    kind: type[W],
    url: str,
    service: Service[Any],
    projection: Projection[C],
    given: EventLog | None = None,
) -> AsyncIterator[W]:
    """A world on the service's database as setup left it; its log is in memory unless one is given, with its topics."""
    log = given or MemoryEventLog()
    if given is None:
        await log.ensure_topics(MANIFEST)
    async with (
        await Database.connect(url, role=projector_role(service.name), application_name="tests") as projector,
        await Database.connect(url, role=request_role(service.name), application_name="tests") as requests,
    ):
        generation = await ensure_serving(projector, log, projection)
        yield kind(url, log, projector, requests, generation.schema)


async def assert_requests_see_one_tenant(world: ModelWorld, table: str, tenant_id: str = "acme") -> None:
    """A statement that names no tenant sees the rows of the transaction's tenant, and without one no rows."""
    statement = f"SELECT DISTINCT tenant_id FROM {world.schema}.{table}"
    async with world.requests.tenant_transaction(tenant_id, readonly=True) as conn:
        assert [row["tenant_id"] for row in await conn.fetch(statement)] == [tenant_id]
    async with world.requests.transaction(readonly=True) as conn:
        assert await conn.fetch(statement) == []


async def assert_requests_may_not_write(world: ModelWorld, service: str) -> None:
    """The role of requests may read the generation's tables and nothing else."""
    async with world.projector.transaction() as conn:
        granted = await conn.fetch(
            "SELECT table_name, privilege_type FROM information_schema.role_table_grants"
            " WHERE table_schema = $1 AND grantee = $2 AND privilege_type <> 'SELECT'",
            world.schema,
            request_role(service),
        )
    assert granted == []


async def viewer_key(log: EventLog, tenant_id: str) -> str:
    """A viewer's key of a tenant that is known from now on."""
    plain, record = api_key(tenant_id, "viewer")
    await publish_credentials(log, Tenant(tenant_id=tenant_id, version=1), record)
    return plain


@asynccontextmanager
async def projecting(world: ModelWorld, projection: Projection[C]) -> AsyncIterator[None]:
    """The projection, running over the world's log for the length of the block."""
    runner = ProjectionRunner(world.log, world.projector, projection, member="tests", settings=FAST)
    task = asyncio.create_task(runner.run())
    try:
        yield
    finally:
        await runner.stop()
        await task


@dataclass(frozen=True, slots=True)
class Viewers:
    """A running service, and a viewer's key of each tenant."""

    client: httpx.AsyncClient
    keys: dict[str, str]

    async def get(self, path: str, tenant_id: str = "default", **options: Any) -> httpx.Response:
        """A request with the tenant's key."""
        headers = {"x-api-key": self.keys[tenant_id], **options.pop("headers", {})}
        return await self.client.get(path, headers=headers, **options)
