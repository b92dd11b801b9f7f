"""The number store in PostgreSQL keeps the contract."""

import time
from collections.abc import AsyncIterator

import pytest

from services.gateway.numbering.store import PgNumberStore
from services.gateway.service import SERVICE
from tests.contract.number_store_suite import NumberStoreContract
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
