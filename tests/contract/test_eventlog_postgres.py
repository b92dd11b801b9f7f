"""The PostgreSQL log keeps the contract."""

from collections.abc import AsyncIterator

import pytest

from libs.eventlog.port import EventLog
from libs.eventlog.postgres.log import PostgresEventLog, PostgresLogSettings
from libs.eventlog.postgres.membership import GroupSettings
from tests.contract.eventlog_suite import EventLogContract, OpenLog

SETTINGS = PostgresLogSettings(group=GroupSettings(session_timeout_s=2.0))


class TestPostgresEventLog(EventLogContract):
    @pytest.fixture
    async def open_log(self, database_url: str) -> AsyncIterator[OpenLog]:
        opened: list[PostgresEventLog] = []

        async def open_one() -> EventLog:
            log = PostgresEventLog(database_url, SETTINGS)
            await log.start()
            opened.append(log)
            return log

        yield open_one
        for log in opened:
            await log.stop()
