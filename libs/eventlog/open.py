"""The one place that decides which log is in use."""

from __future__ import annotations

from libs.eventlog.errors import LogMismatch
from libs.eventlog.kafka import KafkaEventLog, KafkaSettings
from libs.eventlog.port import EventLog
from libs.eventlog.postgres.log import PostgresEventLog
from libs.eventlog.settings import LogSettings


async def open_log(settings: LogSettings) -> EventLog:
    """Return the log the settings name, not started. Raises LogMismatch when they name none."""
    if settings.kafka_bootstrap_servers:
        kafka = KafkaSettings(bootstrap_servers=settings.kafka_bootstrap_servers, topic_prefix=settings.topic_prefix)
        return KafkaEventLog(kafka)
    if settings.database_url:
        return PostgresEventLog(settings.database_url)
    raise LogMismatch("no log is named: set WAYMARK_DATABASE_URL or WAYMARK_KAFKA_BOOTSTRAP_SERVERS")
