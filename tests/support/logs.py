"""The three logs for tests that hold for each, with leases short enough to wait for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from libs.contracts.topics import Topic
from libs.eventlog.kafka.log import KafkaEventLog
from libs.eventlog.kafka.settings import KafkaSettings
from libs.eventlog.memory import MemoryBroker, MemoryEventLog
from libs.eventlog.port import EventLog
from libs.eventlog.postgres.log import PostgresEventLog, PostgresLogSettings
from libs.eventlog.postgres.membership import GroupSettings

EITHER_LOG = ["postgres", pytest.param("kafka", marks=pytest.mark.kafka)]
"""The logs that processes share, as parameters of a fixture or a test."""
KAFKA_SESSION_S = 3.0
SESSION_S = 1.0


def real_log(kind: str, address: str, *, prefix: str = "") -> EventLog:
    """A client, not started: `kind` is postgres (address: database URL) or kafka (address: bootstrap servers)."""
    if kind == "postgres":
        return PostgresEventLog(address, PostgresLogSettings(group=GroupSettings(session_timeout_s=SESSION_S)))
    return KafkaEventLog(
        KafkaSettings(bootstrap_servers=address, topic_prefix=prefix, session_timeout_s=KAFKA_SESSION_S)
    )


@asynccontextmanager
async def started_log(kind: str, address: str, topics: Sequence[Topic], *, prefix: str = "") -> AsyncIterator[EventLog]:
    """A started client of a log that has the topics; `kind` may be memory as well."""
    log: EventLog = (
        MemoryEventLog(MemoryBroker(session_timeout_s=SESSION_S))
        if kind == "memory"
        else real_log(kind, address, prefix=prefix)
    )
    await log.start()
    try:
        await log.ensure_topics(topics)
        yield log
    finally:
        await log.stop()
