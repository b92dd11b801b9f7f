"""The number store in PostgreSQL keeps the contract."""

import time
from collections.abc import AsyncIterator

import pytest

from libs.pg.database import connect_once
from services.gateway.numbering.store import PgNumberStore
from services.gateway.service import SERVICE
from tests.contract.number_store_suite import NumberStoreContract, Restart
from tests.support.objects import service_under_test, service_url

__all__ = ["service_url"]

declared = service_under_test(SERVICE)


class TestPgNumberStore(NumberStoreContract):
    @pytest.fixture
    async def store(self, service_url: str) -> AsyncIterator[PgNumberStore]:
        store = PgNumberStore(service_url)
        yield store
        await store.close()

    @pytest.fixture
    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    @pytest.fixture
    def restart(self, service_url: str) -> Restart:
        async def restart() -> None:
            conn = await connect_once(service_url, application_name="test")
            for table in ("leases", "log_settling"):
                await conn.execute(f"UPDATE gateway.{table} SET server_started_at = server_started_at - interval '1 s'")
            await conn.close()

        return restart
