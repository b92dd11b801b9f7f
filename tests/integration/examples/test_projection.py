"""The example projection is what it says: exactly once, the same after a rebuild, one tenant apart from another."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import AsyncIterator

import msgspec
import pytest

from examples.projection import SERVICE, OriginCounts
from libs.contracts.interactions import Interaction, encode_interaction, encode_voided
from libs.contracts.times import format_ms
from libs.contracts.topics import INTERACTIONS
from libs.eventlog.port import Record
from libs.projections.rebuild.requests import request_rebuild
from libs.service.service import Api, Service
from libs.service.settings import ServiceSettings
from libs.service.setup import setup_service
from tests.support.read_models import ModelWorld, opened_model, projecting
from tests.support.waiting import eventually

DECLARED: Service[ServiceSettings] = Service(
    SERVICE,
    description="How many interactions of each origin there are.",
    settings=ServiceSettings,
    topics=(INTERACTIONS,),
    api=lambda: Api(lambda *_: pytest.fail("the example has no API"), routers=()),
    consumers=lambda _: (OriginCounts(),),
)
START_MS = 1_768_000_000_000


class World(ModelWorld):
    """The example's."""

    __slots__ = ()

    async def append(self, records: list[Record]) -> None:
        for outcome in await self.log.append(records):
            assert not isinstance(outcome, Exception), outcome

    async def counts(self, tenant_id: str = "acme") -> Counter[str]:
        """Return what the tenant's requests see of the generation that serves."""
        async with self.requests.tenant_transaction(tenant_id, readonly=True) as conn:
            number = await conn.fetchval("SELECT serving FROM projections.models WHERE service = $1", SERVICE)
            rows = await conn.fetch(f"SELECT origin, n FROM {SERVICE}_counts_g{number}.counts")
        return Counter({row["origin"]: row["n"] for row in rows})

    async def generation(self) -> int:
        async with self.projector.transaction() as conn:
            number: int = await conn.fetchval("SELECT serving FROM projections.models WHERE service = $1", SERVICE)
            return number


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[World]:
    await setup_service(DECLARED, database_url)
    async with opened_model(World, database_url, DECLARED, OriginCounts()) as world:
        yield world


def recorded(number: int, origin: str, tenant_id: str = "acme", *, uow_id: str = "uow") -> Record:
    body = Interaction(
        interaction_id=str(uuid.uuid5(uuid.NAMESPACE_OID, f"{tenant_id}/{number}")),
        interaction_number=number,
        resource_id="order-1",
        resource_type_id=str(uuid.UUID(int=1)),
        action_id=str(uuid.UUID(int=2)),
        origin_id=str(uuid.UUID(int=3)),
        resource_type="ORDER",
        action="CREATE",
        origin=origin,
        interaction=msgspec.Raw(b"{}"),
        uow_id=uow_id,
        created_date=format_ms(START_MS + number),
    )
    key, value, headers = encode_interaction(tenant_id, body, actor_type=None)
    return Record(INTERACTIONS.name, key, value, headers, START_MS + number)


def voided(number: int, tenant_id: str = "acme") -> Record:
    key, value, headers = encode_voided(tenant_id, number, format_ms(START_MS + number), "test")
    return Record(INTERACTIONS.name, key, value, headers, START_MS + number)


async def test_each_interaction_counts_once_for_its_tenant(world: World) -> None:
    first = [recorded(number, ("WEBAPP", "API")[number % 2]) for number in range(1, 21)]
    foreign = [recorded(number, "GIT", "other") for number in range(1, 4)]
    again = [recorded(number, ("WEBAPP", "API")[number % 2], uow_id="elsewhere") for number in range(5, 9)]
    async with projecting(world, OriginCounts()):
        await world.append([*first[:10], *foreign])
        await eventually(lambda: _is(world, {"WEBAPP": 5, "API": 5}))
    await world.append([*again, *first[10:], voided(21)])
    async with projecting(world, OriginCounts()):
        await eventually(lambda: _is(world, {"WEBAPP": 10, "API": 10}))
        assert await world.counts("other") == {"GIT": 3}


async def test_a_rebuild_counts_the_same(world: World) -> None:
    records = [recorded(number, "WEBAPP") for number in range(1, 11)]
    async with projecting(world, OriginCounts()):
        await world.append([*records, *records[:3]])
        await eventually(lambda: _is(world, {"WEBAPP": 10}))
        await request_rebuild(world.projector, SERVICE, "counts", reason="test")
        await eventually(lambda: _serves(world, 2))
        await world.append([recorded(11, "API"), *records[3:5]])
        await eventually(lambda: _is(world, {"WEBAPP": 10, "API": 1}))


async def _is(world: World, expected: dict[str, int]) -> bool:
    return await world.counts() == expected


async def _serves(world: World, number: int) -> bool:
    return await world.generation() == number
