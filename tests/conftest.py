"""Fixtures every test may ask for by name."""

from tests.support.kafka import disposable_kafka, kafka_bootstrap, module_kafka, topic_prefix
from tests.support.postgres import database_url, postgres_server

__all__ = [
    "database_url",
    "disposable_kafka",
    "kafka_bootstrap",
    "module_kafka",
    "postgres_server",
    "topic_prefix",
]
