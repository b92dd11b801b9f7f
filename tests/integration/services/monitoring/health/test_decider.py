"""How far health is decided, stage by stage: a stage that was level a moment ago has not what was appended since."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from libs.contracts.critical_interactions import encode_result
from libs.contracts.monitoring_steps import Tick, encode_tick
from libs.contracts.paths import MONITORING
from libs.contracts.times import EPOCH
from libs.contracts.topics import CRITICAL_INTERACTIONS, MONITORING_STEPS, Topic
from libs.eventlog.errors import ModelBehind
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import Appended, Record, TopicPartition
from libs.projections.passed import enter_model
from services.monitoring.health.decider import LiveStages, decide
from services.monitoring.health.freshness import Freshness
from services.monitoring.health.model import HEALTH_MODEL
from services.monitoring.health.pipeline import Pipeline
from services.monitoring.matches.model import MATCHES_MODEL
from services.monitoring.service import SERVICE
from services.monitoring.settings import MonitoringSettings
from tests.support.consumers import ensure_begun
from tests.support.monitoring.health import World, result

LEVEL_AT = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
async def pipeline(world: World, settings: MonitoringSettings) -> Pipeline:
    """The stages, all level with an empty log."""
    await ensure_begun(world.projector, world.log, *SERVICE.consumers(settings))
    return Pipeline(LiveStages(world.log, await world.log.identity(), world.projector))


async def decided(world: World, pipeline: Pipeline) -> timedelta:
    """How far it is, after a look."""
    async with world.projector.acquire() as conn:
        await decide(pipeline, conn)
    return await Freshness(world.requests, 0).as_of() - EPOCH


async def gate_has_passed(world: World, seconds: int) -> None:
    async with world.projector.transaction() as conn:
        await conn.execute("UPDATE monitoring.gate_positions SET as_of = $1", EPOCH + timedelta(seconds=seconds))


async def has_read(world: World, model: str, partition: int, records: int) -> None:
    """Let a model have read that many records of a partition, and be level with all that it knows of."""
    async with world.projector.transaction() as conn:
        await enter_model(conn, MONITORING, model)
        await conn.execute("UPDATE positions SET as_of = $1", LEVEL_AT)
        await conn.execute("UPDATE positions SET next_offset = $1 WHERE partition = $2", records, partition)


async def waits_in_the_outbox(world: World, topic: Topic, timestamp_ms: int) -> None:
    async with world.projector.transaction() as conn:
        await conn.execute(
            "INSERT INTO monitoring.outbox (object_key, topic, record_key, headers, timestamp_ms)"
            " VALUES ('o', $1, 'k', '', $2)",
            topic.name,
            timestamp_ms,
        )


async def appended(world: World, record: Record) -> int:
    """Append a record to an empty topic; returns its partition."""
    (outcome,) = await world.log.append([record])
    assert isinstance(outcome, Appended)
    return outcome.partition


async def test_what_is_between_two_stages_is_not_decided(world: World, pipeline: Pipeline) -> None:
    await gate_has_passed(world, 10)
    for model in (MATCHES_MODEL, HEALTH_MODEL):
        await has_read(world, model, 0, 0)
    assert await decided(world, pipeline) == timedelta(seconds=10)

    partition = await appended(world, Record(MONITORING_STEPS.name, *encode_tick("tick-0", Tick(as_of=0)), 0))
    await gate_has_passed(world, 20)
    assert await decided(world, pipeline) == timedelta(seconds=10)

    await has_read(world, MATCHES_MODEL, partition, 1)
    await waits_in_the_outbox(world, CRITICAL_INTERACTIONS, 0)
    assert await decided(world, pipeline) == timedelta(seconds=10)

    record = Record(CRITICAL_INTERACTIONS.name, *encode_result("acme", result("one", 1)), 0)
    partition = await appended(world, record)
    async with world.projector.transaction() as conn:
        await conn.execute("UPDATE monitoring.outbox SET appended_at = now()")
    assert await decided(world, pipeline) == timedelta(seconds=10)

    await has_read(world, HEALTH_MODEL, partition, 1)
    assert await decided(world, pipeline) == timedelta(seconds=20)


async def test_what_is_due_is_not_decided(world: World, pipeline: Pipeline) -> None:
    await gate_has_passed(world, 10)
    async with world.projector.transaction() as conn:
        await enter_model(conn, MONITORING, MATCHES_MODEL)
        await conn.execute(
            "INSERT INTO keys (tenant_id, definition_id, match_key, partition, waits, due_ms, state)"
            " VALUES ('acme', 1, 'k', 0, true, 4000, '')"
        )
    assert await decided(world, pipeline) == timedelta(seconds=4)


async def test_the_end_of_a_definition_that_waits_for_the_log_is_not_decided(world: World, pipeline: Pipeline) -> None:
    await gate_has_passed(world, 10)
    await waits_in_the_outbox(world, MONITORING_STEPS, 7000)
    assert await decided(world, pipeline) == timedelta(seconds=7)


@pytest.mark.parametrize(("topic", "model"), [(MONITORING_STEPS, MATCHES_MODEL), (CRITICAL_INTERACTIONS, HEALTH_MODEL)])
async def test_what_retention_deleted_unread_holds_nothing_back(
    world: World, pipeline: Pipeline, topic: Topic, model: str
) -> None:
    partition = await appended(world, Record(topic.name, "k", b"", (), 0))
    await appended(world, Record(topic.name, "k", b"", (), 0))
    await gate_has_passed(world, 10)
    assert await decided(world, pipeline) == timedelta()
    assert isinstance(world.log, MemoryEventLog)
    world.log.broker.delete_before(TopicPartition(topic.name, partition), 1)
    assert await decided(world, pipeline) == timedelta()
    await has_read(world, model, partition, 0)
    world.log.broker.delete_before(TopicPartition(topic.name, partition), 2)
    assert await decided(world, pipeline) == timedelta(seconds=10)


async def test_marks_from_before_a_restore_are_not_stored_after_it(world: World, pipeline: Pipeline) -> None:
    await gate_has_passed(world, 10)
    await waits_in_the_outbox(world, CRITICAL_INTERACTIONS, 0)
    async with world.projector.acquire() as conn:
        await decide(pipeline, conn)
        async with world.projector.transaction() as other:
            await other.execute("DELETE FROM monitoring.outbox")
        conn.terminate()
        with pytest.raises(asyncpg.InterfaceError):
            await decide(pipeline, conn)
    assert await Freshness(world.requests, 0).as_of() == EPOCH


async def test_a_model_of_another_log_says_nothing(world: World, pipeline: Pipeline) -> None:
    await gate_has_passed(world, 10)
    async with world.projector.transaction() as conn:
        await conn.execute(
            "UPDATE projections.generations SET log_id = 'another' WHERE service = $1 AND name = $2",
            MONITORING,
            HEALTH_MODEL,
        )
    with pytest.raises(ModelBehind, match="not built from this log"):
        await decided(world, pipeline)
