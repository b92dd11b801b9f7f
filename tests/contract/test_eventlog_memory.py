"""The log in memory keeps the contract."""

from collections.abc import AsyncIterator

import pytest

from libs.eventlog.memory import MemoryBroker, MemoryEventLog
from libs.eventlog.port import EventLog
from tests.contract.eventlog_suite import EventLogContract, OpenLog


class TestMemoryEventLog(EventLogContract):
    @pytest.fixture
    async def open_log(self) -> AsyncIterator[OpenLog]:
        broker = MemoryBroker()
        opened: list[MemoryEventLog] = []

        async def open_one() -> EventLog:
            log = MemoryEventLog(broker)
            await log.start()
            opened.append(log)
            return log

        yield open_one
        for log in opened:
            await log.stop()
