"""The read model `health` for tests: its database and generation, and results made by hand."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from libs.contracts.critical_interactions import COMPLETED, MatchedStep, Result, encode_result
from libs.contracts.topics import CRITICAL_INTERACTIONS
from libs.eventlog.port import EventLog, StoredRecord
from libs.projections.projection import Projection
from libs.service.app import create_service_app
from services.monitoring.health.projection import TABLES, HealthProjection
from services.monitoring.health.records import ResultEntry
from services.monitoring.health.scores import category, score_millionths, score_of
from services.monitoring.service import SERVICE
from services.monitoring.settings import MonitoringSettings
from tests.support.callers import Callers, publish_callers
from tests.support.monitoring.defining import URL
from tests.support.read_models import ModelWorld, opened_model
from tests.support.records import START_MS
from tests.support.serving import serving

PROJECTION: Projection[ResultEntry] = HealthProjection()
LIMITS = (100, 200, 300)


def result(name: object, at_ms: int = 0, duration_ms: int | None = None, **changes: Any) -> Result:
    """The result that a test calls `name`, `at_ms` after the tests' start: of a duration it completed, else as said.

    A result without duration and changes timed out.
    """
    fields: dict[str, Any] = {"outcome": COMPLETED, "cause": None} if duration_ms is not None else {}
    if duration_ms is not None:
        fields |= {
            "score": score_of(score_millionths(duration_ms, *LIMITS)),
            "category": category(duration_ms, *LIMITS),
        }
    fields = {
        "interaction_id": 1,
        "name": "checkout",
        "version": 1,
        "key": "user:ann",
        "outcome": "errored",
        "cause": "timeout",
        "expected": None,
        "received": None,
        "step_reached": 1,
        "dimensions": {"origin": "WEBAPP"},
        "uow_ids": ("unit 1",),
        "score": None,
        "category": None,
        "ended_at": START_MS + at_ms,
        **fields,
        **changes,
    }
    started_at = fields["ended_at"] - (duration_ms or 0)
    first = MatchedStep(
        step=0, name="ORDER.CREATE", record_id="r", source="interaction", time=started_at, uow_id="unit 1"
    )
    result_id = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{fields['interaction_id']}/{name}"))
    return Result(id=result_id, steps=(first,), started_at=started_at, duration_ms=duration_ms, **fields)


def recorded(one: Result, tenant_id: str = "default") -> StoredRecord:
    """A result as it is read back."""
    key, value, headers = encode_result(tenant_id, one)
    return StoredRecord(CRITICAL_INTERACTIONS.name, 0, 0, key, value, headers, START_MS)


class World(ModelWorld):
    """The health's."""

    __slots__ = ()

    async def apply(self, records: Sequence[StoredRecord]) -> None:
        """One batch, in a transaction of its own."""
        await self.fold_records(PROJECTION, records)

    async def empty(self) -> None:
        """Remove every row."""
        await self.truncate(TABLES)


def opened_world(url: str, given: EventLog | None = None) -> AbstractAsyncContextManager[World]:
    """A world without any result; a log in memory unless one is given (started, with its topics)."""
    return opened_model(World, url, SERVICE, PROJECTION, given)


@dataclass(frozen=True, slots=True)
class Service:
    """The running service, its callers, and a client that is acme's editor unless it says otherwise."""

    world: World
    client: httpx.AsyncClient
    callers: Callers

    async def count(self, *results: Result, tenant_id: str = "acme") -> None:
        """Fold results."""
        await self.world.apply([recorded(one, tenant_id) for one in results])

    async def get(self, path: str, name: str = "Checkout", **params: Any) -> httpx.Response:
        """Ask for something of a critical interaction, with a viewer's key."""
        return await self.client.get(f"{URL}/{name}/{path}", params=params, headers=self.callers.key("viewer"))

    async def shown(self, path: str, **params: Any) -> Any:
        """The data of a successful answer."""
        answer = await self.get(path, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]


@asynccontextmanager
async def running(world: World, settings: MonitoringSettings) -> AsyncIterator[Service]:
    """The API over the world's log."""
    callers = await publish_callers(world.log)
    app = create_service_app(SERVICE, settings, log=world.log)
    async with serving(app, headers=callers.user()) as client:
        yield Service(world, client, callers)
