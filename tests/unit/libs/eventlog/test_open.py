"""The settings decide which log is in use."""

import pytest

from libs.eventlog.errors import LogMismatch
from libs.eventlog.kafka import KafkaEventLog
from libs.eventlog.open import open_log
from libs.eventlog.postgres.log import PostgresEventLog
from libs.eventlog.settings import LogSettings

DATABASE_URL = "postgresql://localhost/waymark"


async def test_kafka_is_used_when_its_address_is_given() -> None:
    settings = LogSettings(kafka_bootstrap_servers="localhost:9092", database_url=DATABASE_URL)
    assert isinstance(await open_log(settings), KafkaEventLog)


async def test_without_kafka_the_database_holds_the_log() -> None:
    assert isinstance(
        await open_log(LogSettings(kafka_bootstrap_servers=None, database_url=DATABASE_URL)), PostgresEventLog
    )


async def test_naming_no_log_is_refused() -> None:
    with pytest.raises(LogMismatch, match="WAYMARK_DATABASE_URL"):
        await open_log(LogSettings(kafka_bootstrap_servers=None, database_url=None))


def test_the_environment_sets_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYMARK_TOPIC_PREFIX", "blue-")
    monkeypatch.setenv("WAYMARK_RETENTION_MS", '{"waymark.events.v1": 86400000}')
    monkeypatch.setenv("WAYMARK_KAFKA_BOOTSTRAP_SERVERS", "")
    settings = LogSettings(database_url="postgresql://someone:secret@host/db")
    assert settings.topic_prefix == "blue-"
    assert settings.retention_ms == {"waymark.events.v1": 86_400_000}
    assert settings.kafka_bootstrap_servers is None
    assert "secret" not in repr(settings)
