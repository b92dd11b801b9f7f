"""Fixtures every test may ask for by name."""

import sys

import pytest
from hypothesis import HealthCheck, settings

from libs.telemetry.logs import configure_logs
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

configure_logs("tests", level="WARNING", json_lines=True, stream=sys.__stderr__)
# A law holds or does not; how long an example takes on a busy machine is no part of it.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full-faults", action="store_true", help="run the whole storm of faults, not the bounded one")
