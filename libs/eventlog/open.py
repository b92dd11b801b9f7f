"""The one place that decides which log is in use."""

from __future__ import annotations

from libs.eventlog.errors import LogMismatch
from libs.eventlog.port import EventLog
from libs.eventlog.postgres.log import PostgresEventLog
from libs.eventlog.settings import LogSettings
from libs.lazy import lazy_imports

with lazy_imports():
    from libs.eventlog import kafka


async def open_log(settings: LogSettings) -> EventLog:
    """Return the log the settings name, not started. Raises LogMismatch when they name none."""
    if brokers := settings.kafka_bootstrap_servers:
        return kafka.KafkaEventLog(kafka.KafkaSettings(bootstrap_servers=brokers, topic_prefix=settings.topic_prefix))
    if settings.database_url:
        return PostgresEventLog(settings.database_url)
    raise LogMismatch("no log is named: set WAYMARK_DATABASE_URL or WAYMARK_KAFKA_BOOTSTRAP_SERVERS")
