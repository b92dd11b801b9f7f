"""What runs from the gate to the results is what a walk of the source records comes to; whatever differs is found."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx
import msgspec
import pytest

from libs.contracts.critical_interactions import decode_result, encode_result
from libs.contracts.topics import CRITICAL_INTERACTIONS
from libs.eventlog.appending import append_all
from libs.eventlog.memory import MemoryEventLog
from libs.eventlog.port import Record, StoredRecord
from libs.pg.database import Database
from libs.projections.projection import Projection
from libs.projections.reactor_runner import ReactorRunner
from libs.projections.runner import ProjectionRunner
from services.monitoring.gate.reactor import Gate
from services.monitoring.health.decider import Decider
from services.monitoring.health.projection import HealthProjection
from services.monitoring.matches.projection import MatchesProjection
from services.monitoring.matches.ticker import Ticker
from services.monitoring.settings import MonitoringSettings
from services.monitoring.verify.verification import Verification, Verified
from tests.support.accounts import SECRET_KEY
from tests.support.consumers import ensure_begun
from tests.support.monitoring.defining import create, delete, patch
from tests.support.monitoring.health import result
from tests.support.monitoring.sources import done
from tests.support.projections import FAST, running
from tests.support.records import now_ms
from tests.support.waiting import eventually

WATERMARK_MS = 30
THRESHOLD_MS = 200
FLOW = [{"name": "CREATE"}, {"name": "PAY"}]


@pytest.fixture
def settings(service_url: str) -> MonitoringSettings:
    return MonitoringSettings(database_url=service_url, secret_key=SECRET_KEY, monitoring_watermark_ms=WATERMARK_MS)


class Monitored:
    """Monitoring at work: what users do is accepted now."""

    def __init__(self, log: MemoryEventLog, db: Database) -> None:
        self._log = log
        self._db = db
        self._number = 0

    async def do(self, *actions: str, user: str) -> None:
        for action in actions:
            self._number += 1
            await append_all(self._log, [done(self._number, action, now_ms(), now_ms(), user=user)])
        await self.passes()

    async def passes(self) -> None:
        """Let the clock move on, so that what comes next is accepted later."""
        now = now_ms()
        await eventually(lambda: now_ms() > now, interval_s=0.001)

    def results(self) -> list[StoredRecord]:
        return [
            record
            for place, partition in sorted(self._log.broker.partitions.items())
            for record in partition.records
            if place.topic == CRITICAL_INTERACTIONS.name
        ]

    async def verified(self, *, count: int, tenant_id: str | None = None, since_ms: int = 0) -> Verified:
        """Verify, once so many results are all decided."""
        await eventually(lambda: len(self.results()) >= count)
        latest = max(record.timestamp_ms for record in self.results())
        verification = Verification(self._db, self._log, WATERMARK_MS)

        found: list[Verified] = []

        async def is_through() -> bool:
            found.append(await verification.run(tenant_id=tenant_id, since_ms=since_ms, on_progress=lambda *_: None))
            return found[-1].until_ms > latest

        await eventually(is_through)
        return found[-1]


@pytest.fixture
async def monitored(client: httpx.AsyncClient, log: MemoryEventLog, projector_db: Database) -> AsyncIterator[Monitored]:
    del client  # its relay carries closings and results
    gate = Gate(WATERMARK_MS)
    models: tuple[Projection[Any], ...] = (MatchesProjection(open_matches_max=1_000, partitions=1), HealthProjection())
    await ensure_begun(projector_db, log, gate, *models)
    stopping = asyncio.Event()
    jobs = [asyncio.create_task(job.run(log, projector_db, stopping)) for job in (Ticker(20), Decider())]
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(running(ReactorRunner(log, projector_db, gate, member="one", settings=FAST)))
        for model in models:
            runner = ProjectionRunner(log, projector_db, model, member="one", settings=FAST)
            await stack.enter_async_context(running(runner))
        yield Monitored(log, projector_db)
        stopping.set()
        await asyncio.gather(*jobs)


async def test_results_are_what_the_records_come_to(client: httpx.AsyncClient, monitored: Monitored) -> None:
    events_of_changes = 5
    await create(client, events=FLOW, thresholdInMs=THRESHOLD_MS)
    await create(client, "Deleted", events=[{"name": "CREATE"}, {"name": "SHIP"}])
    await monitored.do("CREATE", "PAY", user="ann")
    await monitored.do("CREATE", user="bob")
    await monitored.do("CREATE", "CREATE", "PAY", user="cy")
    await eventually(lambda: any(b'"timeout"' in (one.value or b"") for one in monitored.results()))
    await patch(client, events=[*FLOW, {"name": "SHIP"}], thresholdInMs=60_000)
    await monitored.do("CREATE", "PAY", user="dee")
    await patch(client, status="STOPPED")
    await delete(client, "Deleted")
    found = await monitored.verified(count=10)
    compared = found.comparison
    assert (compared.equal, compared.counts) == (10, {})
    outcomes = [decode_result(one.value) for one in monitored.results()]
    assert {one.cause for one in outcomes} == {None, "timeout", "sequence_violation", "stopped", "deleted"}
    assert (found.relevant, found.scanned) == (8, 8 + events_of_changes)


async def test_whatever_differs_is_found(client: httpx.AsyncClient, log: MemoryEventLog, monitored: Monitored) -> None:
    await create(client, events=FLOW)
    for user in ("ann", "bob", "cy"):
        await monitored.do("CREATE", "PAY", user=user)
    await eventually(lambda: len(monitored.results()) == 3)
    lost, changed, kept = monitored.results()
    before = decode_result(changed.value)
    _, value, _ = encode_result("acme", msgspec.structs.replace(before, score=0.5))
    log.broker.partitions[lost.topic_partition].records = [
        msgspec.structs.replace(lost, value=kept.value),
        msgspec.structs.replace(changed, value=value),
        kept,
    ]
    bogus = result("bogus", interaction_id=1)
    await append_all(log, [Record(CRITICAL_INTERACTIONS.name, *encode_result("acme", bogus), kept.timestamp_ms)])

    compared = (await monitored.verified(count=3)).comparison
    assert compared.equal == 1
    assert compared.shown == {
        "missing": [decode_result(lost.value).id],
        "unexpected": [bogus.id],
        "different": [before.id],
    }
    others = (await monitored.verified(count=3, tenant_id="other")).comparison
    assert (others.equal, others.counts) == (0, {})


async def test_results_from_a_time_on_are_compared_with_a_walk_that_begins_before(
    client: httpx.AsyncClient, monitored: Monitored
) -> None:
    await create(client, events=FLOW)
    await monitored.do("CREATE", "PAY", user="ann")
    await monitored.do("CREATE", user="bob")
    await eventually(lambda: len(monitored.results()) == 1)
    since_ms = now_ms()
    await monitored.do("CREATE", "PAY", user="cy")
    await patch(client, status="STOPPED")
    found = await monitored.verified(count=3, since_ms=since_ms)
    assert (found.comparison.equal, found.comparison.counts) == (2, {})
