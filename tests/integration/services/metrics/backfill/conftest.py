"""Series that come while records flow, on a log in memory and on the others."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from libs.contracts.topics import MANIFEST
from tests.support.kafka import new_topic_prefix
from tests.support.logs import EITHER_LOG, started_log
from tests.support.metrics.backfilling import Course, opened_course


@pytest.fixture
async def course(service_url: str) -> AsyncIterator[Course]:
    """A course on a log in memory."""
    async with opened_course(service_url) as opened:
        yield opened


@pytest.fixture(params=EITHER_LOG)
async def shared_course(request: pytest.FixtureRequest, service_url: str) -> AsyncIterator[Course]:
    """A course on each log that processes share."""
    kind: str = request.param
    is_kafka = kind == "kafka"
    address = request.getfixturevalue("kafka_bootstrap") if is_kafka else service_url
    prefix = new_topic_prefix() if is_kafka else ""
    async with started_log(kind, address, MANIFEST, prefix=prefix) as log, opened_course(service_url, log) as opened:
        yield opened
