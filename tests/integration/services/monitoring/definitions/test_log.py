"""What the log says of definitions: their latest state, closings before it, and enough to make them again."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from libs.contracts.envelope import decode_headers
from libs.contracts.monitoring_steps import Closing, decode_step_record
from libs.contracts.reference import decode_reference
from libs.contracts.topics import MONITORING_STEPS, REFERENCE
from libs.eventlog.memory import MemoryEventLog
from libs.objects.adoption import adopt
from libs.objects.republish import republish
from libs.pg.database import Database, connect_once
from services.monitoring.definitions import store
from services.monitoring.definitions.kinds import OBJECT_KINDS
from services.monitoring.settings import MonitoringSettings
from tests.support.monitoring.defining import create, delete, get, patch
from tests.support.waiting import eventually


def references(log: MemoryEventLog) -> list[Any]:
    """Every reference record of a definition, in order."""
    return [
        decode_reference(record.value)
        for place, partition in log.broker.partitions.items()
        if place.topic == REFERENCE.name
        for record in partition.records
        if record.value is not None
    ]


def closings(log: MemoryEventLog) -> dict[int, list[tuple[str, Closing]]]:
    """The closings by partition, each with its tenant."""
    found: dict[int, list[tuple[str, Closing]]] = {}
    for place, partition in log.broker.partitions.items():
        if place.topic == MONITORING_STEPS.name:
            for record in partition.records:
                value = decode_step_record(record.value)
                assert isinstance(value, Closing)
                assert record.timestamp_ms == value.at
                found.setdefault(place.partition, []).append((decode_headers(record.headers).tenant_id, value))
    return found


async def test_the_latest_state_is_a_reference_record(client: httpx.AsyncClient, log: MemoryEventLog) -> None:
    await create(client)
    await patch(client, thresholdInMs=7)
    details = await get(client)
    await delete(client)
    await eventually(lambda: len(references(log)) == 3)
    created, changed, deleted = references(log)
    assert (changed.kind, changed.tenant_id, changed.id) == ("critical_interaction", "acme", "1")
    assert [one.version for one in (created, changed, deleted)] == [1, 2, 3]
    assert [one.archived for one in (created, changed, deleted)] == [False, False, True]
    assert changed.data == details


async def test_what_ends_is_told_to_every_partition_before_its_state(
    client: httpx.AsyncClient, log: MemoryEventLog, settings: MonitoringSettings
) -> None:
    await create(client)
    await patch(client, description="goes on")
    await patch(client, status="STOPPED", description="ends")
    stopped_at = (await get(client))["updatedAt"]
    await patch(client, status="STOPPED", description="has ended")
    await patch(client, status="RUNNING")
    await delete(client)

    await eventually(lambda: len(references(log)) == 6)
    found = closings(log)
    assert sorted(found) == list(range(MONITORING_STEPS.partitions))
    for each in found.values():
        assert [(tenant_id, one.definition_id, one.version, one.cause) for tenant_id, one in each] == [
            ("acme", 1, 3, "stopped"),
            ("acme", 1, 6, "deleted"),
        ]
        assert each[0][1].at == stopped_at
        assert {one.watermark_ms for _, one in each} == {settings.monitoring_watermark_ms}


async def test_the_state_waits_for_the_closings(
    client: httpx.AsyncClient, log: MemoryEventLog, projector_db: Database
) -> None:
    await create(client)
    await eventually(lambda: len(references(log)) == 1)
    await delete(client)
    async with projector_db.transaction(readonly=True) as conn:
        rows = await conn.fetch("SELECT object_key, topic FROM outbox ORDER BY id")
    after_creation = [row["topic"] for row in rows][2:]
    assert after_creation[: MONITORING_STEPS.partitions] == [MONITORING_STEPS.name] * MONITORING_STEPS.partitions
    assert after_creation[MONITORING_STEPS.partitions] == REFERENCE.name
    assert {row["object_key"] for row in rows} == {"critical_interaction:acme:1"}


async def test_a_database_that_lost_definitions_takes_them_up(
    client: httpx.AsyncClient, log: MemoryEventLog, projector_db: Database, service_url: str
) -> None:
    await create(client)
    await create(client, "Gone")
    await patch(client, thresholdInMs=7)
    await delete(client, "Gone")
    assert await create(client, "Gone", description="again") == 3
    before = [await get(client), await get(client, "Gone")]
    await eventually(lambda: len(references(log)) == 5)
    # As an older backup has it: the first definition alone, and in its first version.
    owner = await connect_once(service_url, application_name="test")
    await owner.execute(
        """
        SET search_path = monitoring;
        DELETE FROM critical_interactions WHERE id > 1;
        UPDATE critical_interactions SET version = 1;
        DELETE FROM object_versions WHERE object_id <> '1' OR version > 1;
        DELETE FROM version_revisions WHERE id > 1 OR version > 1;
        UPDATE definition_changes SET revision = 1;
        """
    )
    await owner.close()

    assert await adopt(log, projector_db, OBJECT_KINDS) == {"critical_interaction": 3}
    assert await adopt(log, projector_db, OBJECT_KINDS) == {}
    assert [await get(client), await get(client, "Gone")] == before
    assert await create(client, "Next") == 4
    async with projector_db.transaction(readonly=True) as conn:
        found = await store.versions_since(conn, 1, oldest_ms=0)
    assert [(one.definition_id, one.version, one.to_ms is None) for one in found] == [
        (1, 1, False),
        (1, 2, True),
        (3, 1, True),
        (4, 1, True),
    ]


async def test_definitions_are_taken_up_beside_a_change_without_a_deadlock(
    client: httpx.AsyncClient, log: MemoryEventLog, projector_db: Database, service_url: str
) -> None:
    for name in ("A", "B"):
        await create(client, name)
    await eventually(lambda: len(references(log)) == 2)
    owner = await connect_once(service_url, application_name="test")
    await owner.execute(
        """
        SET search_path = monitoring;
        UPDATE critical_interactions SET version = 0;
        DELETE FROM object_versions;
        DELETE FROM version_revisions;
        """
    )
    async with projector_db.transaction() as conn:
        await conn.execute("SELECT FROM monitoring.critical_interactions WHERE id = 2 FOR UPDATE")
        taking = asyncio.create_task(adopt(log, projector_db, OBJECT_KINDS))

        async def waits() -> bool:
            return bool(await owner.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))

        await eventually(waits)
        await store.raise_revision(conn)
    assert await taking == {"critical_interaction": 2}
    await owner.close()


async def test_a_log_that_lost_definitions_is_told_them_again(
    client: httpx.AsyncClient, projector_db: Database
) -> None:
    await create(client)
    await create(client, "Gone")
    await delete(client, "Gone")
    empty = MemoryEventLog()
    await empty.start()
    await empty.ensure_topics([REFERENCE])
    assert await republish(empty, projector_db, OBJECT_KINDS) == 2
