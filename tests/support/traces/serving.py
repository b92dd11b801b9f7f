"""Traces running for tests: the API beside a runner of the projection, over the world's log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from libs.eventlog.port import Appended, Record, StoredRecord
from libs.httpkit.positions import MIN_POSITION_HEADER, encode_position
from libs.service.app import create_service_app
from services.traces.service import SERVICE
from services.traces.settings import TracesSettings
from tests.support.read_models import Viewers, projecting, viewer_key
from tests.support.records import START_MS, catalog_records
from tests.support.serving import serving
from tests.support.traces.world import PROJECTION, World

TRACES = "/api/traces"


@dataclass(frozen=True, slots=True)
class Service(Viewers):
    """The running service; each tenant has a viewer's key."""

    world: World

    async def record(self, *records: StoredRecord) -> str:
        """Put records into the log; the answer is the position after all of them."""
        appended = await self.world.log.append(
            [Record(r.topic, r.key or "", r.value, r.headers, timestamp_ms=START_MS) for r in records]
        )
        reached: dict[tuple[str, int], int] = {}
        for outcome in appended:
            assert isinstance(outcome, Appended)
            place = (outcome.topic, outcome.partition)
            reached[place] = max(outcome.offset + 1, reached.get(place, 0))
        return encode_position(await self.world.log.identity(), reached)

    async def shown(self, path: str, *, after: str | None = None, **options: Any) -> Any:
        """The body of a successful answer, which shows at least the position `after`."""
        headers = {} if after is None else {MIN_POSITION_HEADER: after}
        answer = await self.get(path, headers=headers, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()


@asynccontextmanager
async def running(world: World) -> AsyncIterator[Service]:
    """The service over the world's log."""
    keys: dict[str, str] = {}
    for tenant_id in ("default", "acme"):
        keys[tenant_id] = await viewer_key(world.log, tenant_id)
        await world.log.append(catalog_records(tenant_id))
    async with (
        projecting(world, PROJECTION),
        serving(create_service_app(SERVICE, TracesSettings(database_url=world.url), log=world.log)) as client,
    ):
        yield Service(client, keys, world)
