"""Opens the log that the settings choose; no other place decides which log is in use."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from libs.eventlog.errors import LogMismatch
from libs.eventlog.port import EventLog
from libs.eventlog.postgres.log import PostgresEventLog
from libs.eventlog.settings import LogSettings
from libs.lazy import lazy_imports

LOG = "log"
"""The name under which the PostgreSQL log has a login, as services do."""

with lazy_imports():
    from libs.eventlog import kafka


async def open_log(settings: LogSettings) -> EventLog:
    """Return the log the settings name, not started. Raises LogMismatch when they name none."""
    if settings.kafka_bootstrap_servers:
        return kafka.KafkaEventLog(kafka_settings(settings))
    if settings.database_url:
        return PostgresEventLog(settings.url_as(LOG))
    raise LogMismatch("no log is named: set WAYMARK_DATABASE_URL or WAYMARK_KAFKA_BOOTSTRAP_SERVERS")


@asynccontextmanager
async def opened_log(settings: LogSettings, *, start: bool = True) -> AsyncIterator[EventLog]:
    """Open the log that the settings name, started unless told otherwise, until the block ends.

    Raises LogMismatch as `open_log` does, LogUnavailable.
    """
    log = await open_log(settings)
    try:
        if start:
            await log.start()
        yield log
    finally:
        await log.stop()


def kafka_settings(settings: LogSettings) -> kafka.KafkaSettings:
    """Return the settings of the Kafka log; they name its brokers."""
    assert settings.kafka_bootstrap_servers
    return kafka.KafkaSettings(
        bootstrap_servers=settings.kafka_bootstrap_servers,
        topic_prefix=settings.topic_prefix,
        partitions=settings.partitions,
        access=kafka.KafkaAccess.of(settings.kafka_username, settings.kafka_password_file, settings.kafka_ca_file),
    )
