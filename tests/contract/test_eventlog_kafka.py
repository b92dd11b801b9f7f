"""The Kafka log keeps the contract, on a real broker."""

from collections.abc import AsyncIterator

import pytest

from libs.eventlog.kafka import KafkaEventLog, KafkaSettings
from libs.eventlog.port import EventLog
from tests.contract.eventlog_suite import EventLogContract, OpenLog


@pytest.mark.kafka
class TestKafkaEventLog(EventLogContract):
    @pytest.fixture
    async def open_log(self, kafka_bootstrap: str, topic_prefix: str) -> AsyncIterator[OpenLog]:
        settings = KafkaSettings(
            bootstrap_servers=kafka_bootstrap,
            topic_prefix=topic_prefix,
            session_timeout_s=3.0,
            heartbeat_s=0.3,
            rebalance_timeout_s=6.0,
        )
        opened: list[KafkaEventLog] = []

        async def open_one() -> EventLog:
            log = KafkaEventLog(settings)
            await log.start()
            opened.append(log)
            return log

        yield open_one
        for log in opened:
            await log.stop()
