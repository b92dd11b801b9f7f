"""The number store in memory keeps the contract."""

import pytest

from tests.contract.number_store_suite import HOUR_MS, NumberStoreContract, Restart
from tests.support.gateway.memory_numbers import MemoryNumberStore


class TestMemoryNumberStore(NumberStoreContract):
    @pytest.fixture
    def store(self) -> MemoryNumberStore:
        store = MemoryNumberStore()
        store.now_ms = 1_000 * HOUR_MS
        return store

    @pytest.fixture
    def now_ms(self, store: MemoryNumberStore) -> int:
        return store.now_ms

    @pytest.fixture
    def restart(self, store: MemoryNumberStore) -> Restart:
        async def restart() -> None:
            store.restart()

        return restart
