"""A database that is lost, or restored from an older backup, under a Kafka log that was kept, while producers go on.

What was answered 201 is in the log under a number that no other record has, before and after.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from libs.eventlog.kafka import KafkaEventLog, KafkaSettings
from libs.service.app import create_service_app
from services.gateway.numbering.numbers import LogEnds
from services.gateway.numbering.store import PgNumberStore
from services.gateway.operator import accept_end
from services.gateway.service import SERVICE
from services.gateway.settings import GatewaySettings
from tests.support.examples import FIRST_EXAMPLE
from tests.support.gateway.load import NewLoad, check_account
from tests.support.gateway.records import numbers_in
from tests.support.gateway.surroundings import URL, Surroundings, surroundings_of
from tests.support.postgres import TestServer, database_name
from tests.support.serving import serving
from tests.support.waiting import eventually

pytestmark = pytest.mark.kafka
QUICK: dict[str, Any] = {"gateway_log_settle_s": 0.3, "gateway_store_timeout_s": 2.0}


@pytest.fixture
async def around(service_url: str, kafka_bootstrap: str, topic_prefix: str) -> AsyncIterator[Surroundings]:
    """A database and a log of their own."""
    log = KafkaEventLog(KafkaSettings(bootstrap_servers=kafka_bootstrap, topic_prefix=topic_prefix))
    async with surroundings_of(service_url, log) as found:
        yield found


async def record_some(around: Surroundings, count: int) -> None:
    """Let a gateway record so many, and stop it."""
    app = create_service_app(SERVICE, GatewaySettings(database_url=around.database_url, **QUICK), log=around.log)
    async with serving(app, headers={"x-api-key": around.tenant.editor_key}) as client:
        answer = await client.post(f"{URL}/batch", json=[FIRST_EXAMPLE] * count)
        assert {item["status"] for item in answer.json()["items"]} == {201}


@pytest.mark.parametrize("how", ["lost", "restored"])
async def test_no_number_is_given_twice_while_producers_go_on(
    around: Surroundings, postgres_server: TestServer, new_load: NewLoad, how: str
) -> None:
    empty = await postgres_server.create_database(template=database_name(around.database_url))
    await record_some(around, 50)
    backup = await postgres_server.create_database(template=database_name(around.database_url))
    await record_some(around, 1_000)
    load = new_load(await around.client(**QUICK))
    await load.until_answered(201)

    await postgres_server.replace_database(around.database_url, template=empty if how == "lost" else backup)
    await load.until_answered(201, 20)
    await load.stop()

    await check_account(around, load)
    assert len((await numbers_in(around.log)).recorded) >= 1_050
    for url in (empty, backup):
        await postgres_server.drop_database(url)


async def test_a_gateway_that_only_starts_again_reads_no_more_than_is_new(around: Surroundings) -> None:
    await record_some(around, 300)
    store = PgNumberStore(around.database_url)
    log_id = await around.log.identity()

    async def is_noted() -> bool:
        noted = (await store.log_ends(log_id)).offsets
        return sum(noted.values()) >= 300

    await record_some(around, 1)
    assert await eventually(is_noted)
    await store.close()


async def test_a_gateway_that_stops_has_noted_the_end_of_what_it_numbered(around: Surroundings) -> None:
    await record_some(around, 300)
    store = PgNumberStore(around.database_url)
    noted = await store.log_ends(await around.log.identity())
    await store.close()
    assert sum(noted.offsets.values()) >= 300


async def test_a_log_that_ends_too_early_is_refused_until_an_operator_accepts_it(around: Surroundings) -> None:
    store = PgNumberStore(around.database_url)
    log_id = await around.log.identity()
    await store.go_on_above([], LogEnds(log_id, {}), LogEnds(log_id, dict.fromkeys(range(6), 1_000)))
    client = await around.client(**QUICK)

    refused = await client.post(URL, json=FIRST_EXAMPLE)
    ready = await client.get("/readyz")
    assert refused.status_code == 503
    assert "waymark log adopt" in ready.text

    assert await accept_end(around.database_url, around.log)
    await eventually(lambda: _records(client))
    assert not await accept_end(around.database_url, around.log)
    await store.close()


async def _records(client: httpx.AsyncClient) -> bool:
    return (await client.post(URL, json=FIRST_EXAMPLE)).status_code == 201
