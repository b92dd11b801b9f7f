"""The plain way of recording, as most would write it first: a FastAPI model, and per request an `UPDATE … RETURNING`
for the number and an append of its own, awaited.

Spared the key check and the mnemonics. On the PostgreSQL log number and append share a transaction; on Kafka the
append follows it.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

import asyncpg
import orjson
from aiokafka import AIOKafkaProducer
from fastapi import FastAPI, Header, Request
from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from libs.contracts.topics import INTERACTIONS
from libs.eventlog.port import Record
from libs.eventlog.postgres.log import PostgresEventLog
from libs.eventlog.settings import LogSettings
from tests.performance.floors.serving import serve, settings

_NEXT_NUMBER = "UPDATE plain_counters SET n = n + 1 WHERE tenant_id = 'default' RETURNING n"
_COUNTERS = """
CREATE TABLE IF NOT EXISTS plain_counters (tenant_id text PRIMARY KEY, n bigint NOT NULL);
INSERT INTO plain_counters VALUES ('default', 0) ON CONFLICT DO NOTHING;
"""


class InteractionIn(BaseModel):
    """The body."""

    model_config = ConfigDict(alias_generator=to_camel)

    resource_id: str
    resource_type: str
    action: str
    origin: str
    interaction: Any = None
    external_reference: str | None = None


class InteractionOut(InteractionIn):
    """The answer and the record."""

    interaction_id: str
    interaction_number: int
    uow_id: str
    user_id: str | None
    created_date: datetime


class Kafka:
    """Number in one statement, append awaited after it."""

    def __init__(self, settings: LogSettings) -> None:
        self._topic = settings.topic_prefix + INTERACTIONS.name
        self._producer = AIOKafkaProducer(
            bootstrap_servers=settings.kafka_bootstrap_servers or "", acks="all", enable_idempotence=True, linger_ms=2
        )
        self.start, self.stop = self._producer.start, self._producer.stop

    async def record(self, pool: asyncpg.Pool[asyncpg.Record], draft: dict[str, Any]) -> None:
        """Number and append."""
        async with pool.acquire() as conn:
            draft["interaction_number"] = await conn.fetchval(_NEXT_NUMBER)
        await self._producer.send_and_wait(self._topic, orjson.dumps(draft), key=draft["uow_id"].encode())


class Postgres:
    """Number and append in one transaction."""

    def __init__(self, settings: LogSettings) -> None:
        self._log = PostgresEventLog(settings.database_url or "")
        self.start, self.stop = self._log.start, self._log.stop

    async def record(self, pool: asyncpg.Pool[asyncpg.Record], draft: dict[str, Any]) -> None:
        """Number and append."""
        async with pool.acquire() as conn, conn.transaction():
            draft["interaction_number"] = await conn.fetchval(_NEXT_NUMBER)
            now_ms = int(time.time() * 1000)
            record = Record(INTERACTIONS.name, draft["uow_id"], orjson.dumps(draft), (), now_ms)
            await self._log.append_in(conn, [record])


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    configured = settings()
    log = Kafka(configured) if configured.kafka_bootstrap_servers else Postgres(configured)
    await log.start()
    async with asyncpg.create_pool(configured.database_url) as pool:
        await pool.execute(_COUNTERS)
        app.state.log, app.state.pool = log, pool
        yield
    await log.stop()


app = FastAPI(lifespan=_lifespan)


@app.post("/api/interactions", status_code=201)
async def record(
    body: InteractionIn,
    request: Request,
    uow_id: Annotated[str | None, Header(alias="x-uowid")] = None,
    user_id: Annotated[str | None, Header(alias="x-userid")] = None,
) -> InteractionOut:
    """Number, append, answer."""
    draft = body.model_dump() | {
        "interaction_id": str(uuid.uuid4()),
        "uow_id": uow_id or str(uuid.uuid4()),
        "user_id": user_id,
        "created_date": datetime.now(UTC),
    }
    await request.app.state.log.record(request.app.state.pool, draft)
    return InteractionOut.model_construct(**draft)


if __name__ == "__main__":
    serve(app)
