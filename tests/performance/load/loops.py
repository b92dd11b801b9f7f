"""The two ways of sending: as fast as answers come, and at a rate of the sender's own.

In the open loop a request's latency begins when the request was due, also when every connection was still waiting: a
server that stalls cannot hide it by keeping the sender from asking.
"""

from __future__ import annotations

import asyncio
import random
import time
from array import array
from collections import deque
from collections.abc import Callable

from tests.performance.load.connection import Connection, ConnectionLost
from tests.performance.load.plan import LoadFigures, LoadPlan

_TICK_S = 0.001
_DRAIN_S = 5.0


class _Load:
    """What both ways share: connections, the window that counts, and what was seen in it."""

    def __init__(self, plan: LoadPlan, next_request: Callable[[], bytes]) -> None:
        self.plan = plan
        self.next_request = next_request
        self.loop = asyncio.get_running_loop()
        self.now = self.loop.time
        self.connections: list[Connection] = []
        self.lost: asyncio.Future[None] = self.loop.create_future()
        self.latencies_s = array("d")
        self.refused = 0
        self.first_refusal = ""
        self.counts_from = self.counts_until = 0.0

    async def connect(self, on_answer: Callable[[Connection, int, bytes], None]) -> None:
        for _ in range(self.plan.connections):
            made = await self.loop.create_connection(
                lambda: Connection(on_answer, self._on_lost), "127.0.0.1", self.plan.port
            )
            self.connections.append(made[1])

    def begin(self) -> None:
        self.counts_from = self.now() + self.plan.warm_up_s
        self.counts_until = self.counts_from + self.plan.seconds

    def note(self, status: int, answer: bytes, begun: float, ended: float) -> None:
        self.latencies_s.append(ended - begun)
        if not 200 <= status < 300:
            self.refused += 1
            self.first_refusal = self.first_refusal or answer.decode("utf-8", "replace")[:500]

    async def until(self, moment: float) -> None:
        """Wait; raises ConnectionLost when a connection breaks before."""
        await asyncio.wait({self.lost}, timeout=max(0.0, moment - self.now()))
        if self.lost.done():
            raise ConnectionLost("the server closed a connection")

    def close(self) -> None:
        for connection in self.connections:
            connection.close()

    def figures(self, *, unsent: int, cpu_s: float) -> LoadFigures:
        found = sorted(self.latencies_s)
        return LoadFigures(
            requests=len(found) - self.refused,
            refused=self.refused,
            unsent=unsent,
            seconds=self.plan.seconds,
            p50_ms=_quantile_ms(found, 0.5),
            p99_ms=_quantile_ms(found, 0.99),
            max_ms=_quantile_ms(found, 1.0),
            generator_cpu_s=cpu_s,
            first_refusal=self.first_refusal,
        )

    def _on_lost(self) -> None:
        if not self.lost.done():
            self.lost.set_result(None)


async def closed_loop(plan: LoadPlan, next_request: Callable[[], bytes]) -> LoadFigures:
    """Every connection sends its next request when it is answered; counts answers that came within the window."""
    load = _Load(plan, next_request)

    def on_answer(connection: Connection, status: int, answer: bytes) -> None:
        ended = load.now()
        if load.counts_from <= ended < load.counts_until:
            load.note(status, answer, connection.begun, ended)
        if ended < load.counts_until:
            connection.begun = ended
            connection.send(next_request())

    await load.connect(on_answer)
    try:
        load.begin()
        for connection in load.connections:
            connection.begun = load.now()
            connection.send(next_request())
        await load.until(load.counts_from)
        cpu_s = time.process_time()
        await load.until(load.counts_until)
        return load.figures(unsent=0, cpu_s=time.process_time() - cpu_s)
    finally:
        load.close()


async def open_loop(plan: LoadPlan, next_request: Callable[[], bytes]) -> LoadFigures:
    """Requests fall due at random moments of the plan's mean rate; counts those that fell due within the window."""
    assert plan.rate_per_s is not None
    load = _Load(plan, next_request)
    free: deque[Connection] = deque()
    due: deque[float] = deque()
    arrivals = random.Random(plan.seed)

    def on_answer(connection: Connection, status: int, answer: bytes) -> None:
        ended = load.now()
        if load.counts_from <= connection.begun < load.counts_until:
            load.note(status, answer, connection.begun, ended)
        if due:
            connection.begun = due.popleft()
            connection.send(next_request())
        else:
            free.append(connection)

    await load.connect(on_answer)
    free.extend(load.connections)
    try:
        load.begin()
        cpu_s = time.process_time()
        following = load.now()
        while following < load.counts_until:
            now = load.now()
            while following <= now:
                if free:
                    connection = free.popleft()
                    connection.begun = following
                    connection.send(next_request())
                else:
                    due.append(following)
                following += arrivals.expovariate(plan.rate_per_s)
            await load.until(now + _TICK_S)
        drained_by = load.now() + _DRAIN_S
        while len(free) < plan.connections and load.now() < drained_by:
            await load.until(load.now() + _TICK_S)
        unsent = len(due) + plan.connections - len(free)
        return load.figures(unsent=unsent, cpu_s=time.process_time() - cpu_s)
    finally:
        load.close()


def _quantile_ms(ordered: list[float], share: float) -> float:
    """The nearest-rank quantile."""
    if not ordered:
        return 0.0
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000
