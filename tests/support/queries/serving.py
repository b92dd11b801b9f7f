"""Queries running for tests: the API beside a runner of the history, over the world's log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from libs.contracts.interactions import Interaction, encode_interaction
from libs.contracts.topics import INTERACTIONS
from libs.eventlog.port import Appended, Record
from libs.httpkit.positions import MIN_POSITION_HEADER, encode_position
from libs.service.app import create_service_app
from services.queries.service import SERVICE
from services.queries.settings import QueriesSettings
from tests.support.consumers import ensure_begun
from tests.support.queries.history import PROJECTION, World
from tests.support.read_models import Viewers, projecting, viewer_key
from tests.support.records import START_MS, catalog_records
from tests.support.serving import serving

LIST = "/api/interactions"
ITEM_KEYS = [
    "interactionId",
    "interactionNumber",
    "resourceId",
    "resourceTypeId",
    "actionId",
    "originId",
    "resourceTypeMnemonic",
    "resourceTypeIcon",
    "resourceTypeFontColorHex",
    "resourceTypeBgColorHex",
    "actionMnemonic",
    "actionIcon",
    "actionFontColorHex",
    "actionBgColorHex",
    "originMnemonic",
    "originIcon",
    "originFontColorHex",
    "originBgColorHex",
    "interaction",
    "externalReference",
    "externalResponse",
    "uowId",
    "userId",
    "createdDate",
    "interactionTimestamp",
    "spanId",
    "parentSpanId",
    "sequenceIndex",
]


@dataclass(frozen=True, slots=True)
class Service(Viewers):
    """Queries running over a log in memory; each client has one tenant's viewer key."""

    world: World

    async def record(self, body: Interaction, tenant_id: str = "default") -> str:
        """Put an interaction into the log; the answer is its position."""
        parts = encode_interaction(tenant_id, body, actor_type="user")
        [outcome] = await self.world.log.append([Record(INTERACTIONS.name, *parts, timestamp_ms=START_MS)])
        assert isinstance(outcome, Appended)
        place = (outcome.topic, outcome.partition)
        return encode_position(await self.world.log.identity(), {place: outcome.offset + 1})

    async def get_after(self, position: str, path: str, **options: Any) -> Any:
        """The body of a successful answer that shows at least this position."""
        answer = await self.get(path, headers={MIN_POSITION_HEADER: position}, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()


@asynccontextmanager
async def running(world: World) -> AsyncIterator[Service]:
    """The API beside a runner of the projection."""
    keys = {}
    for tenant_id in ("default", "acme"):
        keys[tenant_id] = await viewer_key(world.log, tenant_id)
        await world.log.append(catalog_records(tenant_id))
    settings = QueriesSettings(database_url=world.url)
    await ensure_begun(world.projector, world.log, *SERVICE.consumers(settings))
    async with projecting(world, PROJECTION), serving(create_service_app(SERVICE, settings, log=world.log)) as client:
        yield Service(client, keys, world)
