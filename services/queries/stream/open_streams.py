"""How many streams a process may have open, whatever their kinds."""

from __future__ import annotations

import asyncio
from collections import Counter

from libs.httpkit.errors import unavailable
from libs.telemetry.metrics import QUERIES_STREAMS_LIMIT, QUERIES_STREAMS_OPEN

RETRY_AFTER_S = 5
OWN_READERS = 16


class OpenStreams:
    """At most `most` streams at a time, and `most_of_tenant` of them one tenant's.

    `own_readers` bounds how many of them read by themselves at a time.
    """

    def __init__(self, *, most: int, most_of_tenant: int) -> None:
        self.own_readers = asyncio.Semaphore(OWN_READERS)
        self._most = most
        self._most_of_tenant = most_of_tenant
        self._open: Counter[str] = Counter()
        QUERIES_STREAMS_LIMIT.set(most)

    def add(self, tenant_id: str) -> None:
        """Count one more stream of the tenant. Raises 503 when there are too many."""
        if self._open.total() >= self._most or self._open[tenant_id] >= self._most_of_tenant:
            raise unavailable("too many streams are open", RETRY_AFTER_S)
        self._open[tenant_id] += 1
        QUERIES_STREAMS_OPEN.inc()

    def remove(self, tenant_id: str) -> None:
        """Count one stream of the tenant less."""
        self._open[tenant_id] -= 1
        QUERIES_STREAMS_OPEN.dec()
        if not self._open[tenant_id]:
            del self._open[tenant_id]
